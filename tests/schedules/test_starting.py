"""Each time that is due starts one run, whoever looks and whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from editor.models import Blueprint
from runner.actions.accept import Accepted, NewRow, accept_run
from runner.engine.events import Event
from runner.journal.reader import read_events
from runner.models import Run, Schedule
from runner.queue import Worker
from runner.schedules import starting
from runner.schedules.control import ScheduleRefused, backfill, pause, resume, run_now
from runner.schedules.starting import start_due
from tests.patience import PATIENCE
from tests.running.conftest import rows, until
from tests.schedules.conftest import HOUR, NINE, THURSDAY, Site, meant

EIGHT = THURSDAY + 2 * HOUR  # nine o'clock in Berlin
DAY = timedelta(days=1)


def look() -> float:
    return start_due(threading.Event())


def test_a_time_starts_one_run_that_says_for_when_it_is(site: Site) -> None:
    row = site.schedule()
    assert look() == starting.LOOK
    site.now = EIGHT - timedelta(seconds=0.25)
    assert 0.25 <= look() < 0.26
    site.now = EIGHT + timedelta(seconds=0.5)
    look()
    look()
    run = Run.objects.get()
    assert run.inputs == {
        "scheduled_for": "2027-01-14T09:00:00+01:00",
        "started": "2027-01-14T09:00:00+01:00",
        "late": 0.5,
        "missed": False,
        "reason": "schedule",
        "index": 0,
        "previous": None,
        "time_zone": "Europe/Berlin",
    }
    assert (run.trigger, run.trigger_node, run.started_by) == ("schedule", "start", None)
    assert (run.version, run.status) == (row.blueprint.published, "queued")
    (queued,) = [Event.from_json(it) for it in read_events(run.pk)]
    assert queued.data["inputs"] == run.inputs
    row.refresh_from_db()
    assert (row.last_at, row.next_at, row.last_run, row.count) == (EIGHT, EIGHT + DAY, run, 1)
    site.now = EIGHT + DAY
    look()
    later = Run.objects.exclude(pk=run.pk).get()
    assert (later.inputs["index"], later.inputs["previous"]) == (1, "2027-01-14T09:00:00+01:00")


def test_a_clock_that_is_set_back_starts_nothing_twice(site: Site) -> None:
    row = site.schedule(every=3600)
    site.now = THURSDAY + 3 * HOUR
    look()
    for hours in (0.5, 1, 2.5, 3):
        site.now = THURSDAY + hours * HOUR
        look()
    assert Run.objects.count() == 1
    # Not even where it is paused and resumed meanwhile.
    site.now = THURSDAY + 2.5 * HOUR
    pause(row)
    assert resume(row).next_at == THURSDAY + 4 * HOUR


def test_a_clock_that_jumps_is_told_of_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    look()
    site.now += timedelta(seconds=20)
    look()
    assert caplog.messages == []
    site.now += DAY
    look()
    look()
    assert [it.partition(",")[0] for it in caplog.messages] == ["The clock went ahead by 86400 s"]
    site.now -= DAY
    look()
    look()
    assert caplog.messages[1].startswith("The clock went back by 86400 s; no schedule starts again")
    assert len(caplog.messages) == 2


@pytest.mark.parametrize(
    ("missed", "hours"), [("none", []), ("last", [5]), ("all", [1, 2, 3, 4, 5])]
)
def test_after_a_downtime_what_was_missed_starts_as_the_node_says(
    site: Site, missed: str, hours: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    row = site.schedule(every=3600, missed=missed)
    Schedule.objects.filter(pk=row.pk).update(updated=THURSDAY)
    site.now = THURSDAY + 5.5 * HOUR
    with caplog.at_level(logging.WARNING):
        look()
    (told,) = caplog.messages
    assert f"{row.pk} was missed from 2027-01-14T07:00:00+00:00 on" in told
    assert meant(row.blueprint) == [f"2027-01-14T{6 + n:02}:00:00+00:00" for n in hours]
    assert all(run.inputs["missed"] for run in Run.objects.all())
    row.refresh_from_db()
    assert row.next_at == THURSDAY + 6 * HOUR


def test_many_missed_ones_start_bit_by_bit_and_are_told_once(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: site.now)
    row = site.schedule(every=60, missed="all")
    site.now = THURSDAY + timedelta(minutes=90, seconds=30)
    look()
    assert len(caplog.messages) == 1
    assert len(set(meant(row.blueprint))) == Run.objects.count() == 90
    row.refresh_from_db()
    assert (row.count, row.next_at) == (90, THURSDAY + timedelta(minutes=91))


def test_what_passes_while_a_schedule_is_paused_is_not_made_up_for(site: Site) -> None:
    row = site.schedule(every=3600, missed="all")
    assert pause(row).state == "paused"
    site.now = THURSDAY + 5.5 * HOUR
    look()
    assert resume(row).next_at == THURSDAY + 6 * HOUR
    look()
    assert not Run.objects.exists()


def test_workers_that_look_at_once_start_each_time_once(site: Site) -> None:
    blueprints = [site.publish(a={"every": 60}, b={"cron": "* * * * *"}) for _ in range(15)]
    site.now = THURSDAY + timedelta(minutes=1)
    gate = threading.Barrier(4)

    def worker() -> None:
        try:
            gate.wait(PATIENCE)
            while Schedule.objects.filter(due_at__lte=site.now).exists():
                look()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    started = Counter(Run.objects.values_list("blueprint", "trigger_node"))
    assert started == {(it.pk, node): 1 for it in blueprints for node in "ab"}


def test_many_that_are_due_take_a_few_statements_and_not_some_for_each(
    site: Site, django_assert_max_num_queries: Any
) -> None:
    for _ in range(40):
        site.schedule(every=3600)
    site.now = THURSDAY + HOUR
    with django_assert_max_num_queries(30):
        look()
    assert Run.objects.filter(status="queued").count() == 40
    assert set(Schedule.objects.values_list("count", "next_at")) == {(1, THURSDAY + 2 * HOUR)}
    for run in Run.objects.all():
        assert [it["type"] for it in read_events(run.pk)] == ["run.queued"]


def test_a_schedule_that_cannot_start_is_tried_again_and_holds_up_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, fine = site.schedule(every=3600), site.schedule(every=3600)

    def accept(new: NewRow) -> Accepted:
        run = accept_run(new)
        if new.blueprint.pk == broken.blueprint_id:
            raise OSError("the disk is full")
        return run

    monkeypatch.setattr("runner.actions.triggered.accept_run", accept)
    site.now = THURSDAY + HOUR
    look()
    assert [run.blueprint_id for run in Run.objects.all()] == [fine.blueprint_id]
    broken.refresh_from_db()
    assert (broken.state, broken.next_at, broken.count) == ("trouble", THURSDAY + HOUR, 0)
    assert "cannot start its run" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(starting, "now", lambda: site.now + starting.AGAIN)
    look()
    broken.refresh_from_db()
    assert (broken.state, broken.count) == ("on", 1)
    assert meant(broken.blueprint) == ["2027-01-14T07:00:00+00:00"]


def test_a_blueprint_without_a_published_version_starts_nothing(site: Site) -> None:
    row = site.schedule()
    Blueprint.objects.update(published=None)
    site.now = EIGHT
    look()
    row.refresh_from_db()
    assert (Run.objects.count(), row.next_at, row.due_at) == (0, None, None)
    with pytest.raises(ScheduleRefused, match="not published"):
        run_now(row, None)
    site.publish(row.blueprint, start=NINE)
    row.refresh_from_db()
    assert row.next_at == EIGHT + DAY


def test_a_run_now_leaves_the_times_as_they_are(site: Site) -> None:
    row = site.schedule()
    run = run_now(row, site.owner)
    assert (run.inputs["reason"], run.inputs["scheduled_for"]) == (
        "now",
        "2027-01-14T07:00:00+01:00",
    )
    assert run.started_by == site.owner
    row.refresh_from_db()
    assert (row.next_at, row.count) == (EIGHT, 0)


def test_a_backfill_starts_each_time_of_a_range_or_none(site: Site) -> None:
    row = site.schedule(**NINE, skip_weekdays=["sat", "sun"])
    begin, end = THURSDAY - 7 * DAY, THURSDAY
    asked = backfill(row, begin, end, site.owner, dry=True)
    assert (len(asked.times), Run.objects.count()) == (5, 0)
    made = backfill(row, begin, end, site.owner)
    assert [run.inputs["index"] for run in made.runs] == [0, 1, 2, 3, 4]
    assert meant(row.blueprint) == [
        f"2027-01-{day:02}T09:00:00+01:00" for day in (7, 8, 11, 12, 13)
    ]
    assert made.runs[1].inputs["previous"] == made.runs[0].inputs["scheduled_for"]
    assert {run.inputs["reason"] for run in made.runs} == {"backfill"}
    for wrong, said in (
        ((end, begin), "ends before it begins"),
        ((begin, end + DAY), "must be over"),
    ):
        with pytest.raises(ScheduleRefused, match=said):
            backfill(row, *wrong, None)
    with pytest.raises(ScheduleRefused, match=r"more than 1,000 runs.* end at 2024-"):
        backfill(row, THURSDAY - 2500 * DAY, end, None)
    assert Run.objects.count() == 5


async def test_a_worker_starts_what_is_due_within_a_second(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real clock
    blueprint = await rows(lambda: site.publish(start={"every": 2, "begin": soon()}))
    worker = Worker()
    running = asyncio.create_task(worker.run())
    try:
        found = await until(
            lambda: list(Run.objects.filter(blueprint=blueprint, finished__isnull=False)[:2])[1:]
        )
    finally:
        await worker.stop()
        await running
    (run,) = found
    assert run.status == "succeeded"
    assert run.outputs == {"got": run.inputs}
    late = [it.inputs["late"] for it in await rows(lambda: list(Run.objects.all()))]
    # Where other tests keep both processors busy it may take longer, but the sleep ends in time.
    assert min(late) < 0.5


def soon() -> str:
    moment: datetime = timezone.now() + timedelta(seconds=1)
    return moment.isoformat(timespec="seconds")
