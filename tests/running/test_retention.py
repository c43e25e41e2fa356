"""What is pruned, and what never is: journals go first, rows later, and what lives stays."""

from __future__ import annotations

import asyncio
import datetime
import os
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from editor.actions import create_blueprint
from runner.actions import Start, cancel_run, rerun
from runner.actions.history import JournalPruned, events_of_run
from runner.actions.values import value_at
from runner.calls.settling import settle
from runner.engine import Event
from runner.graph import load
from runner.journal import files
from runner.journal.encoding import encode_events
from runner.models import (
    JournalChunk,
    Pruned,
    Retention,
    Run,
    Signal,
    Wait,
    WaitingStart,
    Webhook,
    WebhookDelivery,
    time_ordered_id,
)
from runner.queue import Worker
from runner.retention import removal
from runner.retention.holding import HELD, Busy, Hold, is_due
from runner.retention.limits import Limits
from runner.retention.removal import Tally
from runner.retention.sizes import Octets, total
from runner.retention.sweep import from_time_to_time, sweep, would_go
from tests.running.conftest import PURE, WAITING, Site, ended, rows, until

NEVER = threading.Event()
DAY = datetime.timedelta(days=1)


def over(site: Site, days: float = 0, **changes: Any) -> Run:
    """Return a run that ended so many days ago, before it had begun."""
    run = cancel_run(site.start())
    while settle():
        pass
    moment = timezone.now() - days * DAY
    Run.objects.filter(pk=run.pk).update(**{"created": moment, "finished": moment, **changes})
    run.refresh_from_db()
    return run


def lengthen(run: Run, chunks: int, octets: int = 10) -> None:
    """Add chunks to the journal of a run."""
    rows_ = []
    for seq in range(run.last_seq + 1, run.last_seq + 1 + chunks):
        events = encode_events([Event(seq, 0.0, "step.logged", "n", {"message": "é" * octets})])
        rows_.append(JournalChunk(run=run, first_seq=seq, last_seq=seq, epoch=9, events=events))
    JournalChunk.objects.bulk_create(rows_)
    run.noted_seq += chunks
    run.save(update_fields=["noted_seq"])


def journals() -> set[object]:
    return set(JournalChunk.objects.values_list("run", flat=True))


def octets() -> int:
    return int(JournalChunk.objects.aggregate(size=total(Octets("events")))["size"])


def test_journals_go_when_they_are_too_old_and_the_rows_stay_with_their_results(
    site: Site,
) -> None:
    old, young = over(site, 31, outputs={"n": 1}), over(site, 29)
    size = int(JournalChunk.objects.filter(run=old).aggregate(it=total(Octets("events")))["it"])
    tally = sweep(Limits(journal_days=30), NEVER)
    assert tally == Tally(journals=1, bytes=size)
    assert journals() == {young.pk}
    row = Run.objects.get(pk=old.pk)
    assert row.pruned is not None
    assert (row.status, row.outputs) == ("cancelled", {"n": 1})
    with pytest.raises(JournalPruned, match="were pruned on"):
        events_of_run(row)
    # Also for somebody who had read the row before.
    with pytest.raises(JournalPruned):
        events_of_run(old)
    assert events_of_run(young)
    day = Pruned.objects.get()
    assert (day.journals, day.bytes, day.runs, day.deliveries) == (1, size, 0, 0)
    assert not sweep(Limits(journal_days=30), NEVER)


def test_of_each_blueprint_the_newest_journals_are_kept(site: Site) -> None:
    of_one = [over(site, days) for days in (5, 4, 3, 2)]
    site.blueprint = create_blueprint(owner=site.owner, name="Other", document=load(PURE))
    of_other = [over(site, days) for days in (9, 8)]
    assert sweep(Limits(journals=2), NEVER).journals == 2
    assert journals() == {it.pk for it in (*of_one[2:], *of_other)}


