"""A run from which a new one takes steps over, and what the new one does, for tests of that."""

from __future__ import annotations

import asyncio
from typing import Any

from runner.engine import Event, Execution, MemoryJournal, run
from runner.engine import events as e
from runner.engine.again import Again
from runner.engine.earlier import Origin
from runner.engine.execution import Result
from runner.engine.reuse import Reuse, reuse
from runner.graph import Plan
from tests.engine.virtual_time import run_at

LINE = {"start": "trigger.manual", "a": "pass", "b": "external", "c": "pass"}
LINE_EDGES = ("start.out -> a", "a.out -> b", "b.out -> c")


def queued(inputs: Any = None, **more: Any) -> Event:
    return Event(1, 1.0, e.RUN_QUEUED, None, {"inputs": inputs or {}, "trigger": None, **more})


def first(plan: Plan, inputs: Any = None, **options: Any) -> Origin:
    result = asyncio.run(run(plan, inputs, run_id="first", **options))
    return Origin("first", plan, result.events)


def go_on(plan: Plan, begun: Reuse, at: float | None = None) -> Result:
    """Go on with a run that was begun; `at`: by a clock that jumps, from this moment."""
    journal = MemoryJournal()
    for event in begun.events:
        journal.append(event)
    execution = Execution(plan, run_id="second", journal=journal, history=begun.events)
    if at is not None:
        return run_at(at, execution.run())
    return asyncio.run(asyncio.wait_for(execution.run(), 10))


def again(plan: Plan, origin: Origin, how: Again | None = None, inputs: Any = None) -> Reuse:
    return reuse(plan, origin, queued(inputs), how, started=2.0)


def why(begun: Reuse) -> dict[str, str]:
    return {it.step: it.code for it in begun.repeated}


def executed(result: Result) -> list[str]:
    """The steps that really ran."""
    return [
        event.step or ""
        for event in result.events
        if event.type in (e.STEP_SUCCEEDED, e.STEP_FAILED) and "reused" not in event.data
    ]
