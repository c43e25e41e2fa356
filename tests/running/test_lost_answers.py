"""A database whose answers are lost now and then, and a worker whose lease ends again and again."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db import OperationalError, connections

from runner.models import Run
from runner.queue import Worker, asking, hosting
from runner.queue import worker as queue_worker
from runner.queue.asking import Asking
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.spread import spread_over
from tests.running.test_calls import DOUBLE, calling, published, started
from tests.thorough import times

OFTEN = 0.06  # of the questions are not asked, and as many are asked whose answer is lost


def made(site: Site) -> list[Run]:
    published(site, "Double", DOUBLE)
    each = {"each": {"list": "{{ input['items'] }}"}}
    kinds = (
        published(site, "Caller", calling("Double", each, inputs={"n": "{{ item }}"})),
        published(site, "Spread", spread_over(seconds=0.05)),
        published(site, "Waiting", chain("flow.wait", "flow.wait", seconds=0.3)),
    )
    return [started(kind, items=[1, 2, 3]) for kind in kinds for _ in range(2)]


@pytest.mark.parametrize("seed", range(times(1)))
async def test_all_runs_come_to_their_ends_whatever_answers_are_lost_meanwhile(
    site: Site, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, ask = Random(seed), Asking.ask

    async def loses(self: Asking, question: Any, *values: Any, **words: Any) -> Any:
        if question != connections.close_all and random.random() < OFTEN:
            raise OperationalError("the database is away")
        answer = await ask(self, question, *values, **words)
        if question != connections.close_all and random.random() < OFTEN:
            raise OperationalError("the connection was lost after the commit")
        return answer

    monkeypatch.setattr(Asking, "ask", loses)
    for module, name in ((asking, "PAUSE"), (hosting, "PAUSE"), (queue_worker, "LEFT")):
        monkeypatch.setattr(module, name, 0.1)
    runs = await rows(partial(made, site))
    for _ in range(2):
        worker = Worker(most=8)
        working = asyncio.create_task(worker.run())
        for _ in range(4):
            await asyncio.sleep(random.random())
            worker.hosting.lose()
        await worker.stop(random.random())
        await working
    monkeypatch.setattr(Asking, "ask", ask)
    worker = Worker()
    working = asyncio.create_task(worker.run())
    for run in runs:
        assert (await until(ended(run))).status == "succeeded"
    await until(lambda: not Run.objects.filter(finished__isnull=True).exists())
    assert await rows(lambda: set(Run.objects.values_list("status", flat=True))) == {"succeeded"}
    assert await rows(Run.objects.count) == 2 * (4 + 4 + 1)
    await worker.stop()
    await working
