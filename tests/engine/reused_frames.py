"""Frames whose steps note what they do and can be broken, run first and then again."""

from __future__ import annotations

import asyncio
from typing import Any

from runner.engine import Event, NodeError, run
from runner.engine import events as e
from runner.engine.again import Again
from runner.engine.earlier import Origin
from runner.engine.reuse import Reuse, reuse
from runner.graph import Plan, compile, to_json
from runner.graph.spec import Effect, Runs
from runner.nodes import node_types
from tests.engine.builder import LOOSE, TYPES, Anything, declare
from tests.engine.frames import drawn, frame, inside
from tests.engine.virtual_time import run_at

DONE: list[str] = []
BROKEN: set[str] = set()


@declare("pay", parameters=Anything, inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
async def pay(step: Any) -> Any:
    """Change the world, where that is not broken; `value` is a part of what it gives."""
    await asyncio.sleep(0)
    if step.path in BROKEN:
        raise NodeError("no luck")
    DONE.append(step.path)
    return [step.input, step.parameters.value]


ALL = {
    **TYPES,
    **{kind: it for kind, it in node_types().items() if kind.startswith(("frame.", "flow."))},
    "pay": pay,
}


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    return compile(drawn(nodes, *edges, **document), ALL)


def first(
    drawing: Plan, inputs: Any, *broken: str, at: float | None = None, **options: Any
) -> Origin:
    """Run it while these steps, and no others, are broken; then all is well.

    `at`: by a clock that jumps, from this moment.
    """
    BROKEN.clear()
    BROKEN.update(broken)
    work = run(drawing, inputs, run_id="first", **options)
    result = asyncio.run(work) if at is None else run_at(at, work)
    BROKEN.clear()
    DONE.clear()
    return Origin("first", drawing, result.events)


def succeeded(origin: Origin) -> list[str]:
    return [it.step for it in origin.events if it.type == e.STEP_SUCCEEDED and it.step]


def again(drawing: Plan, origin: Origin, how: Again | None = None, **options: Any) -> Reuse:
    begun = origin.events[0]
    queued = Event(1, 5.0, e.RUN_QUEUED, None, {**begun.data, **options})
    return reuse(drawing, origin, queued, how, started=5.0)


def each(settings: Any = None, **parameters: Any) -> Plan:
    """Pay for each item of the inputs, and send word of it; then say that all is done."""
    return plan(
        {"m": "trigger.manual", "f": frame("each", settings, **parameters),
         "pay": inside("pay"), "mail": inside("pay"), "end": "pay"},
        "m.out -> f.in", "f.item -> pay.in", "pay.out -> mail.in", "mail.out -> f.result",
        "f.out -> end.in",
    )  # fmt: skip


def nodes_of(drawing: Plan) -> dict[str, Any]:
    found: dict[str, Any] = to_json(drawing.document)["nodes"]
    return found
