"""Runs in real rows, and a worker in the test's own loop."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from django.contrib.auth.models import User
from django.db import connections

from editor.actions import create_blueprint
from editor.models import Blueprint
from runner.graph import load
from runner.journal import jobs
from runner.journal.committer import Committer, close_committer
from runner.models import Run
from runner.queue import Worker
from runner.queue.pgqueuer import prepare
from tests.patience import PATIENCE
from tests.starting import start_run

# Its tests are run where PostgreSQL's are, see test_postgres.
collect_ignore = [] if jobs.chosen() else ["test_jobs.py"]

T = TypeVar("T")
# What takes less than a second takes a few where other tests keep both processors busy.
SOON = 10.0


def chain(*kinds: str, **parameters: Any) -> dict[str, Any]:
    """Return a drawing: a manual trigger, nodes of these kinds one after the other, an output.

    `parameters` are those of the kinds in the middle.
    """
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    for number, kind in enumerate(kinds):
        nodes[f"n{number}"] = {"kind": kind, "parameters": parameters}
    nodes["out"] = {"kind": "flow.output", "parameters": {"name": "got"}}
    names = list(nodes)
    edges = [f"{a}.out -> {b}.in" for a, b in itertools.pairwise(names)]
    return {"format": "conductor/1", "name": "Chain", "nodes": nodes, "edges": edges}


PURE = chain("data.set", fields={"x": 1})
WAITING = chain("flow.wait", seconds=30)


async def rows(question: Callable[[], T]) -> T:
    """Ask the database in a thread of its own, and leave no connection behind."""

    def asked() -> T:
        try:
            return question()
        finally:
            connections.close_all()

    return await asyncio.to_thread(asked)


async def until(question: Callable[[], T | None], within: float = PATIENCE) -> T:
    """Return the answer as soon as it is true; fail where it does not become true in time."""
    deadline = time.monotonic() + within
    while not (answer := await rows(question)):
        assert time.monotonic() < deadline, f"not within {within:g} s"
        await asyncio.sleep(0.02)
    return answer


class Site:
    """A person with a blueprint, who starts runs."""

    def __init__(self) -> None:
        self.owner = User.objects.create_user("ada")
        self.blueprint: Blueprint = create_blueprint(
            owner=self.owner, name="Chain", document=load(PURE)
        )

    def start(self, document: dict[str, Any] = PURE, **inputs: Any) -> Run:
        return start_run(self.blueprint, document, inputs=inputs)


@pytest.fixture
def site(transactional_db: None) -> Iterator[Site]:
    yield Site()
    close_committer()


@pytest.fixture
def committer(transactional_db: None) -> Iterator[Committer]:
    committer = Committer()
    yield committer
    committer.close()


@pytest_asyncio.fixture
async def worker(site: Site) -> AsyncIterator[Worker]:
    """A worker that has signed on and sleeps."""
    worker = Worker()
    running = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.005)
    yield worker
    await worker.stop()
    await running


def status(run: Run) -> str:
    return Run.objects.values_list("status", flat=True).get(pk=run.pk)


def ended(run: Run) -> Callable[[], Run | None]:
    """A question for `until`: the run, once it has ended."""
    return lambda: Run.objects.filter(pk=run.pk, finished__isnull=False).first()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The tables, those of PgQueuer included where it is the queue's engine."""
    with django_db_blocker.unblock():
        prepare()
