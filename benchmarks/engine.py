"""What the engine costs: chains, a fan-out, a loop and parallel waits, against plain awaits.

And what it costs to explain each node of the loop after it has gone round.

Run `python benchmarks/engine.py`. Each case is run several times and the best
counts, since other processes can only add time. The ratio is to the same work
as plain awaits, measured in the same run. The loop's events are dropped as soon as
they are written, so that what it keeps in memory is what the engine keeps.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import resource
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

from runner.engine import Outputs, Step, node, run
from runner.engine.events import Event
from runner.engine.explain import explain
from runner.graph import Plan, compile, load
from runner.graph.ports import Port
from runner.graph.spec import Runs

TURNS = 100_000
LOOSE = (Port("in", required=False),)
WAIT = 0.1


@node("bench.start", title="Start", category="Bench", icon="dot", trigger=True)
def start(step: Step) -> Any:
    """Emit the inputs."""
    return step.trigger


@node("bench.pass", title="Pass", category="Bench", icon="dot", inputs=LOOSE)
def pass_on(step: Step) -> Any:
    """Pass the input on."""
    return step.input


@node("bench.wait", title="Wait", category="Bench", icon="dot", inputs=LOOSE, runs=Runs.ASYNC)
async def wait(step: Step) -> Any:
    """Pass the input on after 100 ms."""
    await asyncio.sleep(WAIT)
    return step.input


@node("bench.async", title="Async", category="Bench", icon="dot", inputs=LOOSE, runs=Runs.ASYNC)
async def pass_async(step: Step) -> Any:
    """Pass the input on, from a coroutine."""
    return step.input


@node(
    "bench.turn",
    title="Turn",
    category="Bench",
    icon="dot",
    inputs=LOOSE,
    outputs=(Port("again"), Port("done")),
)
def turn(step: Step) -> Any:
    """Count to the number of turns."""
    count = step.input["n"] + 1
    return Outputs({"again" if count < TURNS else "done": {"n": count}})


@node("bench.join", title="Join", category="Bench", icon="dot", inputs=(Port("in", multiple=True),))
def join(step: Step) -> Any:
    """Count what came."""
    return len(step.inputs["in"])


TYPES = {it.spec.kind: it for it in (start, pass_on, wait, pass_async, turn, join)}


def drawn(kinds: dict[str, str], edges: list[str]) -> Plan:
    """Return the plan of nodes and edges."""
    nodes = {name: {"kind": f"bench.{kind}"} for name, kind in kinds.items()}
    return compile(load({"format": "conductor/1", "nodes": nodes, "edges": edges}), TYPES)


def chain(count: int, kind: str = "pass") -> Plan:
    """Return a chain of so many nodes, the first of which starts it."""
    names = [f"n{i}" for i in range(count)]
    kinds = {name: kind if i else "start" for i, name in enumerate(names)}
    pairs = itertools.pairwise(names)
    return drawn(kinds, [f"{a}.out -> {b}.in" for a, b in pairs])


def fan(count: int, kind: str) -> Plan:
    """Return a start, so many nodes beside each other, and a join."""
    names = [f"n{i}" for i in range(count)]
    kinds = {"start": "start", **dict.fromkeys(names, kind), "join": "join"}
    edges = [f"start.out -> {name}.in" for name in names]
    return drawn(kinds, [*edges, *(f"{name}.out -> join.in" for name in names)])


def circle() -> Plan:
    """Return a node that goes round to itself."""
    many = {"max_firings": TURNS}
    nodes = {"start": {"kind": "bench.start"}, "turn": {"kind": "bench.turn", "settings": many}}
    edges = ["start.out -> turn.in", "turn.again -> turn.in"]
    return compile(load({"format": "conductor/1", "nodes": nodes, "edges": edges}), TYPES)


class Forgetful:
    """A journal that keeps nothing."""

    def append(self, event: Event) -> None:
        """Drop the event."""

    async def durable(self) -> None:
        """Return at once."""

    async def fence(self) -> None:
        """Return at once."""


def memory_mb() -> float:
    """Return the megabytes that this process has had in memory at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def best(work: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Return the seconds of the quickest round."""
    await work()
    found = float("inf")
    for _ in range(rounds):
        gc.collect()
        began = time.perf_counter()
        await work()
        found = min(found, time.perf_counter() - began)
    return found


async def one(value: Any) -> Any:
    """Do what a pure node does, as a plain coroutine."""
    return value


async def plain_chain(count: int) -> None:
    """Await so many coroutines, one after the other."""
    value: Any = {"n": 1}
    for _ in range(count):
        value = await one(value)


async def plain_tasks(count: int) -> None:
    """Await so many tasks, one after the other."""
    value: Any = {"n": 1}
    for _ in range(count):
        value = await asyncio.create_task(one(value))


async def plain_fan(count: int) -> None:
    """Gather so many coroutines."""
    await asyncio.gather(*(one(1) for _ in range(count)))


async def plain_waits(count: int) -> None:
    """Gather so many sleeps."""
    await asyncio.gather(*(asyncio.sleep(WAIT) for _ in range(count)))


async def plain_loop(turns: int) -> None:
    """Await a coroutine so many times, each with the value of the one before."""
    value = {"n": 0}
    while value["n"] < turns:
        value = await one({"n": value["n"] + 1})


Case = tuple[str, int, Plan, Callable[[], Awaitable[Any]], int, float]


def cases() -> list[Case]:
    """Return name, nodes, plan, baseline, rounds and target in milliseconds of each case."""
    return [
        ("chain of 40", 40, chain(40), lambda: plain_chain(40), 30, 2),
        ("chain of 1,000", 1_000, chain(1_000), lambda: plain_chain(1_000), 10, 25),
        ("chain of 10,000", 10_000, chain(10_000), lambda: plain_chain(10_000), 3, 150),
        ("chain of 1,000 async", 1_000, chain(1_000, "async"), lambda: plain_tasks(1_000), 10, 40),
        ("1,000 parallel, joined", 1_002, fan(1_000, "pass"), lambda: plain_fan(1_000), 10, 50),
        ("loop of 100,000 turns", TURNS, circle(), lambda: plain_loop(TURNS), 2, 1_500),
        ("20 waits of 100 ms, joined", 22, fan(20, "wait"), lambda: plain_waits(20), 5, 130),
    ]


async def explained() -> dict[str, Any]:
    """Return what it costs to say why each node of a long loop ran, from its events."""
    plan = circle()
    events = (await run(plan, {"n": 1})).events
    began = time.perf_counter()
    explain(plan, events)
    took = time.perf_counter() - began
    tracemalloc.start()
    explain(plan, events)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"events": len(events), "ms": round(took * 1000, 1), "peak_mb": round(peak / 1e6, 3)}


async def main() -> None:
    """Measure all cases and print them as a table and as JSON lines."""
    print(f"{'case':<28}{'ms':>10}{'µs/node':>10}{'plain ms':>10}{'ratio':>8}{'target ms':>11}")
    lines = []
    for name, nodes, plan, plain, rounds, target in cases():
        before = memory_mb()
        result = await run(plan, {"n": 1}, journal=Forgetful())
        grown = memory_mb() - before
        if result.status != "succeeded":
            raise SystemExit(f"{name}: {result.error}")

        async def engine(plan: Plan = plan) -> None:
            await run(plan, {"n": 1}, journal=Forgetful())

        took = await best(engine, rounds) * 1000
        base = await best(plain, rounds) * 1000
        each, ratio = took / nodes * 1000, took / base
        print(f"{name:<28}{took:>10.2f}{each:>10.1f}{base:>10.3f}{ratio:>8.1f}{target:>11}")
        figures = {"ms": round(took, 3), "plain_ms": round(base, 4), "ratio": round(ratio, 2)}
        lines.append({"benchmark": "engine", "case": name, "nodes": nodes, **figures})
        lines[-1] |= {"mb_kept_by_first_run": round(grown, 1)}
        lines[-1] |= {"target_ms": target, "reached": took <= target}
    lines.append({"benchmark": "engine", "case": "explain all of the loop", **await explained()})
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    asyncio.run(main())
