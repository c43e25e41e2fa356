"""A database whose answers are lost now and then, and a worker whose lease ends again and again."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import OperationalError

from editor.models import Blueprint
from runner.models import Run
from runner.queue import Worker, asking, hosting
from runner.queue import worker as queue_worker
from runner.queue.asking import Asking
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.spread import spread_over
from tests.running.test_calls import DOUBLE, calling, published, started
from tests.thorough import times

OFTEN = 0.15  # of the questions are not asked, and as many are asked whose answer is lost


def made(site: Site) -> list[Blueprint]:
    published(site, "Double", DOUBLE)
    each = {"each": {"list": "{{ input['items'] }}"}}
    return [
        published(site, "Caller", calling("Double", each, inputs={"n": "{{ item }}"})),
        published(site, "Spread", spread_over(seconds=0.05)),
        published(site, "Waiting", chain("flow.wait", "flow.wait", seconds=0.3)),
    ]


def start_all(kinds: list[Blueprint]) -> list[Run]:
    return [started(kind, items=[1, 2, 3]) for kind in kinds for _ in range(2)]


async def lose_now_and_then(worker: Worker, random: Random) -> None:
    for _ in range(4):
        await asyncio.sleep(random.random() / 2)
        worker.hosting.lose()


@pytest.mark.parametrize("seed", range(times(1)))
async def test_all_runs_come_to_their_ends_whatever_answers_are_lost_meanwhile(
    site: Site, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, ask, answering = Random(seed), Asking.ask, False

    async def loses(self: Asking, question: Any, *values: Any, **words: Any) -> Any:
        if answering:
            return await ask(self, question, *values, **words)
        if random.random() < OFTEN:
            raise OperationalError("the database is away")
        answer = await ask(self, question, *values, **words)
        if random.random() < OFTEN:
            raise OperationalError("the connection was lost after the commit")
        return answer

    monkeypatch.setattr(Asking, "ask", loses)
    for module, name in ((asking, "PAUSE"), (hosting, "PAUSE"), (queue_worker, "LEFT")):
        monkeypatch.setattr(module, name, 0.1)
    kinds = await rows(partial(made, site))
    runs = await rows(partial(start_all, kinds))
    first = Worker(most=8)
    working = asyncio.create_task(first.run())
    await lose_now_and_then(first, random)
    await first.stop(random.random())
    await working
    worker = Worker(most=8)
    working = asyncio.create_task(worker.run())
    for _ in range(2):
        runs += await rows(partial(start_all, kinds))
        await lose_now_and_then(worker, random)
    answering = True
    for run in runs:
        assert (await until(ended(run))).status == "succeeded"
    await until(lambda: not Run.objects.filter(finished__isnull=True).exists())
    assert await rows(lambda: set(Run.objects.values_list("status", flat=True))) == {"succeeded"}
    assert await rows(Run.objects.count) == 6 * (4 + 4 + 1)
    await worker.stop()
    await working
