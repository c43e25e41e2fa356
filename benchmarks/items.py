"""What lists cost: 100,000 items mapped in one step and in a step each, and 10,000 waits at once.

Run `python benchmarks/items.py`. The baseline of a case is the same work in bare
Python, measured in turns with it; the best of several rounds counts, since other
processes can only add time. The garbage collector is set as in a worker. Memory is
what a case adds to the process, measured in one of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conductor_site.collector import settle
from runner.engine import run
from runner.graph import Plan, compile, load
from runner.nodes import node_types

ITEMS = 100_000
WAITS = 10_000
AT_ONCE = 100
SECONDS = 0.001


def drawn(nodes: dict[str, dict[str, Any]], *edges: str) -> Plan:
    return compile(load({"nodes": nodes, "edges": list(edges)}), node_types())


def mapping(**node: Any) -> Plan:
    """Return a drawing that makes a list of the lines of a text, and maps it."""
    return drawn(
        {"start": {"kind": "trigger.manual"}, "list": {"kind": "data.split"}, "map": node},
        "start.out -> list.in",
        "list.out -> map.in",
    )


FIELDS = {"fields": {"text": "{{ item }}"}, "keep": False}
TEXT = "\n".join(f"row {number}" for number in range(ITEMS))
IN_ONE = mapping(kind="data.map", parameters=FIELDS)
IN_EACH = mapping(kind="data.set", parameters=FIELDS, settings={"each": True})
WAIT = {"kind": "flow.wait", "parameters": {"seconds": SECONDS}}
START = {"start": {"kind": "trigger.manual"}}
WAIT_EACH = drawn(
    {**START, "wait": {**WAIT, "settings": {"each": {"concurrency": AT_ONCE}}}},
    "start.out -> wait.in",
)
WAIT_FRAME = drawn(
    {
        **START,
        "all": {"kind": "frame.each", "parameters": {"concurrency": AT_ONCE}},
        "wait": {**WAIT, "frame": "all"},
    },
    "start.out -> all.in", "all.item -> wait.in", "wait.out -> all.result",
)  # fmt: skip


def done(plan: Plan, inputs: Any, items: int) -> None:
    result = asyncio.run(run(plan, inputs))
    assert result.status == "succeeded", result.error
    (output,) = result.outputs.values()
    assert len(output) == items


def bare_map() -> None:
    assert len([{"text": line} for line in TEXT.split("\n")]) == ITEMS


async def _bare_waits() -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def wait() -> None:
        async with places:
            await asyncio.sleep(SECONDS)

    await asyncio.gather(*[wait() for _ in range(WAITS)])


def bare_waits() -> None:
    asyncio.run(_bare_waits())


CASES: dict[str, tuple[Callable[[], None], Callable[[], None], int]] = {
    "map_in_one_step": (lambda: done(IN_ONE, TEXT, ITEMS), bare_map, ITEMS),
    "map_in_a_step_each": (lambda: done(IN_EACH, TEXT, ITEMS), bare_map, ITEMS),
    "wait_each": (lambda: done(WAIT_EACH, list(range(WAITS)), WAITS), bare_waits, WAITS),
    "wait_frame": (lambda: done(WAIT_FRAME, list(range(WAITS)), WAITS), bare_waits, WAITS),
}


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def memory(name: str) -> float:
    """Return the MiB that the case adds to the most that a fresh process has taken before it."""

    def most() -> float:
        # Not from getrusage, whose figure a new process has from the one that started it.
        told = Path("/proc/self/status").read_text().splitlines()
        (line,) = [it for it in told if it.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    settle()
    before = most()
    CASES[name][0]()
    return most() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    settle()
    fresh = multiprocessing.get_context("spawn")
    for name, (work, bare, count) in CASES.items():
        times = [(timed(work), timed(bare)) for _ in range(rounds)]
        took, baseline = (min(column) for column in zip(*times, strict=True))
        with fresh.Pool(1) as pool:
            grown = pool.apply(memory, (name,))
        ratio = took / baseline
        print(
            f"{name:20} {took * 1000:8.1f} ms, {took / count * 1e6:6.2f} µs an item, "
            f"{ratio:6.1f} × bare Python ({baseline * 1000:.1f} ms), {grown:.0f} MiB"
        )
        line = {"case": name, "items": count, "seconds": took, "ratio": ratio, "mib": grown}
        print(json.dumps({"benchmark": "items", **line}))


if __name__ == "__main__":
    main()
