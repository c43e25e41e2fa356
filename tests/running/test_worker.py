"""Workers: they find runs, cancel them, hand them back, and never share one."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from editor.models import Drawing
from runner.actions import cancel_run, start
from runner.engine import Fenced
from runner.journal.reader import read_events, read_whole
from runner.models import JournalChunk, Run
from runner.models import Worker as WorkerRow
from runner.queue import Worker, claim, wake
from tests.running.conftest import SOON, WAITING, Site, chain, ended, rows, status, until
from tests.running.test_committer import locked_database


def kinds(run: Run) -> list[str]:
    return [event["type"] for event in read_events(run.pk)]


async def test_a_started_run_is_executed_and_its_journal_is_whole(
    site: Site, worker: Worker
) -> None:
    run = await rows(site.start)
    row = await until(ended(run))
    assert (row.status, row.outputs) == ("succeeded", {"got": {"x": 1}})
    assert (row.epoch, row.worker) == (1, worker.name)
    events = await rows(lambda: read_events(run.pk))
    assert [event["seq"] for event in events] == list(range(1, row.last_seq + 1))
    assert events[0]["type"] == "run.queued"
    assert events[-1]["type"] == "run.succeeded"


async def test_a_lost_wake_up_only_delays(site: Site, worker: Worker, monkeypatch: Any) -> None:
    monkeypatch.setattr(wake, "wake_here", lambda: None)
    began = time.monotonic()
    run = await rows(site.start)
    row = await until(ended(run))
    assert row.status == "succeeded"
    assert time.monotonic() - began < SOON


async def test_a_wake_up_is_not_waited_for(site: Site, worker: Worker) -> None:
    await asyncio.sleep(0.1)  # the worker has looked, and sleeps for a second
    took = []
    for _ in range(3):
        began = time.monotonic()
        await until(ended(await rows(site.start)))
        took.append(time.monotonic() - began)
    assert min(took) < 0.5


async def test_a_cancel_reaches_a_run_within_a_second(site: Site, worker: Worker) -> None:
    run = await rows(lambda: site.start(WAITING))
    await until(lambda: "step.started" in kinds(run))
    began = time.monotonic()
    await rows(lambda: cancel_run(run, "enough"))
    row = await until(ended(run))
    assert time.monotonic() - began < SOON
    assert row.status == "cancelled"
    assert row.error == {"code": "cancelled", "message": "enough"}
    events = await rows(lambda: read_events(run.pk))
    assert events[-1]["data"]["reason"] == "enough"


async def test_a_cancel_by_another_process_is_read_from_the_row(site: Site, worker: Worker) -> None:
    run = await rows(lambda: site.start(chain("flow.wait", seconds=4)))
    await until(lambda: "step.started" in kinds(run))
    asked = {"cancel_requested": True, "cancel_reason": "from afar"}
    await rows(lambda: Run.objects.filter(pk=run.pk).update(**asked))
    row = await until(ended(run))
    assert (row.status, row.error["message"]) == ("cancelled", "from afar")


async def test_a_stopped_worker_hands_its_runs_back_and_the_next_goes_on(site: Site) -> None:
    first = Worker()
    running = asyncio.create_task(first.run())
    run = await rows(lambda: site.start(chain("flow.wait", "flow.wait", seconds=0.4)))
    await until(lambda: "step.started" in kinds(run))
    await first.stop()
    await running
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    assert (row.status, row.worker) == ("running", "")
    assert await rows(lambda: WorkerRow.objects.filter(name=first.name).exists()) is False
    second = Worker()
    running = asyncio.create_task(second.run())
    row = await until(ended(run))
    await second.stop()
    await running
    assert (row.status, row.epoch, row.worker) == ("succeeded", 2, second.name)
    assert "run.resumed" in await rows(lambda: kinds(run))
    events = await rows(lambda: read_events(run.pk))
    done = Counter(e["step"] for e in events if e["type"] == "step.succeeded")
    assert set(done.values()) == {1}


async def test_two_workers_never_run_the_same_run(site: Site) -> None:
    workers = [Worker(most=5), Worker(most=5)]
    runs = [await rows(site.start) for _ in range(40)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await until(lambda: Run.objects.filter(finished__isnull=False).count() == len(runs))
    for worker in workers:
        await worker.stop()
    await asyncio.gather(*running)
    rows_now = await rows(lambda: list(Run.objects.all()))
    assert {row.epoch for row in rows_now} == {1}
    assert {row.status for row in rows_now} == {"succeeded"}
    for run in runs:
        assert Counter(await rows(partial(kinds, run)))["run.started"] == 1


def test_claims_that_race_share_nothing(site: Site) -> None:
    for _ in range(30):
        site.start()
    found: dict[str, list[claim.Claimed]] = {}

    async def race() -> None:
        async def take(name: str) -> None:
            await rows(lambda: claim.beat(name))
            found[name] = await rows(lambda: claim.claim(name, 30))

        await asyncio.gather(*(take(f"w{number}") for number in range(4)))

    asyncio.run(race())
    taken = [each.id for claimed in found.values() for each in claimed]
    assert len(taken) == len(set(taken)) == 30


def test_the_runs_of_a_worker_are_free_when_its_lease_has_run_out(site: Site) -> None:
    run = site.start()
    claim.beat("sleepy")
    claim.beat("awake")
    assert [c.id for c in claim.claim("sleepy", 5)] == [run.pk]
    assert claim.claim("awake", 5) == []
    WorkerRow.objects.filter(name="sleepy").update(
        heartbeat=timezone.now() - claim.LEASE - datetime.timedelta(seconds=1)
    )
    (taken,) = claim.claim("awake", 5)
    assert (taken.id, taken.epoch) == (run.pk, 2)


async def test_a_worker_that_was_only_asleep_cannot_write_any_more(
    site: Site, worker: Worker
) -> None:
    run = await rows(lambda: site.start(chain("flow.wait", seconds=0.5)))
    await until(lambda: "step.started" in kinds(run))
    taken = {"epoch": F("epoch") + 1, "worker": "another"}
    await rows(lambda: claim.beat("another"))
    await rows(lambda: Run.objects.filter(pk=run.pk).update(**taken))
    before = await rows(lambda: read_events(run.pk))
    await asyncio.sleep(1)
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    assert (row.status, row.epoch, row.worker) == ("running", 2, "another")
    assert await rows(lambda: read_events(run.pk)) == before
    assert issubclass(Fenced, Exception)


async def test_a_run_whose_journal_is_damaged_fails_and_says_so(site: Site) -> None:
    run = await rows(site.start)
    await rows(lambda: JournalChunk.objects.filter(run=run).update(events='[{"seq": 1'))
    worker = Worker()
    running = asyncio.create_task(worker.run())
    row = await until(ended(run))
    await worker.stop()
    await running
    assert row.status == "failed"
    assert row.error["code"] == "journal_damaged"
    assert "events 1 to 1" in row.error["message"]


async def test_a_run_of_a_drawing_that_this_site_cannot_run_fails_and_says_so(
    site: Site, worker: Worker
) -> None:
    document = {**WAITING, "nodes": {"start": {"kind": "acme.unknown"}}, "edges": []}

    def started() -> Run:
        drawing = Drawing.objects.create(hash="f" * 64, document=document)
        return start(
            blueprint=site.blueprint,
            drawing=drawing,
            version=None,
            inputs={},
            trigger="api",
            by=site.owner,
        ).run

    run = await rows(started)
    row = await until(ended(run))
    assert row.status == "failed"
    assert row.error["code"] == "document_invalid"
    assert "acme.unknown" in row.error["message"]


async def test_runs_go_on_when_the_database_was_locked_for_seconds(
    site: Site, worker: Worker
) -> None:
    run = await rows(lambda: site.start(chain(*["flow.wait"] * 5, seconds=0.2)))
    await until(lambda: "step.started" in kinds(run))
    with locked_database():
        await asyncio.sleep(2.5)
    row = await until(ended(run))
    assert row.status == "succeeded"
    assert row.epoch == 1
    events = await rows(lambda: read_events(run.pk))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize("driver", [True, False])
async def test_a_run_that_could_not_be_read_just_then_is_claimed_again(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch, driver: bool
) -> None:
    """The driver's own error comes where a cursor is closed on a connection that was lost."""
    failed = 0
    database: Any = connection

    def lost_once(run: UUID, noted: int, rows: Any) -> Any:
        nonlocal failed
        failed += 1
        if failed == 1:
            raise database.Database.OperationalError("lost") if driver else OSError("away")
        return read_whole(run, noted)

    monkeypatch.setattr("runner.queue.hosting.read_whole", lost_once)
    done = await until(ended(await rows(site.start)))
    assert (done.status, done.epoch, failed) == ("succeeded", 2, 2)


async def test_a_run_that_cannot_be_read_at_all_fails_and_hangs_nowhere(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(run: UUID, noted: int, rows: Any) -> Any:
        raise RecursionError("too deep")

    monkeypatch.setattr("runner.queue.hosting.read_whole", fault)
    done = await until(ended(await rows(site.start)))
    assert (done.status, done.error) == (
        "failed",
        {"code": "engine_fault", "message": "too deep"},
    )


async def test_the_rows_of_a_run_in_the_queue_are_cancelled_without_a_worker(site: Site) -> None:
    run = await rows(site.start)
    await rows(lambda: cancel_run(run, "not needed"))
    assert await rows(lambda: status(run)) == "cancelled"
    assert await rows(lambda: kinds(run)) == ["run.queued", "run.cancelled"]
    await rows(lambda: claim.beat("w"))
    assert await rows(lambda: claim.claim("w", 5)) == []
