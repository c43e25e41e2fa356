"""Runs that a worker would leave with nobody who goes on with them, though it lives."""

from __future__ import annotations

import asyncio
import shutil
import threading
from functools import partial
from typing import Any

import pytest
from django.db import DataError, OperationalError

from runner.models import Run
from runner.queue import Worker, claim, lent
from runner.queue.asking import Asking
from runner.queue.rest import Leaving, Left
from tests.running import queued
from tests.running.conftest import SOON, Site, chain, ended, rows, until
from tests.running.test_calls import FAILING


async def test_a_run_goes_on_though_the_answer_to_its_claim_was_lost(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    take = claim._take

    def lost(*asked: Any) -> Any:
        if not take(*asked):
            return []
        monkeypatch.undo()
        raise OperationalError("the connection was lost after the commit")

    monkeypatch.setattr(claim, "_take", lost)
    run = await rows(site.start)
    row = await until(ended(run))
    assert (row.status, row.epoch) == ("succeeded", 2)
    assert "was left with nobody" in caplog.text


async def test_a_worker_works_though_the_answer_to_its_signing_on_was_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on = claim.sign_on

    def lost(*asked: Any, **given: Any) -> None:
        sign_on(*asked, **given)
        monkeypatch.undo()
        raise OperationalError("the connection was lost after the commit")

    monkeypatch.setattr(claim, "sign_on", lost)
    worker = Worker()
    working = asyncio.create_task(worker.run())
    run = await rows(site.start)
    assert (await until(ended(run), SOON)).status == "succeeded"
    await worker.stop()
    await working


async def test_a_run_ends_though_its_end_was_cut_off_as_the_lease_ended(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosting, busy = worker.hosting, threading.Event()
    others: list[asyncio.Task[bool]] = []

    async def fails(*_: Any) -> None:
        monkeypatch.undo()
        # The worker's thread is asked by somebody else at this moment, and then for the end.
        others.append(asyncio.create_task(worker.ask(busy.wait)))
        await asyncio.sleep(0)
        hosting.lose()
        asyncio.get_running_loop().call_later(0.2, busy.set)
        raise RuntimeError("a fault of the engine")

    monkeypatch.setattr(hosting, "_execute", fails)
    run = await rows(lambda: site.start(chain("flow.wait", seconds=0.1)))
    assert (await until(ended(run))).epoch == 2
    await others[0]


async def test_runs_are_not_taken_from_a_worker_that_has_them(
    site: Site, worker: Worker, caplog: Any
) -> None:
    run = await rows(lambda: site.start(chain("flow.wait", seconds=4.5)))
    await until(lambda: len(worker.hosting) == 1)
    worker._looked_for_left = float("-inf")
    # It looks about once a second; a busy machine may let it later.
    await until(lambda: worker._looked_for_left > 0)
    row = await until(ended(run))
    assert (row.status, row.epoch) == ("succeeded", 1)
    assert "was left" not in caplog.text


async def test_a_fault_in_what_a_worker_does_beside_its_runs_does_not_end_it(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fault() -> bool:
        monkeypatch.undo()
        raise RuntimeError("a fault")

    monkeypatch.setattr(lent, "duties", [*lent.duties, fault])
    run = await rows(site.start)
    assert (await until(ended(run))).status == "succeeded"
    assert "The worker's look for runs failed" in caplog.text


async def test_a_lost_value_of_gathered_starts_ends_their_run_and_no_worker(
    site: Site, settings: Any
) -> None:
    blueprint = await rows(lambda: queued.published(site, debounce={"seconds": 0.2}))
    run = await rows(lambda: queued.start(blueprint, x="y" * 500_000))
    shutil.rmtree(settings.CONDUCTOR_VALUES)
    settings.CONDUCTOR_VALUES.mkdir()
    worker = Worker()
    working = asyncio.create_task(worker.run())
    row = await until(ended(run))
    assert (row.status, (row.error or {})["code"]) == ("failed", "journal_damaged")
    other = await rows(site.start)
    assert (await until(ended(other))).status == "succeeded"
    await worker.stop()
    await working


async def test_gathered_starts_keep_what_lies_in_files(site: Site, worker: Worker) -> None:
    blueprint = await rows(lambda: queued.published(site, debounce={"seconds": 0.2}))
    run = await rows(lambda: queued.start(blueprint, x="y" * 500_000))
    row = await until(ended(run))
    assert row.status == "succeeded"
    assert (await rows(lambda: queued.whole_inputs(run))) == {"x": "y" * 500_000}


async def test_a_run_that_cannot_be_let_go_does_not_keep_the_others(site: Site) -> None:
    runs = [await rows(site.start) for _ in range(3)]
    await rows(lambda: Run.objects.update(status="running", worker="w", epoch=1))
    asking = Asking("test-leaving")
    leaving = Leaving(asking)
    # There is no such moment.
    untils = (None, 1e20, None)
    outcomes = await asyncio.gather(
        *(
            leaving.leave(run.pk, 1, Left(True, moment, frozenset(), frozenset(), ()))
            for run, moment in zip(runs, untils, strict=True)
        ),
        return_exceptions=True,
    )
    await asking.close()
    assert [isinstance(it, Exception) for it in outcomes] == [False, True, False]
    found = await rows(lambda: [Run.objects.get(pk=run.pk).status for run in runs])
    assert found == ["waiting", "running", "waiting"]


async def test_what_cannot_follow_from_one_run_keeps_no_others_from_a_worker(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    failing = await rows(lambda: queued.published(site, FAILING))

    def refused(run: Run) -> None:
        if run.blueprint_id == failing.pk:
            raise DataError("the database does not take this")

    monkeypatch.setattr(lent, "consequences", [*lent.consequences, refused])
    first = await rows(partial(queued.start, failing))
    assert (await until(ended(first))).status == "failed"
    await until(lambda: "cannot be done; tried again" in caplog.text)
    other = await rows(site.start)
    assert (await until(ended(other))).status == "succeeded"
    assert await rows(lambda: Run.objects.get(pk=first.pk).unsettled)
