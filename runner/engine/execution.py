"""The execution of one run: starts what the state says may start, and writes down what happens."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.engine import events as e
from runner.engine.attempts import Attempts
from runner.engine.each import Items
from runner.engine.errors import EngineError
from runner.engine.events import Event
from runner.engine.frames import Iteration
from runner.engine.journal import Journal, MemoryJournal
from runner.engine.prepared import prepare
from runner.engine.scope import Firing
from runner.engine.stand_ins import StandIn, stand_in_event
from runner.engine.state import RunState
from runner.engine.step import HostResources, StepRun
from runner.engine.values import not_json
from runner.engine.work import Failure, outputs_of, wrap
from runner.graph.plan import Plan, PlanNode
from runner.graph.spec import Effect, Runs

# Inline steps run in the scheduler's own turn; others get the event loop after this many.
TURN = 200
TURN_SECONDS = 0.005
# How long user code may take to end when it is cancelled, in seconds.
GRACE = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: `succeeded`, `failed` or `cancelled`, with its outputs or its error."""

    status: str
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    events: tuple[Event, ...] = ()


class Execution:
    """One run in this process, from its first event or from where its journal ends."""

    def __init__(
        self,
        plan: Plan,
        inputs: Any = None,
        *,
        trigger: str | None = None,
        run_id: str | None = None,
        journal: Journal | None = None,
        history: Iterable[Event] = (),
        resources: Any = None,
        vars: Mapping[str, Any] | None = None,
        cancel: asyncio.Event | None = None,
        epoch: int = 1,
        stand_ins: Mapping[str, StandIn] | None = None,
    ) -> None:
        if trigger is not None and trigger not in plan.index:
            raise EngineError(f"There is no node {trigger!r} to start at.")
        self.plan = plan
        self.run_id = run_id or str(uuid.uuid4())
        self.journal: Journal = journal if journal is not None else MemoryJournal()
        self.state = RunState.fold(plan, history)
        self._inputs = {} if inputs is None else inputs
        self._trigger = trigger
        self._epoch = epoch
        self._stand_ins = dict(stand_ins or {})
        self._resources = resources or HostResources()
        self._vars = {**(vars or {}), **plan.document.vars}
        self._prepared = prepare(plan)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Tasks of cancelled steps, which may take a moment to end.
        self._left: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._stop: tuple[str, dict[str, Any]] | None = None
        self._barrier = False
        self._broken: BaseException | None = None
        self._closed = False
        self._begun = False
        self._cancel = cancel
        self._limit = plan.document.settings.concurrency or 10_000

    # --- from outside -----------------------------------------------------

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask the run to end as cancelled; it does within a second."""
        self._end_early(e.RUN_CANCELLED, {"reason": reason})

    async def _watch(self, asked: asyncio.Event) -> None:
        await asked.wait()
        self.cancel()

    def at_once(self) -> bool:
        """Do what needs no waiting, for a turn at most; say whether the run has ended with that.

        If it has not, `run` goes on.
        """
        self._begin()
        if not self._turn() or self._tasks or self._stop is not None:
            return False
        self._finish()
        self._closed = True
        return True

    async def run(self) -> Result:
        """Execute the run to its end. Raises Fenced where another worker has taken it over."""
        state = self.state
        if state.status is None:
            deadline = watch = None
            if self._cancel is not None:
                watch = asyncio.create_task(self._watch(self._cancel))
            try:
                if not self._begun:
                    self._begin()
                if timeout := self.plan.document.settings.timeout:
                    left = (state.started or time.time()) + timeout - time.time()
                    error = {
                        "code": "run_timeout",
                        "message": f"The run took longer than {timeout} seconds.",
                    }
                    deadline = asyncio.get_running_loop().call_later(
                        max(0, left), self._end_early, e.RUN_FAILED, {"error": error}
                    )
                await self._work()
                self._finish()
            finally:
                # From here on nothing may be written, whatever left-over code still does.
                self._closed = True
                for timer in (deadline, watch):
                    if timer is not None:
                        timer.cancel()
                await self._cancel_tasks()
        await self.journal.durable()
        events = tuple(self.journal.events) if isinstance(self.journal, MemoryJournal) else ()
        return Result(state.status or "failed", state.outputs or {}, state.error, events)

    # --- events -----------------------------------------------------------

    def _write(self, kind: str, step: str | None, data: dict[str, Any]) -> None:
        event = Event(self.state.seq + 1, time.time(), kind, step, data)
        self.journal.append(event)
        self.state.apply(event)
        if self.state.overtaken:
            self._cancel_late()

    def _write_from_step(self, kind: str, step: str, data: dict[str, Any]) -> None:
        # Cancelled code that goes on all the same must not write into an ended run.
        if (
            not self._closed
            and self.state.status is None
            and (_whole(step) in self.state.running or step in self.state.ready)
        ):
            self._write(kind, step, data)

    def _end_early(self, kind: str, data: dict[str, Any]) -> None:
        self._stop = self._stop or (kind, data)
        self._changed.set()

    # --- the run ----------------------------------------------------------

    def _begin(self) -> None:
        self._begun = True
        state = self.state
        if not state.queued:
            data = {"inputs": self._inputs, "trigger": self._trigger}
            if self._stand_ins:
                data["stand_ins"] = self._stand_ins
            self._write(e.RUN_QUEUED, None, data)
        if state.started is None:
            versions = self.plan.versions
            self._write(e.RUN_STARTED, None, {"versions": dict(versions)} if versions else {})
            return
        if state.ending is not None:
            # It was cut while it ended: it ends now, the same way.
            self._stop = (state.ending["type"], state.ending["data"])
            return
        self._cancel_late()
        repeats = [
            path for path, it in state.running.items() if it.opened is None and _may_repeat(it)
        ]
        self._write(e.RUN_RESUMED, None, {"epoch": self._epoch, "repeats": repeats})
        for firing in list(state.running.values()):
            if firing.opened is not None:
                continue
            if not _may_repeat(firing):
                failure = Failure(
                    "interrupted",
                    "The step was interrupted, and the node says 'at most once'.",
                    "interrupted",
                    permanent=True,
                )
                self._fail(firing, failure, firing.started or time.time())
            else:
                self._start_task(firing)

    async def _work(self) -> None:
        while self._stop is None:
            await self._advance()
            if self._broken is not None:
                raise self._broken
            if self._stop is not None or not self._moving():
                return
            await self._changed.wait()
            self._changed.clear()

    def _moving(self) -> bool:
        state = self.state
        return bool(self._tasks or state.ready or state.halted or state.closing)

    async def _advance(self) -> None:
        """Start whatever may start, as far as the limits allow."""
        while not self._turn():
            if self._barrier:
                # What follows may depend on an external effect: first it must be on disk.
                self._barrier = False
                await self.journal.durable()
            else:
                await asyncio.sleep(0)

    def _turn(self) -> bool:
        """Start what may start; return False where others must have their turn before the rest."""
        state = self.state
        turn, since = 0, time.perf_counter()
        while (
            (state.ready or state.halted or state.closing)
            and self._stop is None
            and self._broken is None
        ):
            if self._barrier:
                return False
            if state.halted:
                self._cancel_scope(state.halted.pop(0))
                continue
            if state.closing:
                self._close_frame(state.closing.pop(0))
                continue
            if self._ends_now():
                return True
            if turn and (turn % TURN == 0 or time.perf_counter() - since > TURN_SECONDS):
                return False
            firing = next(iter(state.ready.values()))
            if state.stand_ins and self._stood_in(firing):
                turn += 1
            elif firing.node.spec.begins:
                self._open_frame(firing)
                turn += 1
            elif self._is_inline(firing.node):
                self._run_inline(firing)
                turn += 1
            elif len(self._tasks) >= self._limit:
                return True
            else:
                started = {
                    "attempt": firing.attempt,
                    "inputs": firing.refs,
                    "key": f"{self.run_id}:{firing.path}",
                }
                self._write(e.STEP_STARTED, firing.path, started)
                self._start_task(firing)
        self._ends_now()
        return True

    def _ends_now(self) -> bool:
        """End the run where a failure or a Stop node wants it; say whether it ends."""
        state = self.state
        if state.failure and self.plan.document.settings.on_failure == "cancel":
            self._end_early(e.RUN_FAILED, {"error": state.failure})
        elif state.stopped:
            self._end_early(e.RUN_SUCCEEDED, {})
        return self._stop is not None

    def _stood_in(self, firing: Firing) -> bool:
        """End a step whose outputs or error are given; say whether they are."""
        stand_in = self.state.stand_ins.get(firing.node.id)
        if stand_in is None or firing.skip is not None or firing.fault is not None:
            return False
        kind, data = stand_in_event(firing, stand_in)
        self._write(kind, firing.path, {**data, "started": time.time()})
        return True

    def _open_frame(self, firing: Firing) -> None:
        if firing.skip is not None or firing.fault is not None:
            self._run_inline(firing)
            return
        began = time.time()
        step = self._step(firing, began)
        try:
            step.parameters = self._prepared[firing.node.index].evaluate(step.names, firing.inputs)
            told = firing.node.type.work(step)
            if wrong := not_json(told):
                raise EngineError(f"{firing.node.id} cannot go through {wrong}.")
        except Exception as error:
            self._fail(firing, wrap(error), began)
        else:
            # What was evaluated is recorded, so that nothing is evaluated anew after a crash.
            started = {"attempt": 1, "inputs": firing.refs, "frame": told}
            self._write(e.STEP_STARTED, firing.path, started)

    def _close_frame(self, path: str) -> None:
        firing = self.state.running.get(path)
        if firing is None or firing.opened is None:
            return
        began = firing.started or time.time()
        if firing.opened.failure is not None:
            # The step that failed is that at the innermost place.
            error = firing.opened.failure
            data = {"step": error["step"], **(error.get("data") or {})}
            self._fail(firing, Failure.from_json({**error, "data": data}), began)
        else:
            self._succeed(firing, firing.opened.outputs(), began)

    def _cancel_scope(self, scope: Iteration) -> None:
        for path in self.state.open_within(scope):
            self._cancel_step(path, "another step of its frame failed")

    def _cancel_late(self) -> None:
        """Cancel what joins have overtaken, before anything else can come from there."""
        while self.state.overtaken:
            scope, join = self.state.overtaken.pop(0)
            for path in self.state.late_steps(scope, join):
                self._cancel_step(path, f"{join.id} has what it waits for")

    def _cancel_step(self, path: str, reason: str) -> None:
        if task := self._tasks.pop(path, None):
            task.cancel()
            self._left.add(task)
            task.add_done_callback(self._left.discard)
        self._write(e.STEP_CANCELLED, path, {"reason": reason})

    def _is_inline(self, node: PlanNode) -> bool:
        return (
            node.spec.runs is Runs.INLINE
            and node.spec.effect is Effect.PURE
            and node.settings.retry.attempts == 1
            and not node.settings.each
        ) or node.settings.disabled

    def _run_inline(self, firing: Firing) -> None:
        began = time.time()
        if firing.skip is not None:
            self._write(e.STEP_SKIPPED, firing.path, {"reason": firing.skip})
            return
        if firing.fault is not None:
            self._fail(firing, Failure("too_many_firings", firing.fault, permanent=True), began)
            return
        step = self._step(firing, began)
        try:
            step.parameters = self._prepared[firing.node.index].evaluate(step.names, firing.inputs)
            outputs = outputs_of(firing.node, firing.inputs, firing.node.type.work(step))
        except Exception as error:
            self._fail(firing, wrap(error), began)
        else:
            self._succeed(firing, outputs, began)

    def _step(self, firing: Firing, began: float) -> StepRun:
        return StepRun(
            firing,
            self.state,
            self.run_id,
            began,
            self._vars,
            self._resources,
            self._write_from_step,
        )

    def _start_task(self, firing: Firing) -> None:
        name = f"{self.run_id}:{firing.path}"
        self._tasks[firing.path] = asyncio.create_task(self._run_task(firing), name=name)

    async def _run_task(self, firing: Firing) -> None:
        began = firing.started or time.time()
        try:
            if firing.skip is not None:
                self._write(e.STEP_SKIPPED, firing.path, {"reason": firing.skip})
                return
            if firing.fault is not None:
                self._fail(firing, Failure("too_many_firings", firing.fault, permanent=True), began)
                return
            external = firing.node.spec.effect is Effect.EXTERNAL
            if external:
                await self.journal.durable()
            outcome = await self._outcome(firing, began)
            if self._closed or self.state.status is not None or self._stop is not None:
                return
            if self.state.running.get(firing.path) is not firing:
                return
            if isinstance(outcome, Failure):
                self._fail(firing, outcome, began)
            else:
                self._succeed(firing, outcome, began)
            self._barrier = self._barrier or external
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # what is raised here is the engine's own, not a node's
            self._broken = error
        finally:
            if self._tasks.get(firing.path) is asyncio.current_task():
                del self._tasks[firing.path]
            self._changed.set()

    async def _outcome(self, firing: Firing, began: float) -> dict[str, Any] | Failure:
        step, prepared = self._step(firing, began), self._prepared[firing.node.index]
        if each := firing.node.settings.mapped:
            items = Items(
                firing,
                each,
                step,
                self._step,
                prepared,
                self._write_from_step,
                self.journal.durable,
            )
            return await items.run()
        return await Attempts(firing, step, prepared, self._write_from_step).run()

    def _succeed(self, firing: Firing, outputs: dict[str, Any], began: float) -> None:
        data = {
            "outputs": outputs,
            "inputs": firing.refs,
            "duration": max(0.0, round(time.time() - began, 6)),
        }
        if firing.started is None:
            data["started"] = began
        self._write(e.STEP_SUCCEEDED, firing.path, data)

    def _fail(self, firing: Firing, failure: Failure, began: float) -> None:
        handled = firing.node.settings.on_error
        shown = {**failure.to_json(), "node": firing.node.id}
        data: dict[str, Any] = {
            "error": shown,
            "handled": handled,
            "inputs": firing.refs,
            "duration": max(0.0, round(time.time() - began, 6)),
        }
        if handled == "route":
            data["outputs"] = {"error": {"data": {}, **shown}}
        elif handled == "continue" and firing.node.outputs:
            data["outputs"] = {firing.node.outputs[0].name: None}
        self._write(e.STEP_FAILED, firing.path, data)

    # --- the end ----------------------------------------------------------

    async def _cancel_tasks(self) -> None:
        tasks = [*self._tasks.values(), *self._left]
        for task in tasks:
            task.cancel()
        if tasks:
            # Code that swallows its cancellation is left behind; it can write no more.
            await asyncio.wait(tasks, timeout=GRACE)

    def _finish(self) -> None:
        state = self.state
        if self._stop is not None:
            kind, data = self._stop
            reason = _why_ended(kind, data)
            for path in list(state.open_steps()):
                told: dict[str, Any] = {"reason": reason}
                if state.ending is None:
                    # Whoever goes on from here must end the run like this, not continue it.
                    told["ending"] = {"type": kind, "data": data}
                self._write(e.STEP_CANCELLED, path, told)
        for node in state.never_reached:
            self._write(e.STEP_SKIPPED, node.id, {"reason": "never reached"})
        if self._stop is not None and kind != e.RUN_SUCCEEDED:
            self._write(kind, None, data)
        elif state.failure is not None:
            self._write(e.RUN_FAILED, None, {"error": state.failure})
        else:
            self._write(e.RUN_SUCCEEDED, None, {"outputs": state.results()})


def _why_ended(kind: str, data: dict[str, Any]) -> str:
    """Say to the steps that a run's early end cancels why it ended."""
    if kind == e.RUN_SUCCEEDED:
        return "a Stop node ended the run"
    return data.get("reason") or f"the run failed: {data['error'].get('message', '')}"


def _whole(path: str) -> str:
    """Return the step that an item belongs to; any other step is its own."""
    return path[: path.rindex("[")] if path[-1:] == "]" else path


def _may_repeat(firing: Firing) -> bool:
    """Say whether an interrupted step may go on; each item is asked by itself."""
    settings = firing.node.settings
    return not settings.at_most_once or settings.mapped is not None


async def run(plan: Plan, inputs: Any = None, **options: Any) -> Result:
    """Execute a plan here and return how it ended.

    Takes the options of `Execution`: `trigger` (the node to start at),
    `run_id`, `journal`, `history` (earlier events to go on from), `resources`,
    `vars`, `stand_ins` (nodes whose outputs or errors are given). Raises
    EngineError for a trigger that does not exist, and Fenced.
    """
    return await Execution(plan, inputs, **options).run()
