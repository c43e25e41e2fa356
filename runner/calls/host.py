"""Runs other blueprints for the steps of a worker: the child runs are rows in the queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, InterfaceError, InternalError, OperationalError

from runner.actions.cancel import cancel_run
from runner.calls.starting import child_id, child_now, start_child, start_item
from runner.engine.blueprints import Call, Child
from runner.engine.errors import NodeError
from runner.engine.node import Step
from runner.models import Run
from runner.queue.worker import here

logger = logging.getLogger(__name__)

T = TypeVar("T")
PAUSE = 0.5  # seconds between attempts to reach the database


class SiteBlueprints:
    """Implements the engine's Blueprints, and its ItemRuns, with the rows of this site."""

    async def start(self, step: Step, call: Call) -> Child:
        """Return the child run of this attempt of the step; it is started the first time only."""
        rest = (step.path, step.node, step.attempt, call)
        return await _started(step, partial(start_child, UUID(step.run_id), *rest), call.cancel)

    async def start_item(self, step: Step, part: Mapping[str, Any]) -> Child:
        """Return the run of an item, for this attempt of its step; it starts once."""
        rest = (step.path, step.attempt, part)
        return await _started(step, partial(start_item, UUID(step.run_id), *rest), cancel=True)

    async def ended(self, step: Step, child: Child) -> Child:
        """Return the child run as it ended; until then the step is parked."""
        if not child.status:
            step.park(
                waits_for={"kind": "run", "text": f"a run of {child.blueprint}", "run": child.run}
            )
        return child


async def _started(step: Step, start: Callable[[], Child], cancel: bool) -> Child:
    if step.resumed is not None:
        return await _ask(child_now, child_id(UUID(step.run_id), step.path, step.attempt))
    starting = asyncio.ensure_future(_ask(start))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The step gives up while its child is about to be written: nobody else would know.
        if cancel:
            starting.add_done_callback(_forsake)
        raise


_forsaking: set[asyncio.Task[None]] = set()


def _forsake(starting: asyncio.Future[Child]) -> None:
    if starting.cancelled() or starting.exception() is not None:
        return
    task = asyncio.ensure_future(_cancel(UUID(starting.result().run)))
    _forsaking.add(task)
    task.add_done_callback(_forsaking.discard)


async def _cancel(run: UUID) -> None:
    def cancel() -> None:
        for row in Run.objects.filter(pk=run):
            cancel_run(row, "the step that called it gave up")

    await _ask(cancel)


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