def test_where_all_journals_are_too_large_the_oldest_of_all_blueprints_go(site: Site) -> None:
    runs = [over(site, days) for days in (1, 3, 5)]
    site.blueprint = create_blueprint(owner=site.owner, name="Other", document=load(PURE))
    runs += [over(site, days) for days in (2, 4, 6)]
    for run in runs:
        lengthen(run, 1, 10_000)
    # A chunk counts from the second measurement on.
    sweep(Limits(journal_bytes=10**9), NEVER)
    assert not sweep(Limits(journal_bytes=octets()), NEVER)
    assert Retention.objects.get().bytes == octets()
    limits = Limits(journal_bytes=octets() - 1)
    expected = would_go(limits)
    assert sweep(limits, NEVER) == expected
    assert expected.journals == 1
    assert runs[5].pk not in journals()
    limits = Limits(journal_bytes=octets() // 2)
    assert sweep(limits, NEVER).journals == 3
    assert journals() == {runs[0].pk, runs[3].pk}
    assert Retention.objects.get().bytes == octets()


def test_what_went_with_its_blueprint_is_not_counted_for_long(site: Site) -> None:
    mine = site.blueprint
    run = over(site, 1)
    site.blueprint = create_blueprint(owner=site.owner, name="Large", document=load(PURE))
    lengthen(over(site, 2), 1, 50_000)
    for _ in range(2):
        sweep(Limits(journal_bytes=10**9), NEVER)
    site.blueprint.delete()
    assert not sweep(Limits(journal_bytes=50_000), NEVER)
    assert journals() == {run.pk}
    assert mine.runs.count() == 1


def test_a_living_run_is_never_touched_however_old_it_is(site: Site) -> None:
    living = [site.start() for _ in range(3)]
    for run, status in zip(living, ("queued", "running", "waiting"), strict=True):
        long_ago = timezone.now() - 999 * DAY
        Run.objects.filter(pk=run.pk).update(status=status, created=long_ago, started=long_ago)
        Signal.objects.create(run=run, step="a", key="k", value=1, created=long_ago, reached=True)
        Wait.objects.create(
            id=run.pk, run=run, step="a", kind="call", offer={}, created=long_ago, closed=long_ago
        )
    for run in (over(site, 999), over(site, 998)):
        Signal.objects.create(run=run, step="a", key="k", value=1, created=run.created)
        Wait.objects.create(
            id=run.pk, run=run, step="a", kind="approval", offer={}, created=run.created
        )
    tight = Limits(1, 1, 1, 1, 1, 1, 1)
    assert sweep(tight, NEVER).journals == 2
    assert sweep(tight, NEVER).runs == 2
    assert journals() == {run.pk for run in living}
    assert set(Signal.objects.values_list("run", flat=True)) == journals()
    assert set(Wait.objects.values_list("run", flat=True)) == journals()
    assert set(Run.objects.values_list("pk", flat=True)) == journals()


def test_what_a_living_run_refers_to_stays_and_so_does_what_is_waited_for(site: Site) -> None:
    living = site.start()
    caller, origin, waited = over(site, 9), over(site, 9), over(site, 9)
    Run.objects.filter(pk=living.pk).update(parent=caller, rerun_of=origin)
    called = over(site, 9, parent=living)
    place = {"blueprint": site.blueprint, "after": site.blueprint, "node": "after"}
    WaitingStart.objects.create(run=waited, **place)
    gone, unsettled = over(site, 9), over(site, 9, unsettled=True)
    limits = Limits(journal_days=1, run_days=1)
    assert would_go(limits).journals == 1
    assert sweep(limits, NEVER).journals == 1
    assert sweep(limits, NEVER).runs == 1
    kept = {it.pk for it in (living, caller, origin, waited, called, unsettled)}
    assert journals() == kept
    assert gone.pk not in kept

    # When nobody needs them any more, they go: those that others name after these.
    cancel_run(living)
    Run.objects.update(unsettled=False)
    WaitingStart.objects.all().delete()
    Run.objects.filter(pk=living.pk).update(finished=timezone.now() - 9 * DAY)
    for _ in range(3):
        sweep(limits, NEVER)
    assert not Run.objects.exists()


def test_rows_go_after_their_journals_when_they_are_too_old_or_too_many(site: Site) -> None:
    runs = [over(site, days) for days in (400, 300, 200, 100)]
    assert sweep(Limits(journal_days=30, run_days=365), NEVER).journals == 4
    assert sweep(Limits(journal_days=30, run_days=365), NEVER).runs == 1
    assert list(Run.objects.order_by("finished")) == runs[1:]
    young = over(site)
    assert sweep(Limits(journal_days=30, runs=3), NEVER).runs == 1
    assert list(Run.objects.order_by("finished")) == [runs[2], runs[3], young]
    assert not sweep(Limits(), NEVER)
    assert Pruned.objects.get().runs == 2


def test_deliveries_go_when_they_are_too_old_or_too_many_but_not_of_living_runs(
    site: Site,
) -> None:
    webhook = Webhook.objects.create(blueprint=site.blueprint, node="hook", token="t")

    def came(days: float, run: Run | None = None) -> WebhookDelivery:
        return WebhookDelivery.objects.create(
            webhook=webhook,
            received=timezone.now() - days * DAY,
            method="POST",
            headers={},
            body=b"x" * 600_000,
            verdict="accepted",
            run=run,
        )

    kept = [came(50, site.start()), came(1), came(2)]
    replayed = came(40, over(site))
    WebhookDelivery.objects.filter(pk=kept[1].pk).update(replay_of=replayed)
    for days in (3, 4, 41):
        came(days)
    assert would_go(Limits(delivery_days=30)).deliveries == 2
    assert sweep(Limits(delivery_days=30), NEVER).deliveries == 2
    assert sweep(Limits(deliveries=2), NEVER).deliveries == 2
    assert set(WebhookDelivery.objects.all()) == set(kept)
    assert not sweep(Limits(deliveries=2), NEVER)


def test_a_long_journal_goes_in_steps_and_counts_as_pruned_from_the_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "MOST_ROWS", 10)
    run, other = over(site, 9), over(site, 8)
    lengthen(run, 25)

    class Cut(threading.Event):
        """Ends the sweep after its first transactions."""

        left = 2

        def wait(self, timeout: float | None = None) -> bool:
            self.left -= 1
            return self.left == 0

    limits = Limits(journal_days=1)
    sweep(limits, Cut())
    run.refresh_from_db()
    assert run.pruned is not None
    assert JournalChunk.objects.filter(run=run).count() > 10
    with pytest.raises(JournalPruned):
        events_of_run(run)
    assert journals() == {run.pk, other.pk}
    assert sweep(limits, NEVER).journals == 1
    assert journals() == set()
    assert Pruned.objects.get().journals == 2
    assert Retention.objects.get().rest is None


