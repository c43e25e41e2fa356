"""A worker that nobody hears stops its runs in time, and goes on with them when it is heard."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import Fenced
from runner.journal.reader import read_events
from runner.models import Run
from runner.queue import Worker, lease
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.test_committer import locked_database


def kinds(run: Run) -> list[str]:
    return [event["type"] for event in read_events(run.pk)]


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
    await until(lambda: "step.waiting" in kinds(run))
    with locked_database("runner_worker"):
        await until(lambda: not worker.has_room)
    assert "it stops its 1 runs" in caplog.text
    row = await until(ended(run))
    assert row.status == "succeeded"
    assert row.epoch >= 2
    types = await rows(lambda: kinds(run))
    assert types.count("step.succeeded") == 3
    assert "run.resumed" in types


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
