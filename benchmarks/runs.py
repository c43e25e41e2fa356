"""What a journaled run costs: against the same run in memory, and against bare inserts of its rows.

Runs a chain of pure nodes in a home of its own, in one process: in memory; one
after the other with each durable before the next; a hundred at once; and the
same rows inserted by plain statements, a hundred runs a transaction. Prints one
JSON line for each, with wall and CPU milliseconds a run (the committer's thread
included) and the ratios. Each case is run several times and the best counts.

    python benchmarks/runs.py [--nodes 10] [--runs 500] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import blueprint_of, own_home

AT_ONCE = 100


def chain(nodes: int) -> dict[str, Any]:
    """Return a drawing of a trigger, nodes that set a field each, and an output."""
    names = ["start", *(f"set{number}" for number in range(nodes - 2)), "out"]
    drawn: dict[str, Any] = {name: {"kind": "data.set"} for name in names}
    for number, name in enumerate(names[1:-1]):
        drawn[name]["parameters"] = {"fields": {"number": number, "of": "{{ input.customer }}"}}
    drawn["start"] = {"kind": "trigger.manual"}
    drawn["out"] = {"kind": "flow.output", "parameters": {"name": "got"}}
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise(names)]
    return {"format": "conductor/1", "name": "Chain", "nodes": drawn, "edges": edges}


INPUTS = {"customer": "Anna", "total": 129.5}


@dataclass
class Cost:
    """Milliseconds a run."""

    wall: float
    cpu: float


async def measure(work: Callable[[], Awaitable[None]], runs: int, rounds: int) -> Cost:
    """Return what the best round cost."""
    await work()
    costs = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        await work()
        costs.append(
            Cost(
                (time.perf_counter() - wall) / runs * 1000,
                (time.process_time() - cpu) / runs * 1000,
            )
        )
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


async def bench(nodes: int, runs: int, rounds: int) -> None:
    """Measure all cases in one process and print them."""
    from asgiref.sync import sync_to_async
    from django.db import connection

    from runner.engine import run
    from runner.journal.committer import close_committer, committer
    from runner.journal.rows import NewRun
    from runner.models import Run
    from runner.queue import Worker
    from runner.queue.direct import accept
    from runner.queue.plans import plan_of

    def prepare() -> tuple[Any, ...]:
        *keys, drawing = blueprint_of(chain(nodes))
        return *keys, drawing, plan_of(drawing)

    owner, blueprint, drawing, plan = await sync_to_async(prepare)()
    worker = Worker(embedded=True, most=4 * AT_ONCE)
    working = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.01)

    def new() -> NewRun:
        return NewRun(
            blueprint=blueprint,
            drawing=drawing,
            version=None,
            owner=owner,
            inputs=INPUTS,
            trigger="bench",
            created=time.time(),
        )

    async def in_memory() -> None:
        for _ in range(runs):
            assert (await run(plan, INPUTS)).status == "succeeded"

    async def one_by_one() -> None:
        for _ in range(runs):
            assert await accept(new())

    async def at_once() -> None:
        for _ in range(runs // AT_ONCE):
            assert all(await asyncio.gather(*(accept(new()) for _ in range(AT_ONCE))))

    def rows_of_one() -> tuple[list[Any], list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM runner_run WHERE status = 'succeeded' LIMIT 1")
            row = list(cursor.fetchone())
            cursor.execute(
                "SELECT first_seq, last_seq, epoch, events FROM runner_journalchunk LIMIT 1"
            )
            return row, list(cursor.fetchone())

    def insert(row: list[Any], chunk: list[Any]) -> None:
        marks = ", ".join(["%s"] * len(row))
        with connection.cursor() as cursor:
            for _ in range(runs // AT_ONCE):
                keys = [new().id.hex for _ in range(AT_ONCE)]
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(
                    f"INSERT INTO runner_run VALUES ({marks})", [[k, *row[1:]] for k in keys]
                )
                cursor.executemany(
                    "INSERT INTO runner_journalchunk (run_id, first_seq, last_seq, epoch, events) "
                    "VALUES (%s, %s, %s, %s, %s)",
                    [[key, *chunk] for key in keys],
                )
                cursor.execute("COMMIT")

    memory = await measure(in_memory, runs, rounds)
    before = committer().commits
    single = await measure(one_by_one, runs, rounds)
    commits_single = (committer().commits - before) / (runs * (rounds + 1))
    before = committer().commits
    grouped = await measure(at_once, runs, rounds)
    commits_grouped = (committer().commits - before) / (runs * (rounds + 1))
    row, chunk = await sync_to_async(rows_of_one)()
    bare = await measure(lambda: sync_to_async(insert)(row, chunk), runs, rounds)
    stored = await sync_to_async(Run.objects.filter(status="succeeded").count)()
    assert stored == 3 * runs * (rounds + 1), stored
    await worker.stop()
    await working
    close_committer()

    def line(case: str, cost: Cost, **more: float) -> None:
        ratios = {
            "times_in_memory": round(cost.wall / memory.wall, 2),
            "times_bare_inserts": round(cost.wall / bare.wall, 2),
            "cpu_ms_above_memory_and_inserts": round(cost.cpu - memory.cpu - bare.cpu, 3),
        }
        shown = {"wall_ms": round(cost.wall, 3), "cpu_ms": round(cost.cpu, 3)}
        named = {"benchmark": "runs", "case": case, "nodes": nodes}
        print(json.dumps({**named, **shown, **ratios, **more}))

    line("in memory", memory)
    line("bare inserts, 100 runs a transaction", bare)
    line("journaled, one by one", single, commits_per_run=round(commits_single, 3))
    line("journaled, 100 at once", grouped, commits_per_run=round(commits_grouped, 3))


def main() -> None:
    """Make a home, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with own_home():
        runs = max(AT_ONCE, options.runs // AT_ONCE * AT_ONCE)
        asyncio.run(bench(max(2, options.nodes), runs, options.rounds))


if __name__ == "__main__":
    main()
