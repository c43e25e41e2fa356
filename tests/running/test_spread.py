"""For each, spread over workers: its items are runs that any of them takes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runner.actions import cancel_run
from runner.actions.rerun import Start, last_run, rerun
from runner.calls.settling import settle
from runner.calls.starting import Item, start_items
from runner.engine.again import RerunImpossible
from runner.engine.blueprints import Child
from runner.journal.reader import read_events
from runner.models import Run, Signal
from runner.queue import Worker
from tests.forking import Forked
from tests.patience import PATIENCE
from tests.running.conftest import Site, ended, rows, until
from tests.running.spread import spread_over
from tests.running.test_calls import over, published, started

ROOT = Path(__file__).resolve().parents[2]


def items_of(run: Run) -> dict[str, Run]:
    return {it.parent_step: it for it in Run.objects.filter(parent=run)}


def doubled(run: Run, count: int) -> dict[str, Any]:
    return {"got": [[index, index * 2, str(run.pk)] for index in range(count)]}


async def test_two_workers_share_the_items_and_the_results_are_in_the_lists_order(
    site: Site,
) -> None:
    workers = [Worker(most=3), Worker(most=3)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    run = await rows(lambda: site.start(spread_over(seconds=0.5), items=list(range(8))))
    took: set[str] = set()

    def look() -> Run | None:
        under_way = Run.objects.filter(parent=run, status="running").exclude(worker="")
        took.update(under_way.values_list("worker", flat=True))
        return ended(run)()

    row = await until(look)
    for worker in workers:
        await worker.stop()
    await asyncio.gather(*running)
    assert (row.status, row.outputs) == ("succeeded", doubled(run, 8))
    assert took == {worker.name for worker in workers}
    found = await rows(lambda: items_of(run))
    assert set(found) == {f"f[{index}]/f:item" for index in range(8)}
    one = found["f[5]/f:item"]
    assert (one.trigger, one.depth, one.status) == ("spread", 1, "succeeded")
    assert (one.drawing_id, one.blueprint_id) == (row.drawing_id, row.blueprint_id)
    steps = [it["step"] for it in await rows(lambda: read_events(one.pk)) if it["step"]]
    assert set(steps) == {"f[5]/wait", "f[5]/if", "f[5]/twice", "no"}


async def test_a_cancel_reaches_the_items(site: Site, worker: Worker) -> None:
    run = await rows(lambda: site.start(spread_over(seconds=60), items=[1, 2]))
    await until(lambda: Run.objects.filter(parent=run, status="waiting").count() == 2)
    await rows(lambda: cancel_run(run, "enough"))
    assert (await over(run)).status == "cancelled"
    for item in (await rows(lambda: items_of(run))).values():
        row = await over(item)
        assert (row.status, row.cancel_reason) == (
            "cancelled",
            "the run that called it was cancelled",
        )


async def test_an_item_that_somebody_cancels_fails_and_says_so(site: Site, worker: Worker) -> None:
    run = await rows(lambda: site.start(spread_over(seconds=60, errors="stop"), items=[1, 2]))
    await until(lambda: Run.objects.filter(parent=run, status="waiting").count() == 2)
    found = await rows(lambda: items_of(run))
    await rows(lambda: cancel_run(found["f[0]/f:item"], "not this one"))
    row = await over(run)
    assert row.error["kind"] == "item_cancelled"
    assert "not this one" in row.error["message"]
    # The frame gave up, so nobody waits for the other one.
    assert (await over(found["f[1]/f:item"])).status == "cancelled"


async def test_a_failed_item_fails_as_its_step_did_and_runs_again_alone(
    site: Site, worker: Worker
) -> None:
    drawing = spread_over(seconds=0.01, fails="item == 1", concurrency=1)
    blueprint = await rows(lambda: published(site, "Spread", drawing))
    run = await over(await rows(lambda: started(blueprint, items=[0, 1, 2])))
    assert (run.error["code"], run.error["message"]) == ("node_failed", "not 1")
    assert run.error["data"]["step"] == "f[1]/no"
    # The run is a dead letter once, and its items are none.
    assert await until(lambda: list(Run.objects.filter(dead=True))) == [run]
    found = await rows(lambda: items_of(run))
    with pytest.raises(RerunImpossible, match=r"Run that step again there"):
        await rows(
            lambda: rerun(
                found["f[1]/f:item"],
                Start("failed"),
                drawing=run.drawing,
                version=run.version,
                trigger="manual",
                by=None,
            )
        )
    again = await rows(
        lambda: (
            rerun(
                run,
                Start("step", "f[1]"),
                drawing=run.drawing,
                version=run.version,
                trigger="manual",
                by=None,
            ).run
        )
    )
    assert again is not None
    assert (await over(again)).error["message"] == "not 1"
    assert set(await rows(lambda: items_of(again))) == {"f[1]/f:item"}


async def test_items_that_begin_or_end_together_share_their_statements(site: Site) -> None:
    run = await rows(lambda: site.start(spread_over(seconds=0), items=list(range(8))))

    def asked_for(first: int, count: int) -> tuple[set[str], int]:
        part = {"frame": "f", "scope": "f[0]", "run": {"id": str(run.pk), "started": 0.0}}
        numbers = range(first, first + count)
        items = [Item(f"f[{it}]/f:item", 1, part, copy_context()) for it in numbers]
        with CaptureQueriesContext(connection) as statements:
            children = start_items(run.pk, items)
            # Who asks again, as after a crash, is told the same.
            assert start_items(run.pk, items) == children
        return {child.run for child in children if isinstance(child, Child)}, len(statements)

    def ended_with(made: set[str]) -> int:
        done = Run.objects.filter(pk__in=made)
        done.update(status="succeeded", finished=timezone.now(), unsettled=True)
        with CaptureQueriesContext(connection) as statements:
            settle()
        assert not done.filter(unsettled=True).exists()
        return len(statements)

    one, for_one = await rows(lambda: asked_for(0, 1))
    others, for_others = await rows(lambda: asked_for(1, 7))
    assert (len(one), len(others)) == (1, 7)
    # A list of the drawing's wishes is read with the first item.
    assert for_others <= for_one
    assert await rows(lambda: ended_with(others)) == await rows(lambda: ended_with(one))
    told = await rows(lambda: list(Signal.objects.filter(run=run).values_list("key", flat=True)))
    assert sorted(told) == sorted(f"run {it}" for it in one | others)


async def test_the_depth_of_runs_within_runs_is_limited(
    site: Site, worker: Worker, settings: Any
) -> None:
    settings.CONDUCTOR_CALL_DEPTH = 0
    run = await over(await rows(lambda: site.start(spread_over(seconds=0), items=[1])))
    assert run.error["code"] == "call_too_deep"
    assert "CONDUCTOR_CALL_DEPTH" in run.error["message"]


async def test_the_runs_of_items_are_not_the_blueprints_last_run(
    site: Site, worker: Worker
) -> None:
    run = await over(await rows(lambda: site.start(spread_over(seconds=0), items=[1])))
    assert await rows(lambda: last_run(site.blueprint)) == run


WORKER = """
import asyncio, sys
from django.conf import settings
import django
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from runner.queue import Worker, lease

lease.HOLD, lease.BEAT, lease.AGAIN = 2.0, 0.4, 0.2
asyncio.run(Worker(most=2).run())
"""


@pytest.mark.server
def test_killing_a_worker_loses_and_doubles_no_item(site: Site, tmp_path: Path) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "conductor_site.settings"}
    name = str(connection.settings_dict["NAME"])
    script = [sys.executable, "-c", WORKER, name]
    run = site.start(spread_over(seconds=1, concurrency=4), items=list(range(8)))
    both = [Forked(script, cwd=ROOT, env=environment) for _ in range(2)]

    async def take_part() -> Run:
        await until(lambda: Run.objects.filter(parent=run, status="succeeded").exists())
        await until(lambda: Run.objects.filter(parent=run, status="running").exists())
        os.kill(both[0].pid, signal.SIGKILL)
        return await until(ended(run), 2 * PATIENCE)

    try:
        row = asyncio.run(take_part())
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert (row.status, row.outputs) == ("succeeded", doubled(run, 8))
    assert Run.objects.filter(parent=run).count() == 8
    for item in items_of(run).values():
        done = [it["step"] for it in read_events(item.pk) if it["type"] == "step.succeeded"]
        assert len(done) == len(set(done)) == 3
