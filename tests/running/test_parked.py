"""Parked runs: rows and nothing else, until their moment or until something comes for them."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from editor.actions import publish
from editor.models import Blueprint
from runner.actions import cancel_run
from runner.journal.reader import read_events
from runner.models import Run, Signal, Wait, checksum_of
from runner.models import Worker as WorkerRow
from runner.queue import Worker, claim, signals, waits
from tests.running.conftest import SOON, Site, chain, ended, rows, status, until
from tests.running.test_calls import published, started

HOUR = chain("flow.wait", seconds=3600)
CALL = chain("flow.receive")


@asynccontextmanager
async def working(**options: Any) -> AsyncIterator[Worker]:
    worker = Worker(**options)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await running


def kinds(run: Run) -> list[str]:
    return [event["type"] for event in read_events(run.pk)]


def let_go(run: Run) -> Run | None:
    """Return the run if no worker has it any more."""
    return Run.objects.filter(pk=run.pk, status="waiting", worker="").first()


def make_due(run: Run) -> None:
    """Have the moment come that a run waits for: in its journal, and in its row."""
    chunk = run.chunks.get(events__contains="step.waiting")
    data = [event for event in read_events(run.pk) if event["type"] == "step.waiting"][-1]["data"]
    past = time.time() - 1
    chunk.events = chunk.events.replace(str(data["until"]), str(past))
    chunk.checksum = checksum_of(chunk.events)
    chunk.save()
    Run.objects.filter(pk=run.pk).update(wake_at=timezone.now())


async def test_a_parked_run_is_let_go_and_claimed_at_its_moment(site: Site) -> None:
    run = await rows(lambda: site.start(HOUR))
    async with working() as worker:
        row = await until(lambda: let_go(run))
        assert row.wake_at is not None
        left = (row.wake_at - timezone.now()).total_seconds()
        assert 3500 < left < 3601
        assert worker.has_room
        assert (await rows(lambda: kinds(run)))[-1] == "run.waiting"
        await rows(lambda: make_due(run))
        row = await until(ended(run))
    assert row is not None
    assert (row.status, row.epoch, row.wake_at) == ("succeeded", 2, None)
    assert [kind for kind in await rows(lambda: kinds(run)) if kind == "step.waiting"] == [
        "step.waiting"
    ]


async def test_a_parked_run_goes_on_with_the_drawing_that_it_began_with(site: Site) -> None:
    def drawing(text: str, *kinds: str) -> dict[str, Any]:
        drawn = chain(*kinds, "flow.wait", seconds=3600)
        said = {"kind": "data.value", "parameters": {"value": text}}
        edges = [edge.replace("-> out.in", "-> said.in") for edge in drawn["edges"]]
        return {
            **drawn,
            "nodes": {**drawn["nodes"], "said": said},
            "edges": [*edges, "said.out -> out.in"],
        }

    blueprint = await rows(lambda: published(site, "Edited", drawing("old")))
    runs = [await rows(lambda: started(blueprint)), await rows(lambda: site.start(drawing("old")))]
    async with working():
        for run in runs:
            await until(partial(let_go, run))

    def edit() -> None:
        Blueprint.objects.filter(pk__in=[run.blueprint_id for run in runs]).update(
            draft=drawing("new", "flow.wait")
        )
        assert publish(Blueprint.objects.get(pk=blueprint.pk), site.owner).number == 2
        for run in runs:
            make_due(run)

    await rows(edit)
    async with working():
        ends = [await until(ended(run)) for run in runs]
    assert [(run.status, run.outputs) for run in ends] == [("succeeded", {"got": "old"})] * 2


async def test_a_run_that_waits_is_not_claimed_before(site: Site) -> None:
    run = await rows(lambda: site.start(HOUR))
    async with working():
        await until(lambda: let_go(run))
    await rows(lambda: claim.beat("w"))
    assert await rows(lambda: claim.claim("w", 5)) == []


async def test_parked_runs_take_no_room_in_a_worker(site: Site) -> None:
    async with working(most=2):
        for _ in range(5):
            run = await rows(lambda: site.start(HOUR))
            await until(partial(let_go, run))
        run = await rows(site.start)
        row = await until(ended(run))
    assert row is not None
    assert row.status == "succeeded"


async def test_a_cancelled_parked_run_ends_within_a_second(site: Site) -> None:
    run = await rows(lambda: site.start(HOUR))
    async with working(most=1) as worker:
        await until(lambda: let_go(run))
        # Also where the worker has no room.
        other = await rows(lambda: site.start(chain("flow.wait", seconds=3)))
        await until(lambda: Run.objects.filter(pk=other.pk, status="running").exists())
        assert not worker.has_room
        began = time.monotonic()
        await rows(lambda: cancel_run(run, "enough"))
        row = await until(ended(run))
        assert time.monotonic() - began < SOON
    assert row is not None
    assert (row.status, row.error["message"]) == ("cancelled", "enough")
    events = await rows(lambda: read_events(run.pk))
    assert "step.cancelled" in [event["type"] for event in events if event["step"] == "n0"]


async def test_what_comes_from_outside_wakes_a_parked_run_and_reaches_its_step_once(
    site: Site,
) -> None:
    run = await rows(lambda: site.start(CALL))
    async with working():
        await until(lambda: let_go(run))
        await rows(lambda: signals.send(run.pk, "n0", "call", {"n": 1}))
        row = await until(ended(run))
        await until(lambda: Signal.objects.get(run=run).reached)
        with pytest.raises(signals.RunOver):
            await rows(lambda: signals.send(run.pk, "n0", "call", {"n": 2}))
    assert row is not None
    assert (row.status, row.outputs) == ("succeeded", {"got": {"n": 1}})
    assert kinds_of(await rows(lambda: kinds(run)), "step.resumed") == 1


def kinds_of(found: list[str], kind: str) -> int:
    return sum(each == kind for each in found)


async def test_what_comes_twice_is_refused(site: Site) -> None:
    run = await rows(lambda: site.start(CALL))
    await rows(lambda: signals.send(run.pk, "n0", "call", 1))
    with pytest.raises(signals.AlreadySent):
        await rows(lambda: signals.send(run.pk, "n0", "call", 2))
    assert await rows(lambda: Signal.objects.get(run=run).value) == 1


async def test_what_came_before_the_step_parked_is_given_to_it(site: Site) -> None:
    run = await rows(lambda: site.start(CALL))
    await rows(lambda: signals.send(run.pk, "n0", "call", "early"))
    async with working():
        row = await until(ended(run))
    assert row is not None
    assert row.outputs == {"got": "early"}


async def test_a_worker_that_has_the_run_gives_it_what_comes(site: Site) -> None:
    document = chain("flow.receive")
    document["nodes"]["busy"] = {"kind": "flow.wait", "parameters": {"seconds": 4}}
    document["edges"].append("start.out -> busy.in")
    run = await rows(lambda: site.start(document))
    async with working():
        await until(lambda: Wait.objects.filter(run=run, closed__isnull=True).exists())
        await rows(lambda: signals.send(run.pk, "n0", "call", "now"))
        await until(lambda: "step.resumed" in kinds(run))
        await until(lambda: Wait.objects.filter(run=run, closed__isnull=False).exists())
        assert await rows(lambda: status(run)) == "running"
        row = await until(ended(run))
    assert row is not None
    assert row.outputs == {"got": "now"}


async def test_what_was_accepted_in_time_counts_though_nobody_has_looked_before_its_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "unreached", lambda worker: [])
    run = await rows(lambda: site.start(chain("flow.receive", seconds=2)))
    async with working():
        await until(lambda: "step.waiting" in kinds(run))
        await rows(lambda: signals.send(run.pk, "n0", "call", "in time"))
        row = await until(ended(run))
    assert row is not None
    assert row.outputs == {"got": "in time"}
    assert await rows(lambda: Signal.objects.get(run=run).reached)


async def test_killed_after_the_event_but_before_the_row_a_signal_is_not_given_twice(
    site: Site,
) -> None:
    run = await rows(lambda: site.start(chain("flow.receive", "flow.receive")))
    async with working():
        await until(lambda: let_go(run))
        await rows(lambda: signals.send(run.pk, "n0", "call", 1))
        await until(lambda: Wait.objects.filter(run=run, step="n1", closed__isnull=True).exists())
        await until(lambda: let_go(run))
    # As if the process had ended before it said that the signal was reached.
    await rows(lambda: Signal.objects.filter(run=run).update(reached=False))
    await rows(lambda: Run.objects.filter(pk=run.pk).update(wake_at=timezone.now()))
    async with working():
        await until(lambda: Signal.objects.filter(run=run, reached=True).exists())
        await until(lambda: let_go(run))
        assert kinds_of(await rows(lambda: kinds(run)), "step.resumed") == 1
        await rows(lambda: signals.send(run.pk, "n1", "call", 2))
        row = await until(ended(run))
    assert row is not None
    assert row.outputs == {"got": 2}


async def test_what_comes_while_a_run_is_being_let_go_wakes_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.queue import rest as module

    run = await rows(lambda: site.start(CALL))
    real = module.leave
    sent: list[object] = []

    def leave(*values: Any) -> Any:
        if not sent:
            sent.append(signals.send(run.pk, "n0", "call", "in between"))
        return real(*values)

    monkeypatch.setattr(module, "leave", leave)
    async with working():
        row = await until(ended(run))
    assert row is not None
    assert row.outputs == {"got": "in between"}


async def test_a_run_whose_worker_ended_before_it_was_let_go_is_claimed_and_waits_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runner.queue import rest as module

    run = await rows(lambda: site.start(HOUR))
    real = module.leave
    monkeypatch.setattr(module, "leave", lambda *values: [])
    async with working() as first:
        await until(lambda: "run.waiting" in kinds(run))
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    assert row.status == "running"
    gone = timezone.now() - claim.LEASE - datetime.timedelta(seconds=1)
    await rows(lambda: WorkerRow.objects.filter(name=first.name).update(heartbeat=gone))
    monkeypatch.setattr(module, "leave", real)
    async with working():
        row = await until(lambda: let_go(run))
    assert row is not None
    assert row.wake_at is not None
    assert kinds_of(await rows(lambda: kinds(run)), "step.waiting") == 1


async def test_a_wait_that_goes_on_after_something_came_is_open_again(site: Site) -> None:
    run = await rows(lambda: site.start(CALL))
    async with working():
        await until(lambda: let_go(run))
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    told = waits.Waiting("n0", 1, None, {"kind": "call"})
    await rows(lambda: waits.show(run.pk, row.epoch, []))
    assert await rows(lambda: Wait.objects.filter(run=run, closed__isnull=True).count()) == 0
    await rows(lambda: waits.show(run.pk, row.epoch, [told]))
    assert await rows(lambda: Wait.objects.filter(run=run, closed__isnull=True).count()) == 1
    # A worker that has lost the run changes nothing.
    await rows(lambda: waits.show(run.pk, row.epoch - 1, []))
    assert await rows(lambda: Wait.objects.filter(run=run, closed__isnull=True).count()) == 1
