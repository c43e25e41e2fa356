"""The execution of one run: starts what the state says may start, and writes down what happens."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.engine import current
from runner.engine import events as e
from runner.engine.alarms import Alarms
from runner.engine.carrying import Carrying
from runner.engine.debug.breakpoints import started_under
from runner.engine.debug.debugger import Debugger
from runner.engine.ending import Ending
from runner.engine.errors import EngineError
from runner.engine.events import Event
from runner.engine.firing import Firing
from runner.engine.frame_steps import FrameSteps
from runner.engine.journal import Journal, MemoryJournal
from runner.engine.parking import STAYS
from runner.engine.prepared import prepare
from runner.engine.record import Record
from runner.engine.resuming import go_on
from runner.engine.stand_ins import StandIn, stand_in_event
from runner.engine.state import RunState
from runner.engine.step import HostResources, Steps
from runner.engine.tasks import Tasks
from runner.engine.turns import Turns
from runner.engine.work import outputs_of, wrap
from runner.graph.plan import Plan, PlanNode
from runner.graph.spec import Effect, Runs

# Inline steps run in the scheduler's own turn; others get the event loop after this many.
TURN = 200
TURN_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: `succeeded`, `failed` or `cancelled`, with its outputs or its error.

    Or it is `waiting`: only parked steps are left, and its host lets it rest
    until the moment `until` (None: until something comes for it). Or it is `left`: its host
    asked for that, and another one goes on with it.
    """

    status: str
    # asyncio.run makes the text of what its main task gave, and drops it.
    outputs: dict[str, Any] = field(repr=False)
    error: dict[str, Any] | None
    events: tuple[Event, ...] = field(default=(), repr=False)
    until: float | None = None


