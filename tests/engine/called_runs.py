"""The runs that a run calls in a test: the engine executes them as well, by the same clock.

All that happens is in one log, in its order, so that a run and those that it called can be cut
at the same moment, and go on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from runner.engine import Event, Execution, HostResources, MemoryJournal, NodeType, Step
from runner.engine.blueprints import Call, Child
from runner.engine.events import RUN_ENDS, STEP_CANCELLED, STEP_FAILED, STEP_RETRYING
from runner.graph import Plan, compile
from tests.engine.callees import CALLEES, DISMISSED, GAVE_UP, dismissed_after, id_of, is_of
from tests.engine.drawn_moments import moment

Log = list[tuple[str, Event]]


class Logged(MemoryJournal):
    """A journal whose events are in a log of all runs as well."""

    def __init__(self, run: str, heard: Callable[[str, Event], None]) -> None:
        super().__init__()
        self._run = run
        self._heard = heard

    def append(self, event: Event) -> None:
        super().append(event)
        self._heard(self._run, event)


@dataclass(eq=False)
class Called:
    """One run that was called: by which attempt of which step, and how far it has come."""

    run: str
    parent: str
    path: str
    attempt: int
    call: Call
    since: float
    place: int  # how much the log held before it
    events: list[Event] = field(default_factory=list)
    execution: Execution | None = None
    task: asyncio.Task[Any] | None = None
    # Whether the step gave up at the very moment: whether it begins at all then is luck.
    stillborn: bool = False

    @property
    def over(self) -> bool:
        return bool(self.events) and self.events[-1].type in RUN_ENDS

    def as_child(self) -> Child:
        """Return what the step that called it is told."""
        if not self.over:
            return Child(self.run, self.call.blueprint)
        end = self.events[-1]
        status = end.type.removeprefix("run.")
        error = end.data.get("error") or {}
        if status == "cancelled":
            error = {"code": "cancelled", "message": end.data["reason"]}
        outputs = end.data.get("outputs") or {}
        return Child(self.run, self.call.blueprint, status, outputs, error)


class CalledRuns:
    """Runs what the steps of a run call, and cancels that where a step gives up."""

    def __init__(self, types: Callable[[], dict[str, NodeType]]) -> None:
        self._types = types
        self.log: Log = []
        self.runs: dict[str, Called] = {}
        self.changed = asyncio.Event()
        # Who has the run that called the others.
        self.execution: Execution | None = None
        self._left: list[Called] = []

    def go_on_from(self, other: CalledRuns, run: str, count: int) -> None:
        """Begin as all was when so many events of a run were kept, and nothing after them."""
        places = [place for place, (of, _) in enumerate(other.log) if of == run]
        end = places[count - 1] + 1 if count else 0
        self.log = other.log[:end]
        for called in other.runs.values():
            if called.place < end:
                known = [event for of, event in self.log if of == called.run]
                own = replace(called, events=known, execution=None, task=None)
                self.runs[called.run] = own
                if not own.over:
                    self._left.append(own)

    def give(self, execution: Execution) -> None:
        """Let an execution go on with the run that calls; what has ended meanwhile, it is told."""
        self.execution = execution
        left, self._left = self._left, []
        for called in left:
            self._begin(called)
        for called in self.runs.values():
            if called.over:
                self._tell(called)

    def has_ended(self, parked: Mapping[str, Any]) -> bool:
        """Say whether what a parked step waits for is a run that has ended."""
        return parked["kind"] == "run" and self.runs[parked["run"]].over

    async def all_over(self) -> None:
        """Return when every run has ended."""
        while tasks := [task for it in self.runs.values() if (task := it.task) and not task.done()]:
            await asyncio.gather(*tasks)

    # --- what the engine asks of a host -----------------------------------------------

    async def start(self, step: Step, call: Call) -> Child:
        run = id_of(step.run_id, step.path, step.attempt)
        called = self.runs.get(run)
        if called is None:
            since = asyncio.get_running_loop().time()
            called = Called(run, step.run_id, step.path, step.attempt, call, since, len(self.log))
            self.runs[run] = called
            self._begin(called)
        if not step.parameters.wait:
            # To start it takes a moment, and who does not wait for its end waits for that.
            at = called.since + moment(run, 1)
            await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
        return called.as_child()

    async def ended(self, step: Step, child: Child) -> Child:
        if not child.status:
            step.park(waits_for={"kind": "run", "text": "a run", "run": child.run})
        return child

    # --- what becomes of them ---------------------------------------------------------

    def heard(self, run: str, event: Event) -> None:
        """Take an event in; where a step gives up, cancel what it called."""
        self.log.append((run, event))
        if run in self.runs:
            self.runs[run].events.append(event)
        now = asyncio.get_running_loop().time()
        for called in self.runs.values():
            if called.parent == run and _gives_up(called, event):
                called.stillborn |= now == called.since
                self._give_up(called)

    def _give_up(self, called: Called) -> None:
        if called.call.cancel and called.execution is not None:
            called.execution.cancel(GAVE_UP)

    def _begin(self, called: Called) -> None:
        plan = self._plans[called.call.blueprint]
        execution = called.execution = Execution(
            plan,
            dict(called.call.inputs or {}),
            run_id=called.run,
            journal=Logged(called.run, self.heard),
            history=tuple(called.events),
            resources=HostResources(blueprints=self),
        )
        loop = asyncio.get_running_loop()
        after = dismissed_after(called.call.blueprint, called.run)
        if after is not None:
            loop.call_at(called.since + after, execution.cancel, DISMISSED)
        if any(of == called.parent and _gives_up(called, event) for of, event in self.log):
            self._give_up(called)
        called.task = loop.create_task(self._run(called, execution))

    async def _run(self, called: Called, execution: Execution) -> None:
        await execution.run()
        self._tell(called)
        self.changed.set()

    def _tell(self, called: Called) -> None:
        parent = self.runs.get(called.parent)
        execution = self.execution if parent is None else parent.execution
        if execution is not None:
            execution.resume(called.path, {"run": called.run}, f"run {called.run}")

    @cached_property
    def _plans(self) -> dict[str, Plan]:
        return {name: compile(document, self._types()) for name, document in CALLEES.items()}


def _gives_up(called: Called, event: Event) -> bool:
    """Say whether the attempt that called a run is given up with an event of its run."""
    if event.step is None or not is_of(called.path, event.step):
        return False
    if event.type == STEP_RETRYING:
        return bool(called.attempt <= event.data["attempt"])
    return event.type in (STEP_CANCELLED, STEP_FAILED)
