"""Steps that take time: each is a task of the event loop until it ends or is cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from runner.engine import events as e
from runner.engine.attempts import Attempts
from runner.engine.each import Items
from runner.engine.firing import Firing
from runner.engine.parking import Parked
from runner.engine.prepared import Prepared
from runner.engine.record import Record, whole
from runner.engine.step import StepRun
from runner.engine.work import Failure
from runner.graph.spec import Effect

# How long user code may take to end when it is cancelled, in seconds.
GRACE = 0.5


class Tasks:
    """The tasks of one run: `running`, by the paths of their steps.

    `changed` is set when one ends. `barrier` says that an external step has
    ended: what follows may depend on it, so first it must be on disk. `broken`
    is what the engine's own code raised, which ends the execution. `on_parked`
    is told the path of each step, or item, that parks. `carry_on` is asked to start what follows
    from a step that has ended, and says whether the run needs no waking for it.
    """

    def __init__(
        self,
        name: str,
        record: Record,
        prepared: tuple[Prepared, ...],
        step_of: Callable[[Firing, float], StepRun],
    ) -> None:
        self.changed = asyncio.Event()
        self.barrier = False
        self.broken: BaseException | None = None
        self.on_parked: Callable[[str], None] = _parked
        self.carry_on: Callable[[], bool] = _do_not
        self._name = name
        self._record = record
        self._prepared = prepared
        self._step_of = step_of
        self.running: dict[str, asyncio.Task[None]] = {}
        self._items: dict[str, Items] = {}
        # Tasks of cancelled steps, which may take a moment to end.
        self._left: set[asyncio.Task[None]] = set()
        record.stop_task = self.cancel

    def start(self, firing: Firing, *, interrupted: bool = False) -> None:
        """Run a step that has been written as started.

        It was `interrupted` where an earlier process ended while it ran.
        """
        running = self._run(firing, interrupted=interrupted)
        loop = asyncio.get_running_loop()
        self.running[firing.path] = loop.create_task(running, name=f"{self._name}:{firing.path}")

    def enter(self, path: str) -> None:
        """Enter the code of a parked step, or of an item of one, again."""
        base = whole(path)
        items = self._items.get(base)
        if items is not None:
            items.enter(int(path[len(base) + 1 : -1]))
        elif base not in self.running:
            self.start(self._record.state.running[base])

    def leave(self) -> None:
        """Begin no further item of steps that run for each of many."""
        for items in self._items.values():
            items.leave()

    def close(self) -> None:
        """Tell nobody any more that a step has parked or ended."""
        self.on_parked, self.carry_on = _parked, _do_not

    def write(self, kind: str, step: str, data: dict[str, Any]) -> None:
        """Write what a step's own code says; what it emits can start others."""
        self._record.write_from_step(kind, step, data)
        if kind == e.STEP_EMITTED:
            firing = self._record.state.running.get(whole(step))
            if firing is not None and firing.node.spec.effect is Effect.EXTERNAL:
                self.barrier = True
            self.changed.set()

    def cancel(self, path: str) -> None:
        """Cancel the task of a step, if it has one."""
        if task := self.running.pop(path, None):
            task.cancel()
            self._left.add(task)
            task.add_done_callback(self._left.discard)

    async def cancel_all(self) -> None:
        """Cancel all tasks, and give their code a moment to end."""
        tasks = [*self.running.values(), *self._left]
        for task in tasks:
            task.cancel()
        if tasks:
            # Code that swallows its cancellation is left behind; it can write no more.
            await asyncio.wait(tasks, timeout=GRACE)

    async def _run(self, firing: Firing, *, interrupted: bool) -> None:
        record, carried_on = self._record, False
        began = firing.started or time.time()
        try:
            external = firing.node.spec.effect is Effect.EXTERNAL
            if external:
                await record.journal.fence()
            step, prepared = self._step_of(firing, began), self._prepared[firing.node.index]
            outcome: dict[str, Any] | Failure
            if each := firing.node.settings.mapped:
                items = Items(
                    firing, each, step, self._step_of, prepared, self.write, record.journal.fence
                )
                items.interrupted = interrupted
                outcome = await self._of_items(firing, items)
            else:
                attempts = Attempts(firing, step, prepared, self.write, record.journal.fence)
                outcome = await attempts.run()
            if record.closed or record.state.status is not None or record.ends:
                return
            if record.state.running.get(firing.path) is not firing:
                return
            if isinstance(outcome, Failure):
                record.fail(firing, outcome, began)
            else:
                record.succeed(firing, outcome, began)
            self.barrier = self.barrier or external
            self._over(firing)
            carried_on = self.carry_on()
        except asyncio.CancelledError:
            raise
        except Parked:
            # Of a step that runs for each item, the items are parked, and have said so.
            if not firing.node.settings.mapped:
                self._over(firing)
                self.on_parked(firing.path)
        except BaseException as error:  # what is raised here is the engine's own, not a node's
            self.broken = error
        finally:
            if firing.path in self.running:
                self._over(firing)
            if not carried_on:
                self.changed.set()

    def _over(self, firing: Firing) -> None:
        if self.running.get(firing.path) is asyncio.current_task():
            del self.running[firing.path]

    async def _of_items(self, firing: Firing, items: Items) -> dict[str, Any] | Failure:
        items.on_parked = self.on_parked
        self._items[firing.path] = items
        try:
            return await items.run()
        finally:
            if self._items.get(firing.path) is items:
                del self._items[firing.path]


def _parked(path: str) -> None:
    """Do nothing: nobody wants to know."""


def _do_not() -> bool:
    """Start nothing: the run's own task sees to it."""
    return False
