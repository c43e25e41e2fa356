"""The node types of random drawings: what a step gives and how long it takes is in its path.

So the reference and the engine can be told the same, and no two steps end at the same moment.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from runner.engine import Execution, NodeError, NodeType, Outputs, Step
from runner.engine.keys import Turn, Wanted
from runner.graph.ports import Port
from runner.graph.spec import Effect, Runs
from runner.nodes import node_types
from tests.engine.builder import LOOSE, declare, manual
from tests.engine.called_runs import CalledRuns
from tests.engine.drawn_moments import long, moment, number, pause, turn
from tests.engine.reference_parts import Slow

CALL = "call"
RUN = "r"
BUILT_IN = ("flow.join", "flow.switch", "flow.output", "flow.stop")
FRAMES = ("each", "repeat", "try", "race", "limit", "group")


Takes = Callable[[str, int], float]


class Told(BaseModel):
    """What a drawing says to a node."""

    model_config = ConfigDict(extra="forbid")
    value: Any = None  # goes into what the node gives
    fails: int = 0  # how many attempts fail
    firings: list[int] = []  # the firings that fail, where not all do
    permanent: bool = False
    begun: bool = False  # it fails only where the frame around it is not tried again
    ways: list[list[str]] = [[]]  # the ports of the first firing, the second, …; then anew
    rounds: int = 0


class Needed(Told):
    """What is told to a node that cannot do without a value."""

    value: Any


def placed(step: Any) -> str:
    """Return where a step is: its path, and before it the run, if that was called by another."""
    return str(step.path) if step.run_id == RUN else f"{step.run_id}/{step.path}"


def firing(path: str) -> int:
    """Return which firing of its node a step is: that of `f[2]/a#3` is 3."""
    found = re.search(r"#(\d+)(\[\d+\])?$", path)
    return int(found[1]) if found else 1


def given(step: Any) -> Any:
    """Return what a step gives: a short text that no other step and no other inputs give."""
    told = step.parameters
    if (
        step.attempt <= told.fails
        and (not told.firings or firing(step.path) in told.firings)
        and not (told.begun and "~" in step.path)
    ):
        raise NodeError(
            f"no luck at {step.path}",
            permanent=told.permanent,
            retry_after=pause(placed(step), step.attempt),
            data={"attempt": step.attempt},
        )
    seen = json.dumps([step.inputs, told.value], sort_keys=True)
    return f"{step.path}:{number(seen):08x}"


@declare("mark", parameters=Told, inputs=LOOSE)
def mark(step: Step) -> Any:
    """Give what shows where it comes from, at once."""
    return given(step)


@declare("needs", parameters=Needed, inputs=LOOSE)
def needs(step: Step) -> Any:
    """Give what shows where it comes from; its value comes by an edge, or stands there."""
    return given(step)


@declare("scatter", parameters=Told, inputs=LOOSE, outputs=(Port("a"), Port("b"), Port("c")))
def scatter(step: Step) -> Outputs:
    """Choose other ports at each firing: none, one or several."""
    ways = step.parameters.ways
    return Outputs(dict.fromkeys(ways[(firing(step.path) - 1) % len(ways)], given(step)))


@declare("guard", parameters=Told, inputs=LOOSE, outputs=(Port("again"), Port("enough")))
def guard(step: Step) -> Outputs:
    """Let a circle go round so often, and no more."""
    again = firing(step.path) <= step.parameters.rounds
    return Outputs({"again" if again else "enough": given(step)})


@declare("both", parameters=Told, inputs=(Port("a"), Port("b", required=False)))
def both(step: Step) -> Any:
    """Wait at two ports."""
    return given(step)


def answered(step: Any) -> Any:
    """Return what a step gives for which somebody has called."""
    return f"{given(step)}, {CALL}"


class World:
    """What is outside: it remembers when it was first asked for something, and by which key.

    It calls steps that wait for that, and has other runs, which have the keys that count among
    several until they are `due`. `execution` is who has the run at present, `called` are the
    runs that it calls.
    """

    def __init__(
        self, asked: Mapping[str, float] | None = None, due: Mapping[str, float] | None = None
    ) -> None:
        self.asked = dict(asked or {})
        self.due = dict(due or {})
        self.calls: list[tuple[str, int]] = []
        self.execution: Execution | None = None
        self.called = CalledRuns(self.types)

    def give(self, execution: Execution) -> None:
        """Let an execution go on with the run: what it waits for is still to come."""
        self.execution = execution
        self.called.give(execution)
        for path, at in self.awaited():
            self.call(path, at)

    def awaited(self) -> list[tuple[str, float]]:
        """Return the steps that wait for a call, and when that comes."""
        assert self.execution is not None
        state = self.execution.state
        called = [(path, it.waits_for) for path, it in state.parked()]
        frames = [(path, opened) for path, it in state.running.items() if (opened := it.opened)]
        return [
            *((path, it["at"]) for path, it in called if it["kind"] == CALL),
            *(
                (path, self.due[it.path])
                for path, it in frames
                if not it.granted and it.path in self.due
            ),
        ]

    async def turns(self, run: str, epoch: int, wanted: Sequence[Wanted]) -> dict[str, Turn]:
        """Say which frames have their keys by now; of the others, tell when they do."""
        now = asyncio.get_running_loop().time()
        for path in (it.path for it in wanted):
            if self.due.setdefault(path, now + turn(path)) > now:
                self.call(re.sub(r"~\d+$", "", path), self.due[path])
        return {it.path: Turn(granted=self.due[it.path] <= now) for it in wanted}

    def call(self, path: str, at: float) -> None:
        """Call a step at a moment, if it still waits for that then; at once where that has come."""

        def now() -> None:
            if self.execution is not None and (path, at) in self.awaited():
                self.execution.resume(path, CALL, f"{path} at {at}")

        loop = asyncio.get_running_loop()
        if at > loop.time():
            loop.call_at(at, now)
        else:
            now()

    async def answer(self, step: Step) -> Any:
        """Take the time of this attempt, counted from when the step first asked.

        That is when this attempt began, but where the run was cut: what it asked before is
        not known here then.
        """
        now = asyncio.get_running_loop().time()
        before = (step.idempotency_key, step.attempt - 1)
        known = before in self.calls
        self.calls.append((step.idempotency_key, step.attempt))
        if known:
            await asyncio.sleep(moment(placed(step), step.attempt))
            return given(step)
        at = self.asked.setdefault(step.idempotency_key, now)
        for attempt in range(1, step.attempt + 1):
            at += moment(placed(step), attempt)
            at += pause(placed(step), attempt - 1) if attempt > 1 else 0
        await asyncio.sleep(max(0.0, at - now))
        return given(step)

    def until(self, step: Any, takes: Takes) -> float:
        """Return when an attempt of a step that is parked ends, counted from its first."""
        self.calls.append((step.idempotency_key, step.attempt))
        at = self.asked.setdefault(step.idempotency_key, asyncio.get_running_loop().time())
        pauses = sum(pause(placed(step), attempt) for attempt in range(1, step.attempt))
        return at + pauses + sum(takes(placed(step), it) for it in range(1, step.attempt + 1))

    def types(self) -> dict[str, NodeType]:
        """Return the node types of drawings, with those that work in this world."""

        @declare("work", parameters=Told, inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
        async def work(step: Step) -> Any:
            """Ask the world outside."""
            return await self.answer(step)

        @declare("rest", parameters=Told, inputs=LOOSE, runs=Runs.ASYNC)
        async def rest(step: Step) -> Any:
            """Wait for a moment that is said in the journal."""
            await step.wait_until(step.started + moment(placed(step), 1))
            return given(step)

        @declare("park", parameters=Told, inputs=LOOSE, runs=Runs.ASYNC)
        async def park(step: Step) -> Any:
            """Wait for so long that nothing of it is in memory."""
            if step.resumed is None:
                step.park(self.until(step, long))
            return given(step)

        @declare("called", parameters=Told, inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
        async def called(step: Step) -> Any:
            """Wait until somebody calls."""
            if step.resumed is None:
                at = self.until(step, moment)
                self.call(step.path, at)
                step.park(None, {"kind": CALL, "at": at})
            return f"{given(step)}, {step.resumed.value}"

        own = (manual, mark, needs, scatter, guard, both, work, rest, park, called)
        return {it.spec.kind: it for it in own} | {
            kind: node_types()[kind]
            for kind in (*BUILT_IN, "blueprint.call", *(f"frame.{it}" for it in FRAMES))
        }


SLOW = {
    "work": Slow(moment, given),
    "rest": Slow(moment, given),
    "park": Slow(long, given, parks=True),
    "called": Slow(moment, answered, parks=True),
}
