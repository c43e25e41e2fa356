"""A worker that nobody hears stops its runs in time, and goes on with them when it is heard."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from runner.engine import Fenced
from runner.journal.reader import read_events
from runner.models import Run
from runner.queue import Worker, lease
from runner.queue.ahead import Ahead
from runner.queue.claim import Claimed
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.test_committer import locked_database


def kinds(run: Run) -> list[str]:
    return [event["type"] for event in read_events(run.pk)]


def waits(run: Run) -> bool:
    return "step.waiting" in kinds(run)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases end after a second."""
    monkeypatch.setattr(lease, "HOLD", 1.0)
    monkeypatch.setattr(lease, "BEAT", 0.2)
    monkeypatch.setattr(lease, "AGAIN", 0.1)


async def test_runs_are_stopped_when_nobody_has_heard_the_worker_and_go_on_later(
    short: None, site: Site, worker: Worker, caplog: Any
) -> None:
    run = await rows(lambda: site.start(chain("flow.wait", seconds=4)))
    await until(partial(waits, run))
    with locked_database("runner_worker"):
        # It takes no more as its lease ends, and tells of that when it is back from the database.
        await until(lambda: "it stops its 1 runs" in caplog.text)
        assert not worker.has_room
    row = await until(ended(run))
    assert row.status == "succeeded"
    assert row.epoch >= 2
    types = await rows(lambda: kinds(run))
    assert types.count("step.succeeded") == 3
    assert "run.resumed" in types


async def test_runs_that_wait_to_be_handed_back_are_not_cut_off_as_the_lease_ends(
    site: Site, worker: Worker
) -> None:
    runs = [await rows(lambda: site.start(chain("flow.wait", seconds=1))) for _ in range(3)]
    for run in runs:
        await until(partial(waits, run))
    with locked_database():
        for _ in range(2):
            worker.hosting.lose()
            await asyncio.sleep(0.2)
    for run in runs:
        row = await until(ended(run))
        assert (row.status, row.epoch) == ("succeeded", 2)


async def test_a_run_is_handed_back_that_was_claimed_at_the_moment_at_which_the_lease_ends(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = worker.hosting.start

    def lost(claimed: Claimed, ahead: Ahead | None = None) -> None:
        start(claimed, ahead)
        monkeypatch.undo()
        worker.hosting.lose()

    monkeypatch.setattr(worker.hosting, "start", lost)
    run = await rows(lambda: site.start(chain("flow.wait", seconds=0.1)))
    row = await until(ended(run))
    assert (row.status, row.epoch) == ("succeeded", 2)


async def test_what_was_begun_under_an_ended_lease_may_not_act_any_more(
    short: None, site: Site, worker: Worker
) -> None:
    run = await rows(site.start)
    await until(ended(run))
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    journal = worker.hosting.journal_of(run.pk, row.blueprint_id, row.epoch, last_seq=row.last_seq)
    await journal.fence()
    with locked_database("runner_worker"):
        await until(lambda: not worker.has_room)
        with pytest.raises(Fenced):
            await journal.fence()
    await until(lambda: worker.has_room)
    # The worker has a new lease, but others may have had the run in between.
    with pytest.raises(Fenced):
        await journal.fence()
