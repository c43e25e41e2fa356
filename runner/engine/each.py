"""`each`: one firing that maps its node over a list; every item is a step of its own.

The step `charge` gets the list, its items are `charge[0]`, `charge[1]` …, and what they
emit is gathered, port by port and in the list's order, into what `charge` emits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Any

from runner.engine import events as e
from runner.engine.attempts import Attempts
from runner.engine.expressions import compile_template
from runner.engine.expressions.scope import type_name
from runner.engine.firing import Firing, ItemState
from runner.engine.parking import Parked
from runner.engine.prepared import Prepared
from runner.engine.step import StepRun
from runner.engine.values import not_json
from runner.engine.work import Failure, interrupted, outputs_of, wrap
from runner.graph.document import Each
from runner.graph.plan import PlanNode
from runner.graph.spec import Effect, Runs

# Inline items run in the event loop's own turn; others get theirs after this many seconds.
TURN_SECONDS = 0.005
# How long items may take to end when one of them has failed, in seconds.
GRACE = 0.25

STABLE = ("input", "inputs", "run", "vars")

Write = Callable[[str, str, dict[str, Any]], None]


class Items:
    """Maps one firing over its list, from the start or from where its journal ends.

    Items of pure inline nodes are quick to compute anew, so only their failures
    and their log are events. All others have the events of any step, and one
    that has ended is not repeated after a crash.
    """

    def __init__(
        self,
        firing: Firing,
        each: Each,
        whole: StepRun,
        step_of: Callable[[Firing, float], StepRun],
        prepared: Prepared,
        write: Write,
        fence: Callable[[], Awaitable[None]],
    ) -> None:
        self._firing = firing
        self._node: PlanNode = firing.node
        self._each = each
        self._whole = whole
        self._step_of = step_of
        self._prepared = prepared
        self._write = write
        self._fence = fence
        self.on_parked: Callable[[str], None] | None = None
        # Whether an earlier process ended while items were under way.
        self.interrupted = False
        self._takers: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._waiting: Iterator[int] = iter(())
        # The items whose code has been entered here, and has not parked since.
        self._entered: set[int] = set()
        self._port = firing.node.inputs[0].name
        self._next = 0.0
        self._ended = 0
        self._stopped: Failure | None = None
        self._leaves = False
        self._values: list[Any] = []
        self._results: list[dict[str, Any] | None] = []
        self._errors: dict[int, dict[str, Any]] = {}

    async def run(self) -> dict[str, Any] | Failure:
        """Return the outputs by port, or why the step as a whole failed.

        Raises Parked when nothing is left but parked items.
        """
        values = self._list()
        if isinstance(values, Failure):
            return values
        self._values = values
        self._results = [None] * len(values)
        todo = [index for index in range(len(values)) if not self._take_from_journal(index)]
        if self._stopped is None:
            await (self._in_turn(todo) if self._is_quick() else self._side_by_side(todo))
        if self._stopped is not None:
            # Also where an earlier process got no further than the failure.
            for path in self._firing.open_items():
                self._write(e.STEP_CANCELLED, path, {"reason": "another item failed"})
        return self._stopped or self._gathered()

    def _list(self) -> list[Any] | Failure:
        """Return what came in, or what the expression gave when the step began."""
        if self._firing.listed is not None:
            return self._firing.listed
        came: Any = self._firing.inputs.get(self._port)
        values, where = came, f"came at {self._port!r}"
        if self._each.list is not None:
            # What else an expression may name can change while the step is interrupted.
            names = {name: self._whole.names[name] for name in STABLE}
            try:
                values = compile_template(self._each.list).evaluate(names)
            except Exception as error:
                return wrap(error)
            where = "is what its expression gives"
        if type(values) is not list:
            message = f"{self._node.id} runs for each item of a list, but {type_name(values)} "
            return Failure("each_not_list", message + where + ".", "input", permanent=True)
        listed: list[Any] = values
        if listed is not came:
            if wrong := not_json(listed):
                said = f"{self._node.id} cannot go through {wrong}."
                return Failure("each_not_json", said, "input", permanent=True)
            # No other event tells of it, nor of the items that never begin.
            self._write(e.STEP_LISTED, self._firing.path, {"items": listed})
        return listed

    def _is_quick(self) -> bool:
        spec, settings = self._node.spec, self._node.settings
        return (
            spec.runs is Runs.INLINE
            and spec.effect is Effect.PURE
            and settings.retry.attempts == 1
            and self._each.rate is None
            and settings.rate is None
        )

    # --- one after the other, in this task --------------------------------

    async def _in_turn(self, todo: list[int]) -> None:
        node, prepared = self._node, self._prepared
        since = time.perf_counter()
        for index in todo:
            firing = self._item(index, 1)
            step = self._step_of(firing, self._whole.started)
            try:
                step.parameters = prepared.evaluate(step)
                outputs = outputs_of(node, firing.inputs, node.type.work(step))
            except Exception as error:
                self._fail(index, firing.path, wrap(error), 0.0)
                if self._stopped is not None:
                    return
            else:
                self._results[index] = outputs
                self._ended += 1
            if time.perf_counter() - since > TURN_SECONDS:
                self._whole.progress(self._ended, len(self._values))
                await asyncio.sleep(0)
                since = time.perf_counter()

    # --- at the same time -------------------------------------------------

    async def _side_by_side(self, todo: list[int]) -> None:
        self._waiting = iter(todo)
        for _ in range(min(self._each.concurrency, len(todo))):
            self._add_taker(self._waiting)
        try:
            while self._takers and self._stopped is None:
                await self._over.wait()
                self._over.clear()
                for taker in [it for it in self._takers if it.done()]:
                    self._takers.discard(taker)
                    taker.result()
        finally:
            left = self._takers
            for taker in left:
                taker.cancel()
            if left:
                # Code that swallows its cancellation is left behind; it can write no more.
                await asyncio.wait(left, timeout=GRACE)
        unfinished = self._leaves and self._ended < len(self._values)
        if self._stopped is None and (unfinished or self._firing.open_items()):
            raise Parked(None, {})

    def leave(self) -> None:
        """Begin no item any more; `run` raises Parked when those under way have ended."""
        self._leaves = True

    def enter(self, index: int) -> None:
        """Go on with an item that was parked; it takes up again the place that it has held."""
        self._add_taker(chain([index], self._waiting))

    def _add_taker(self, waiting: Iterator[int]) -> None:
        taker = asyncio.create_task(self._take(waiting))
        taker.add_done_callback(lambda _: self._over.set())
        self._takers.add(taker)

    async def _take(self, waiting: Iterator[int]) -> None:
        """Run one item after the other, until none is left or one is parked.

        A parked item goes on holding its place among those that run at the same time. One that goes
        on just when the run was claimed comes twice here: its place is that of whoever was first.
        """
        for index in waiting:
            if index in self._entered or self._is_parked(index):
                return
            self._entered.add(index)
            await self._pace()
            if self._leaves:
                return
            try:
                await self._run(index)
            except Parked:
                self._entered.discard(index)
                if self.on_parked is not None:
                    self.on_parked(f"{self._firing.path}[{index}]")
                return
            if self._stopped is not None:
                return

    def _is_parked(self, index: int) -> bool:
        known = (self._firing.items or {}).get(index)
        return known is not None and known.parking is not None and known.parking.waiting

    async def _pace(self) -> None:
        if self._each.rate is None:
            return
        now = time.monotonic()
        at = self._next = max(now, self._next)
        self._next += 1 / self._each.rate
        if at > now:
            await asyncio.sleep(at - now)

    async def _run(self, index: int) -> None:
        known = (self._firing.items or {}).get(index)
        firing = self._item(index, known.attempt if known else 1)
        if known is not None:
            firing.again, firing.until, firing.parking = known.again, known.until, known.parking
            firing.emitted, firing.paced = known.emitted, known.paced
        else:
            key = f"{self._whole.run_id}:{firing.path}"
            self._write(e.STEP_STARTED, firing.path, {"attempt": 1, "key": key})
        if self._node.spec.effect is Effect.EXTERNAL:
            await self._fence()
        began = (known.started if known is not None else None) or time.time()
        step = self._step_of(firing, began)
        outcome = await Attempts(firing, step, self._prepared, self._write, self._fence).run()
        took = max(0.0, round(time.time() - began, 6))
        if isinstance(outcome, Failure):
            self._fail(index, firing.path, outcome, took)
            return
        self._write(e.STEP_SUCCEEDED, firing.path, {"outputs": outcome, "duration": took})
        self._results[index] = outcome
        self._ended += 1
        self._whole.progress(self._ended, len(self._values))

    # --- what became of them ----------------------------------------------

    def _item(self, index: int, attempt: int) -> Firing:
        firing = Firing(
            self._node,
            f"{self._firing.path}[{index}]",
            {**self._firing.inputs, self._port: self._values[index]},
            {},
            self._firing.scope,
        )
        firing.place = index
        firing.attempt = attempt
        return firing

    def _take_from_journal(self, index: int) -> bool:
        """Take over what an earlier process got done; say whether nothing is left to do."""
        known: ItemState | None = (self._firing.items or {}).get(index)
        if known is None:
            return False
        if known.outputs is not None:
            self._results[index] = known.outputs
            self._ended += 1
        elif known.error is not None:
            self._note(index, Failure.from_json(known.error))
        elif self.interrupted and self._node.settings.at_most_once and not self._is_parked(index):
            self._fail(index, f"{self._firing.path}[{index}]", interrupted(), 0.0)
        else:
            return False
        return True

    def _fail(self, index: int, path: str, failure: Failure, took: float) -> None:
        error = {**failure.to_json(), "node": self._node.id}
        handled = "continue" if self._each.errors == "collect" else "fail"
        self._write(e.STEP_FAILED, path, {"error": error, "handled": handled, "duration": took})
        self._note(index, failure)

    def _note(self, index: int, failure: Failure) -> None:
        self._ended += 1
        if self._each.errors == "collect":
            self._errors[index] = {"index": index, "item": self._values[index], **failure.to_json()}
        elif self._stopped is None:
            self._stopped = Failure(
                failure.code,
                f"Item {index}: {failure.message}",
                failure.kind,
                permanent=failure.permanent,
                data={**failure.data, "item": index},
            )

    def _gathered(self) -> dict[str, Any]:
        gathered: dict[str, list[Any]] = {}
        for outputs in self._results:
            for port, value in (outputs or {}).items():
                gathered.setdefault(port, []).append(value)
        if not gathered and self._node.outputs:
            gathered[self._node.outputs[0].name] = []
        if self._errors:
            gathered["errors"] = [self._errors[index] for index in sorted(self._errors)]
        return gathered