class Execution:
    """One run in this process, from its first event or from where its journal ends.

    A host that can let runs rest gives `on_parked`, which is called when a step
    has parked or goes on; without it, a run whose steps are parked stays here.
    `on_expiring` is awaited before the time of a step that waits for somebody is over: it
    gives what has come by then (`resume`).
    """

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
        debug: Mapping[str, Any] | None = None,
        on_parked: Callable[[], None] | None = None,
        on_expiring: Callable[[], Awaitable[None]] | None = None,
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
        self._debug = None if debug is None else started_under(plan, debug)
        self._prepared = prepare(plan)
        self._record = Record(self.state, self.journal)
        lent = resources or HostResources()
        names = {**(vars or {}), **plan.document.vars}
        self._step_of = Steps(self._record, self.run_id, names, lent)
        self._tasks = Tasks(self.run_id, self._record, self._prepared, self._step_of)
        self._alarms = Alarms(self._record, self._tasks, on_parked, on_expiring)
        self._turns = Turns(self._record, self._tasks, lent.keys, self.run_id, epoch)
        self._debugger = Debugger(self._record, self._tasks, self._on_debugged)
        self._ending = Ending(self._record, self._tasks.changed, self._debugger)
        self._on_parked = on_parked
        self._resting: tuple[float | None] | None = None
        self._begun = self._leaves = self._left = False
        self._frames = FrameSteps(self._record, self._prepared, self._step_of)
        self._write = self._record.write
        self._cancel = cancel
        self._limit = plan.document.settings.concurrency or 10_000

    # --- from outside -----------------------------------------------------

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask the run to end as cancelled; it does within a second."""
        self._ending.ask(e.RUN_CANCELLED, {"reason": reason})

    def resume(self, step: str, value: Any, signal: str | None = None) -> bool:
        """Give a parked step what it waits for; what comes before it parks is kept for it.

        `signal` is the id of what came: it reaches its step once, however often
        it is given. Returns whether it need not be given again: it is in the
        journal, or the step has ended. Must be called in the execution's loop.
        """
        return self._turns.come(step) or self._alarms.resume(step, value, signal)

    def debug(self, asked: Mapping[str, Any], signal: str | None = None) -> bool:
        """Do what somebody asks of the debugger: `{"do": "pause"}`, or another of its commands.

        They are `pause`, `continue`, `step` (`path`: which one, `over`: a frame as a whole),
        `breakpoints` (`breakpoints`) and `edit` (`token`, `value`). What makes no sense now is
        left undone. For `signal`, the answer and the loop see `resume`.
        """
        return self._debugger.ask(asked, signal)

    def leave(self) -> None:
        """Begin no step any more; `run` returns when those that are under way have ended.

        Whoever goes on with the run then need not repeat them.
        """
        self._leaves = True
        self._alarms.close()
        self._tasks.leave()
        self._tasks.changed.set()

    @property
    def resting(self) -> bool:
        """Whether its host may let the run go: only parked steps are left."""
        return self._resting is not None

    async def _watch(self, asked: asyncio.Event) -> None:
        await asked.wait()
        self.cancel()

    def at_once(self) -> bool:
        """Do what needs no waiting, for a turn at most; say whether the run has ended with that.

        If it has not, `run` goes on.
        """
        within = current.RUN.set(self.run_id)
        try:
            self._begin()
            # What has to be cleaned up moves only once the end has come.
            if not self._turn() or self._ending.has_come() or self._moving() or self._waits():
                return False
            if self._ending.goes_on():
                return False
            self._ending.finish()
            self._close()
            return True
        finally:
            current.RUN.reset(within)

    async def run(self) -> Result:
        """Execute the run to its end. Raises Fenced where another worker has taken it over."""
        current.RUN.set(self.run_id)
        state = self.state
        if state.status is None:
            watch = None
            if self._cancel is not None:
                watch = asyncio.create_task(self._watch(self._cancel))
            try:
                if not self._begun:
                    self._begin()
                self._debugger.begin()
                self._ending.watch()
                carrying = Carrying(
                    self._record, self._tasks, self._frames, self._turns, self._turn
                )
                self._tasks.carry_on = carrying.carry_on
                await self._work()
                if self._resting is None and not self._left:
                    self._ending.finish()
            finally:
                self._close()
                if watch is not None:
                    watch.cancel()
                await self._tasks.cancel_all()
        await self.journal.durable()
        await self._turns.give_back()
        events = tuple(self.journal.events) if isinstance(self.journal, MemoryJournal) else ()
        if self._resting is not None:
            return Result("waiting", {}, None, events, *self._resting)
        if self._left:
            return Result("left", {}, None, events)
        return Result(state.status or "failed", state.outputs or {}, state.error, events)

    def _close(self) -> None:
        """Write nothing any more, and part what refers to one another.

        Else what a run leaves behind would wait for the garbage collector, which took a fifth of
        the time of a webhook's run.
        """
        parts = (self._record, self._tasks, self._alarms, self._turns, self._debugger, self._ending)
        for part in parts:
            part.close()

    # --- the run ----------------------------------------------------------

    def _begin(self) -> None:
        self._begun = self._alarms.begun = True
        state = self.state
        if not state.queued:
            data = {"inputs": self._inputs, "trigger": self._trigger}
            if self._stand_ins:
                data["stand_ins"] = self._stand_ins
            if self._debug is not None:
                data["debug"] = self._debug
            self._write(e.RUN_QUEUED, None, data)
        if state.started is None:
            versions = self.plan.versions
            self._write(e.RUN_STARTED, None, {"versions": dict(versions)} if versions else {})
            return
        # An end that was cut short comes now, the same way.
        if not self._ending.resume():
            go_on(self._record, self._tasks, self._alarms, self._frames, epoch=self._epoch)

    async def _work(self) -> None:
        while True:
            await self._advance()
            self._debugger.pause_if_due()
            self._turns.look()
            if self._tasks.broken is not None:
                raise self._tasks.broken
            if self._ending.has_come():
                return
            if self._leaves:
                if not self._tasks.running:
                    self._record.closed = self._left = True
                    return
                await self._woken()
                continue
            if not self._moving():
                if not (self._debugger.paused or self._waits()):
                    if self._ending.goes_on():
                        continue
                    return
                if self._rest():
                    return
            if not self._frames.asks:
                await self._woken()

    async def _woken(self) -> None:
        """Wait until a task ends, somebody asks for the run's end, or a frame's moment comes."""
        paused = self._debugger.paused
        moment = self._debugger.stays if paused else self._frames.next_moment()
        if moment is None:
            await self._tasks.changed.wait()
            self._tasks.changed.clear()
            return
        # Clocks are set while runs wait: the moment counts, not the seconds.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(60.0, max(0.0, moment - time.time()))):
                await self._tasks.changed.wait()
        self._tasks.changed.clear()
        if not self._debugger.paused:
            self._frames.ring()

    def _rest(self) -> bool:
        """Leave the run to its host until something is to be done; say whether it rests now."""
        moments = [self._alarms.moment, self._ending.moment()]
        if not self._debugger.paused:
            moments.append(self._frames.next_moment())
        elif self._debugger.stays:
            return False
        until = min((it for it in moments if it is not None), default=None)
        if self._on_parked is None or (until is not None and until - time.time() < STAYS):
            return False
        self._write(e.RUN_WAITING, None, {"until": until})
        self._record.closed = True
        self._resting = (until,)
        return True

    def _on_debugged(self) -> None:
        self._ending.watch()
        if self._on_parked is not None:
            self._on_parked()

    def _moving(self) -> bool:
        begins = self.state.ready and not self._debugger.paused
        return bool(self._tasks.running or begins or self._frames.asks or self._turns.due)

    def _waits(self) -> bool:
        return bool(self._alarms or self.state.timers)

    async def _advance(self) -> None:
        """Start whatever may start, as far as the limits allow."""
        while not self._turn():
            if self._tasks.barrier:
                # What follows may depend on an external effect: first it must be on disk.
                self._tasks.barrier = False
                await self.journal.durable()
            else:
                await asyncio.sleep(0)

    def _turn(self) -> bool:
        """Start what may start; return False where others must have their turn before the rest."""
        state = self.state
        turn, since = 0, time.perf_counter()
        tasks, record, frames = self._tasks, self._record, self._frames
        while tasks.broken is None and not self._leaves and ((asks := frames.asks) or state.ready):
            if tasks.barrier:
                return False
            if asks:
                if record.ends:
                    return True
                frames.answer()
                turn += 1
                continue
            if self._ending.is_wanted():
                return True
            if turn and turn % TURN == 0:
                return False
            if turn and time.perf_counter() - since > TURN_SECONDS:
                # What was made is large: it is written before more is.
                tasks.barrier = True
                return False
            if state.debug is None:
                firing = next(iter(state.ready.values()))
            elif (chosen := self._debugger.next()) is not None:
                firing = chosen
            else:
                return True
            if record.refuse(firing) or (state.stand_ins and self._stood_in(firing)):
                turn += 1
            elif firing.node.spec.begins:
                frames.open(firing)
                turn += 1
            elif self._is_inline(firing.node):
                self._run_inline(firing)
                turn += 1
            elif len(tasks.running) >= self._limit:
                return True
            else:
                started = {
                    "attempt": firing.attempt,
                    "inputs": firing.refs,
                    "key": f"{self.run_id}:{firing.path}",
                }
                record.write(e.STEP_STARTED, firing.path, started)
                tasks.start(firing)
        self._ending.is_wanted()
        return True

    def _stood_in(self, firing: Firing) -> bool:
        """End a step whose outputs or error are given; say whether they are."""
        stand_in = self.state.stand_ins.get(firing.node.id)
        if stand_in is None:
            return False
        kind, data = stand_in_event(firing, stand_in)
        self._write(kind, firing.path, {**data, "started": time.time()})
        return True

    def _is_inline(self, node: PlanNode) -> bool:
        return (
            node.spec.runs is Runs.INLINE
            and node.spec.effect is Effect.PURE
            and node.settings.retry.attempts == 1
            and not node.settings.each
            and node.settings.rate is None
        )

    def _run_inline(self, firing: Firing) -> None:
        began = time.time()
        step = self._step_of(firing, began)
        try:
            step.parameters = self._prepared[firing.node.index].evaluate(step)
            outputs = outputs_of(firing.node, firing.inputs, firing.node.type.work(step))
        except Exception as error:
            self._record.fail(firing, wrap(error), began)
        else:
            self._record.succeed(firing, outputs, began)


async def run(plan: Plan, inputs: Any = None, **options: Any) -> Result:
    """Execute a plan here and return how it ended.

    Takes the options of `Execution`: `trigger` (the node to start at),
    `run_id`, `journal`, `history` (earlier events to go on from), `resources`,
    `vars`, `stand_ins` (nodes whose outputs or errors are given). Raises
    EngineError for a trigger that does not exist, and Fenced.
    """
    return await Execution(plan, inputs, **options).run()