def test_one_prunes_at_a_time_until_it_says_nothing_for_a_minute(site: Site) -> None:
    over(site, 9)
    first = Hold()
    assert not is_due()
    with pytest.raises(Busy):
        sweep(Limits(journal_days=1), NEVER)
    Retention.objects.update(until=timezone.now() - HELD)
    assert sweep(Limits(journal_days=1), NEVER).journals == 1
    with pytest.raises(Busy), first.changing():
        pass
    # The site's own next one is due a minute later.
    assert not is_due()
    assert from_time_to_time(NEVER) > 0


def test_files_of_large_values_go_with_what_refers_to_them(
    site: Site, settings: Settings, tmp_path: Path
) -> None:
    settings.CONDUCTOR_VALUES = tmp_path
    large = ["x" * 300_000]
    run = cancel_run(site.start(large=large))
    while settle():
        pass
    made = files.write(run.pk, b'"what a node gave"')
    unknown, young = time_ordered_id(), time_ordered_id()
    for key in (unknown, young):
        files.write(key, b"1")
    moment = time.time() - 2 * 3600
    for key in (run.pk, unknown):
        os.utime(tmp_path / key.hex[-2:] / str(key), (moment, moment))

    def left() -> set[str]:
        return {path.parent.name for path in tmp_path.rglob("*") if path.is_file()}

    sweep(Limits(journal_days=30), NEVER)
    assert left() == {str(it) for it in (run.pk, unknown, young)}
    Run.objects.filter(pk=run.pk).update(finished=timezone.now() - 31 * DAY)
    sweep(Limits(journal_days=30), NEVER)
    assert left() == {str(run.pk), str(young)}
    run.refresh_from_db()
    with pytest.raises(files.ValueLost):
        files.read(run.pk, made)
    # What went in is kept with the run, and read where the run says that it is.
    assert value_at(run, 1, ["inputs", "large"]) == large
    with pytest.raises(JournalPruned):
        value_at(run, 2, [])
    (folder,) = tmp_path.rglob(str(run.pk))
    os.utime(folder, (moment, moment))
    sweep(Limits(run_days=30), NEVER)
    assert left() == {str(young)}


def test_a_pruned_run_is_repeated_from_its_start(site: Site) -> None:
    run = over(site, 9)
    sweep(Limits(journal_days=1), NEVER)
    run = Run.objects.select_related("drawing").get(pk=run.pk)
    again = rerun(
        run, Start("start"), drawing=run.drawing, version=None, trigger="api", by=site.owner
    )
    assert again.run is not None
    # Now a living run refers to it.
    assert not sweep(Limits(journal_days=1, run_days=1), NEVER)


async def test_runs_start_and_end_while_others_are_pruned(site: Site, worker: Worker) -> None:
    parked = await rows(lambda: site.start(WAITING))
    limits = Limits(journals=1, runs=2)
    stop = threading.Event()

    def prune() -> Tally:
        tally = Tally()
        while not stop.is_set():
            tally.add(sweep(limits, NEVER))
        return tally

    pruning = asyncio.create_task(rows(prune))
    runs = []
    for _ in range(8):
        runs += [await rows(site.start) for _ in range(3)]
        await until(lambda: not Run.objects.filter(finished=None).exclude(pk=parked.pk).exists())
    stop.set()
    tally = await pruning
    await rows(lambda: settle())
    for _ in range(2):
        tally.add(await rows(lambda: sweep(limits, NEVER)))
    assert tally.journals >= 20
    left = await rows(lambda: list(Run.objects.exclude(pk=parked.pk)))
    assert {it.status for it in left} == {"succeeded"}
    assert tally.runs + len(left) == len(runs)
    for run in left:
        if run.pruned is None:
            events = await rows(partial(events_of_run, run))
            assert [it["seq"] for it in events] == list(range(1, run.last_seq + 1))
    await rows(lambda: cancel_run(parked))
    run = await until(ended(parked))
    assert run.status == "cancelled"
