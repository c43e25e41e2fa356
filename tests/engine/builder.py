"""Small node types, and a plan in one line, for tests of the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from runner.engine import Event, MemoryJournal, NodeError, NodeType, Outputs, Step, node
from runner.graph import Plan, compile, load
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs

LOOSE = (Port("in", required=False),)


class Anything(BaseModel):
    """Whatever a test says."""

    model_config = ConfigDict(extra="forbid")
    value: Any = None
    condition: Any = None
    wait_for: str = "all"
    count: int = 1
    name: str = ""
    seconds: float = 0
    message: str = "no luck"
    kind: str = "error"
    permanent: bool = False
    retry_after: float | None = None
    until: int = 1_000_000


class Number(BaseModel):
    """A parameter that can be wrong."""

    model_config = ConfigDict(extra="forbid")
    value: int


def declare(kind: str, **options: Any) -> Callable[[Callable[[Any], Any]], NodeType]:
    return node(kind, title=kind, category="Test", icon="dot", **options)


@declare("trigger.manual", trigger=True)
def manual(step: Step) -> Any:
    """Emit the run's inputs."""
    return step.trigger


@declare("pass", inputs=LOOSE)
def pass_on(step: Step) -> Any:
    """Pass the input on."""
    return step.input


@declare("set", parameters=Anything, inputs=LOOSE)
def set_(step: Step) -> Any:
    """Emit the parameter `value`."""
    return step.parameters.value


@declare("number", parameters=Number, inputs=LOOSE)
def number(step: Step) -> Any:
    """Emit a number."""
    return step.parameters.value


@declare("if", parameters=Anything, inputs=LOOSE, outputs=(Port("true"), Port("false")))
def if_(step: Step) -> Outputs:
    """Choose a port."""
    return Outputs({"true" if step.parameters.condition else "false": step.input})


@declare("join", parameters=Anything, inputs=(Port("in", multiple=True),))
def join(step: Step) -> Any:
    """Pass on the list."""
    return step.inputs["in"]


@declare("pair", inputs=(Port("a"), Port("b", required=False)))
def pair(step: Step) -> Any:
    """Pass on what came at both ports."""
    return dict(step.inputs)


@declare("slow-pair", inputs=(Port("a"), Port("b", required=False)), runs=Runs.ASYNC)
async def slow_pair(step: Step) -> Any:
    """Let others run, then pass on what came at both ports."""
    await asyncio.sleep(0)
    return dict(step.inputs)


@declare("flow.output", parameters=Anything, inputs=LOOSE)
def output(step: Step) -> Any:
    """Be an output."""
    return step.input


@declare("fail", parameters=Anything, inputs=LOOSE)
def fail(step: Step) -> Any:
    """Fail as told, until the attempt named."""
    told: Anything = step.parameters
    if step.attempt >= told.until:
        return f"attempt {step.attempt}"
    raise NodeError(
        told.message,
        kind=told.kind,
        permanent=told.permanent,
        retry_after=told.retry_after,
        data={"status": 503},
    )


@declare("crash", inputs=LOOSE)
def crash(step: Step) -> Any:
    """Let a foreign exception escape."""
    return 1 / 0


@declare("bad", inputs=LOOSE, outputs=(Port("out", PortType.ANY),))
def bad(step: Step) -> Any:
    """Emit what is no JSON value."""
    return {"when": object()}


@declare("async", inputs=LOOSE, runs=Runs.ASYNC)
async def async_(step: Step) -> Any:
    """Let others run, then pass the input on."""
    await asyncio.sleep(0)
    return step.input


@declare("hang", inputs=LOOSE, runs=Runs.ASYNC)
async def hang(step: Step) -> Any:
    """Never end by itself."""
    await asyncio.Event().wait()


@declare("stubborn", inputs=LOOSE, runs=Runs.ASYNC)
async def stubborn(step: Step) -> Any:
    """Swallow cancellation, again and again for three seconds."""
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            await asyncio.sleep(end - time.monotonic())
        except asyncio.CancelledError:
            step.log("no")


@declare("gives-up", inputs=LOOSE, runs=Runs.ASYNC)
async def gives_up(step: Step) -> Any:
    """Raise a cancellation that nobody asked for."""
    raise asyncio.CancelledError


@declare("thread", inputs=LOOSE, runs=Runs.THREAD)
def thread(step: Step) -> Any:
    """Work in a thread."""
    step.log("from a thread")
    return step.input


@declare("external", inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
async def external(step: Step) -> Any:
    """Stand for a call that changes the world."""
    return step.idempotency_key


@declare("wait", parameters=Anything, inputs=LOOSE, runs=Runs.ASYNC)
async def wait(step: Step) -> Any:
    """Wait as long as it says."""
    await step.wait_until(step.started + step.parameters.seconds)
    return step.input


TYPES = {
    it.spec.kind: it
    for it in (
        manual,
        pass_on,
        set_,
        number,
        if_,
        join,
        pair,
        slow_pair,
        output,
        fail,
        crash,
        bad,
        async_,
        hang,
        stubborn,
        gives_up,
        thread,
        external,
        wait,
    )
}


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    """Return the plan of nodes (id to kind, or to all its fields) and edges (`a.out -> b`)."""
    full = {name: {"kind": it} if isinstance(it, str) else it for name, it in nodes.items()}
    ends = [text if "." in text.split("->")[1] else f"{text}.in" for text in edges]
    return compile(load({"format": "conductor/1", "nodes": full, "edges": ends, **document}), TYPES)


class RecordingJournal(MemoryJournal):
    """A journal in memory that also keeps when it was asked to be durable."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def append(self, event: Event) -> None:
        super().append(event)
        self.order.append(f"{event.type} {event.step}" if event.step else event.type)

    async def durable(self) -> None:
        await asyncio.sleep(0)
        self.order.append("durable")
