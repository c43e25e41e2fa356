"""Runs other blueprints for the steps of a worker: the child runs are rows in the queue."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, InterfaceError, InternalError, OperationalError

from runner.calls.children import cancel_forsaken
from runner.calls.gathering import Gathering
from runner.calls.starting import Item, child_id, child_now, children_now, start_child, start_items
from runner.engine.blueprints import Call, Child
from runner.engine.errors import NodeError
from runner.engine.node import Step
from runner.queue.worker import here

logger = logging.getLogger(__name__)

T = TypeVar("T")
PAUSE = 0.5  # seconds between attempts to reach the database


class SiteBlueprints:
    """Implements the engine's Blueprints, and its ItemRuns, with the rows of this site."""

    def __init__(self) -> None:
        self._items: Gathering[Item, Child] = Gathering(_start_items)
        self._known: Gathering[UUID, Child] = Gathering(_children_now)

    async def start(self, step: Step, call: Call) -> Child:
        """Return the child run of this attempt of the step; it is started the first time only."""
        run = UUID(step.run_id)
        if step.resumed is not None:
            return await _ask(child_now, child_id(run, step.path, step.attempt))
        rest = (step.path, step.node, step.attempt, call)
        return await _started(_ask(partial(start_child, run, *rest)), run, call.cancel)

    async def start_item(self, step: Step, part: Mapping[str, Any]) -> Child:
        """Return the run of an item, for this attempt of its step; it starts once."""
        run = UUID(step.run_id)
        if step.resumed is not None:
            return await self._known.ask(run, child_id(run, step.path, step.attempt))
        # Whose trace the item's run is a part of, the step's own context says.
        item = Item(step.path, step.attempt, part, contextvars.copy_context())
        return await _started(self._items.ask(run, item), run, cancel=True)

    async def ended(self, step: Step, child: Child) -> Child:
        """Return the child run as it ended; until then the step is parked."""
        if not child.status:
            step.park(
                waits_for={"kind": "run", "text": f"a run of {child.blueprint}", "run": child.run}
            )
        return child


async def _start_items(run: UUID, items: Sequence[Item]) -> Sequence[Child | Exception]:
    return await _ask(start_items, run, items)


async def _children_now(_: UUID, keys: Sequence[UUID]) -> Sequence[Child | Exception]:
    return await _ask(children_now, keys)


async def _started(start: Awaitable[Child], run: UUID, cancel: bool) -> Child:
    starting = asyncio.ensure_future(start)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Where the step gives up while its child is about to be written, nobody else would know.
        if cancel:
            starting.add_done_callback(partial(_forsake, run))
        raise


_forsaking: set[asyncio.Task[None]] = set()


def _forsake(run: UUID, starting: asyncio.Future[Child]) -> None:
    if starting.cancelled() or starting.exception() is not None or here() is None:
        return
    # Its run may go on elsewhere, and with it the step: that is in the journal.
    task = asyncio.ensure_future(_ask(cancel_forsaken, run))
    _forsaking.add(task)
    task.add_done_callback(_forsaking.discard)


async def _ask(question: Callable[..., T], *values: object) -> T:
    """Ask the database in the worker's thread, for as long as it takes."""
    worker = here()
    if worker is None:
        raise NodeError("The run is not executed by a worker, so it cannot start others.")
    while True:
        try:
            return await worker.ask(question, *values)
        except (OperationalError, InternalError, InterfaceError, IntegrityError) as error:
            # Two who start the same child at once: the one that was later finds it next.
            logger.warning("The database cannot be asked for a step (%s); tried again", error)
            await asyncio.sleep(PAUSE)
