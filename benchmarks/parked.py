"""What parked runs cost a worker: the memory of its process before, and with thousands of them.

A first batch of runs brings what any run brings (code, the database's caches); then memory
and Python objects are measured with so many parked runs in the database and again with
twice as many. A parked run that cost memory would show as objects, some hundred
for each; what the process still grows by is the database's cache and the allocator's.
It also measures how long a look for runs takes beside them, and how soon one that
something came for has ended. Prints one JSON line.

    python benchmarks/parked.py [--runs 20000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import blueprint_of, own_home

TARGET_BYTES, TARGET_OBJECTS = 1024, 0.1  # for each parked run, in the worker

DRAWING: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Parked",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "wait": {"kind": "flow.receive", "parameters": {"seconds": 2_592_000}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> wait.in", "wait.out -> out.in"],
}


def memory_mb() -> float:
    """Return the megabytes that this process has in memory now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def bench(runs: int) -> None:
    """Park runs, measure, and print."""
    from asgiref.sync import sync_to_async

    from runner.journal.committer import close_committer
    from runner.journal.rows import NewRun
    from runner.models import Run, RunStatus
    from runner.queue import Worker, claim, signals
    from runner.queue.direct import accept

    owner, blueprint, key = await sync_to_async(blueprint_of)(DRAWING)
    worker = Worker(embedded=True)
    working = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.01)
    waiting = sync_to_async(Run.objects.filter(status=RunStatus.WAITING).count)

    async def park(count: int) -> float:
        """Start so many runs, and return the seconds until all of them are parked."""
        wanted, began = await waiting() + count, time.perf_counter()
        for number in range(count):
            new = NewRun(
                blueprint=blueprint, drawing=key, version=None, owner=owner,
                inputs={"n": number}, trigger="api", created=time.time(),
            )  # fmt: skip
            await accept(new)
        while await waiting() < wanted:
            await asyncio.sleep(0.05)
        return time.perf_counter() - began

    await park(500)
    before = memory_mb()
    first = runs // 2
    took = await park(first)
    some, some_objects = memory_mb(), len(gc.get_objects())
    took += await park(runs - first)
    many, many_objects = memory_mb(), len(gc.get_objects())

    looks = []
    for _ in range(50):
        began = time.perf_counter()
        await worker.ask(claim.claim, worker.name, 50)
        looks.append(time.perf_counter() - began)
    run = await sync_to_async(Run.objects.filter(status=RunStatus.WAITING).first)()
    assert run is not None
    began = time.perf_counter()
    await sync_to_async(signals.send)(run.pk, "wait", "call:1", {"n": 1})
    while not await sync_to_async(Run.objects.filter(pk=run.pk, status="succeeded").exists)():
        await asyncio.sleep(0.002)
    woken = time.perf_counter() - began
    await worker.stop()
    await working
    await sync_to_async(close_committer)()
    each = (many - some) * 1e6 / (runs - first)
    objects = (many_objects - some_objects) / (runs - first)
    print(
        json.dumps(
            {
                "parked_runs": runs + 500,
                "memory_mb_before": round(before, 1),
                f"memory_mb_with_{first + 500}": round(some, 1),
                f"memory_mb_with_{runs + 500}": round(many, 1),
                "bytes_a_run": round(each),
                "target_bytes": TARGET_BYTES,
                "objects_a_run": round(objects, 3),
                "target_objects": TARGET_OBJECTS,
                "ms_to_park": round(took / runs * 1000, 2),
                "ms_a_look": round(sorted(looks)[25] * 1000, 2),
                "ms_from_signal_to_end": round(woken * 1000, 1),
                "ok": each <= TARGET_BYTES and objects <= TARGET_OBJECTS,
            }
        )
    )


def main() -> int:
    """Make a home of its own, and measure there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000)
    options = parser.parse_args()
    with own_home():
        asyncio.run(bench(options.runs))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
