"""A worker that is asked to stop lets what is under way end, and hands the rest over at once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from runner.actions.workers import drain, standings
from runner.journal.reader import read_events
from runner.models import Run
from runner.models import Worker as WorkerRow
from runner.queue import Worker, claim, lease, worker
from runner.queue.holding import holds
from tests.faults.counted import counting
from tests.running.conftest import Site, ended, rows, until

SLOW = 0.3
BEGUN = "step.started"


def calling(port: int, *, items: int = 0) -> dict[str, Any]:
    """Return a drawing with two slow calls, or with one for each of so many items."""
    url = f"http://127.0.0.1:{port}/slow/"
    call = {"kind": "http.request", "parameters": {"method": "POST", "url": url}}
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}, "a": call}
    if items:
        each = {"list": f"{{{{ {list(range(items))} }}}}", "concurrency": 1}
        nodes["a"] = {**call, "settings": {"each": each}}
        return {
            "format": "conductor/1",
            "name": "C",
            "nodes": nodes,
            "edges": ["start.out -> a.in"],
        }
    nodes["b"] = call
    edges = ["start.out -> a.in", "a.out -> b.in"]
    return {"format": "conductor/1", "name": "C", "nodes": nodes, "edges": edges}


@pytest.mark.parametrize("items", [0, 3])
async def test_no_step_is_repeated_and_another_worker_goes_on_at_once(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch, items: int
) -> None:
    monkeypatch.setattr(worker, "LOOK", 30.0)
    with counting() as counts:
        counts.slowness = SLOW
        settings.CONDUCTOR_HTTP_ALLOW = frozenset({f"127.0.0.1:{counts.port}"})
        first, second = Worker(), Worker()
        running = asyncio.create_task(first.run())
        run = await rows(lambda: site.start(calling(counts.port, items=items)))
        await until(lambda: counts.arrivals.total() == 1)
        others = asyncio.create_task(second.run())
        await first.stop(drain=5)
        await running
        began = time.monotonic()
        done = await until(ended(run))
        # Neither a lease of seven seconds nor the next look is waited for.
        assert time.monotonic() - began < (items or 2) * SLOW + 5
        await second.stop()
        await others
        assert (done.status, done.epoch) == ("succeeded", 2)
        assert set(counts.arrivals.values()) == {1}
        assert counts.arrivals.total() == (items or 2)
        events = await rows(lambda: read_events(run.pk))
        (resumed,) = (event for event in events if event["type"] == "run.resumed")
        assert resumed["data"]["repeats"] == (["a"] if items else [])
        # The first one began nothing more after it was asked to stop.
        begun = [it["step"] for it in events[: events.index(resumed)] if it["type"] == BEGUN]
        assert [step.split("#")[0] for step in begun if step] == (["a", "a[0]"] if items else ["a"])


async def test_a_step_that_takes_too_long_is_cut_off(site: Site, settings: Any) -> None:
    with counting() as counts:
        counts.slowness = 30
        settings.CONDUCTOR_HTTP_ALLOW = frozenset({f"127.0.0.1:{counts.port}"})
        worker = Worker()
        running = asyncio.create_task(worker.run())
        run = await rows(lambda: site.start(calling(counts.port)))
        await until(lambda: counts.arrivals.total() == 1)
        began = time.monotonic()
        await worker.stop(drain=0.2)
        await running
        assert time.monotonic() - began < 10
        row = await rows(lambda: Run.objects.get(pk=run.pk))
        assert (row.status, row.worker) == ("running", "")


async def test_a_worker_that_drains_hands_its_runs_on_and_takes_none_until_told_otherwise(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.1)
    with counting() as counts:
        counts.slowness = 2 * SLOW
        settings.CONDUCTOR_HTTP_ALLOW = frozenset({f"127.0.0.1:{counts.port}"})
        first, second = Worker(), Worker()
        running = asyncio.create_task(first.run())
        run = await rows(lambda: site.start(calling(counts.port)))
        await until(lambda: counts.arrivals.total() == 1)
        assert await rows(lambda: drain([first.name])) == 1
        # A moment ago it was asked, and the call is still under way.
        assert [(it.standing, it.runs) for it in await rows(standings)] == [("draining", 1)]
        await until(lambda: standings()[0].standing == "drained")
        assert not first.has_room
        assert "drain" in first.silent
        held = await rows(lambda: [it.code for it in holds(site.start())])
        assert held == ["workers_drain"]
        others = asyncio.create_task(second.run())
        done = await until(ended(run))
        assert (done.status, done.epoch, done.worker) == ("succeeded", 2, second.name)
        assert set(counts.arrivals.values()) == {1}
        await second.stop()
        await others
        waits = await rows(site.start)
        await asyncio.sleep(0.3)
        assert (await rows(lambda: Run.objects.get(pk=waits.pk))).status == "queued"
        assert await rows(lambda: drain([first.name], wanted=False)) == 1
        assert (await until(ended(waits))).status == "succeeded"
        assert [it.standing for it in await rows(standings)] == ["takes runs"]
        await first.stop()
        await running


async def test_what_a_worker_was_asked_outlives_the_loss_of_its_row(site: Site) -> None:
    def lost() -> bool:
        assert not claim.beat("a")
        drain(["a"])
        assert claim.beat("a")
        WorkerRow.objects.all().delete()
        return claim.beat("a", draining=True)

    assert await rows(lost)
