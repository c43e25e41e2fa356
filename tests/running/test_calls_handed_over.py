"""Runs that call others, and whose worker loses them, ends or fails them at that moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from runner.calls import host
from runner.calls.gathering import MOST
from runner.models import Run
from runner.queue import Worker, claim
from tests.patience import PATIENCE
from tests.running.conftest import Site, ended, rows, until
from tests.running.spread import spread_over
from tests.running.test_calls import DOUBLE, SLOW, calling, published, started


class Held:
    """Children that are about to be started: `begun` is set then, and they wait for `go`."""

    def __init__(self, start: Callable[..., Any]) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._start = start

    def __call__(self, *asked: Any) -> Any:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return self._start(*asked)


@contextmanager
def held(name: str) -> Iterator[Held]:
    with pytest.MonkeyPatch.context() as patch:
        it = Held(getattr(host, name))
        patch.setattr(host, name, it)
        yield it
        it.go.set()


def calls_double(site: Site) -> Run:
    published(site, "Double", DOUBLE)
    return started(published(site, "Caller", calling("Double", inputs={"n": "{{ input.n }}"})), n=3)


async def test_a_child_that_is_being_started_as_the_lease_ends_is_the_steps_own_later(
    site: Site, worker: Worker
) -> None:
    with held("start_child") as starting:
        run = await rows(partial(calls_double, site))
        await until(starting.begun.is_set)
        worker.hosting.lose()
    row = await until(ended(run))
    assert (row.status, row.outputs) == ("succeeded", {"got": {"double": {"n": 6}}})
    child = await rows(lambda: Run.objects.get(parent=run))
    assert child.status == "succeeded"
    assert row.epoch >= 2, "the run was handed back"


async def test_items_that_wait_to_be_started_as_their_worker_drains_are_started(
    site: Site,
) -> None:
    worker = Worker()
    working = asyncio.create_task(worker.run())
    document = spread_over(seconds=0.01, concurrency=MOST + 20)
    with held("start_items") as starting:
        blueprint = await rows(lambda: published(site, "Spread", document))
        items = list(range(MOST + 20))
        run = await rows(lambda: started(blueprint, items=items))
        await until(starting.begun.is_set)
        await worker.stop(PATIENCE)
        asyncio.get_running_loop().call_later(0.2, starting.go.set)
        await working
    assert (await rows(lambda: Run.objects.get(pk=run.pk))).error is None
    assert await rows(lambda: Run.objects.filter(parent=run).count()) == len(items)


async def test_a_child_is_cancelled_whose_caller_failed_before_its_step_ended(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Slow", SLOW))
    caller = await rows(lambda: published(site, "Caller", calling("Slow")))
    run = await rows(lambda: started(caller))
    await until(lambda: Run.objects.filter(pk=run.pk, status="waiting").first())

    def fail() -> None:
        epoch = Run.objects.get(pk=run.pk).epoch
        assert claim.fail(run.pk, epoch, {"code": "engine_fault", "message": "a fault"})

    await rows(fail)
    child = await rows(lambda: Run.objects.get(parent=run))
    assert (await until(ended(child))).status == "cancelled"


async def test_a_child_that_is_not_waited_for_outlives_the_failure_of_its_caller(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Slow", SLOW))
    document = calling("Slow", wait=False, cancel=True)
    document["nodes"]["stop"] = {"kind": "flow.fail", "parameters": {"message": "no"}}
    document["edges"].append("call.out -> stop.in")
    run = await rows(lambda: started(published(site, "Caller", document)))
    assert (await until(ended(run))).status == "failed"
    await until(lambda: not Run.objects.filter(unsettled=True).exists())
    child = await rows(lambda: Run.objects.get(parent=run))
    assert (child.cancel_with_parent, child.cancel_requested) == (True, False)
