"""Shows that the database of a site that runs all the time and keeps little does not grow.

A worker executes runs without a pause while the site prunes what is beyond the limits. After
each round of as many runs as are kept, the size of the database and of its write-ahead log is
read. Also compares how long starts take while it prunes and while it does not, in turns.
Prints one JSON line.

    python benchmarks/retention.py [--runs 1000] [--rounds 12]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import blueprint_of, own_home

TARGET = 1.05  # the last size to that at the half, when all that is kept has come together

DRAWING: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Kept for a while",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "set": {"kind": "data.set", "parameters": {"fields": {"text": "{{ input.text }}"}}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> set.in", "set.out -> out.in"],
}


def size_of(home: Path) -> tuple[float, float]:
    """Return the megabytes of the database and of its write-ahead log."""
    files = [home / name for name in ("db.sqlite3", "db.sqlite3-wal")]
    first, second = (path.stat().st_size / 1e6 if path.exists() else 0.0 for path in files)
    return first, second


async def bench(home: Path, runs: int, rounds: int) -> None:
    """Start runs, prune, measure, and print."""
    from asgiref.sync import sync_to_async

    from runner.journal.committer import close_committer
    from runner.journal.rows import NewRun
    from runner.models import Run
    from runner.queue import Worker
    from runner.queue.direct import accept
    from runner.retention.limits import Limits
    from runner.retention.sweep import sweep

    owner, blueprint, key = await sync_to_async(blueprint_of)(DRAWING)
    worker = Worker(embedded=True)
    working = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.01)
    limits = Limits(journals=runs, runs=3 * runs, journal_bytes=10**12)
    stop, pruning = threading.Event(), threading.Event()
    gone = {"journals": 0, "runs": 0}

    def prune() -> None:
        while not stop.is_set():
            if not pruning.wait(0.05):
                continue
            tally = sweep(limits, stop)
            gone["journals"] += tally.journals
            gone["runs"] += tally.runs

    pruner = asyncio.create_task(asyncio.to_thread(prune))
    sizes, logs = [], []
    turn = min(100, runs // 2)
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for number in range(runs):
            # Half of them while it prunes, half of them not, in turns.
            on = number // turn % 2 == 0
            pruning.set() if on else pruning.clear()
            new = NewRun(
                blueprint=blueprint, drawing=key, version=None, owner=owner,
                inputs={"text": "x" * 2000}, trigger="api", created=time.time(),
            )  # fmt: skip
            began = time.perf_counter()
            await accept(new)
            times[on].append(time.perf_counter() - began)
        pruning.set()
        kept = sync_to_async(Run.objects.filter(finished__isnull=False, pruned=None).count)
        rows = sync_to_async(Run.objects.count)
        while await kept() > 1.1 * runs or await rows() > 3.3 * runs:
            await asyncio.sleep(0.05)
        database, log = await asyncio.to_thread(size_of, home)
        sizes.append(round(database, 2))
        logs.append(round(log, 2))
    stop.set()
    pruning.set()
    await pruner
    await worker.stop()
    await working
    await sync_to_async(close_committer)()
    # Of few runs all may still stand in the log, and nothing in the database.
    together = [database + log for database, log in zip(sizes, logs, strict=True)]
    growth = together[-1] / together[len(together) // 2]
    print(
        json.dumps(
            {
                "runs_started": runs * rounds,
                "journals_kept": runs,
                "rows_kept": 3 * runs,
                "pruned": gone,
                "database_mb_by_round": sizes,
                "log_mb_by_round": logs,
                "last_to_half": round(growth, 3),
                "target": TARGET,
                "ms_to_start": {
                    "p50": round(statistics.median(times[False]) * 1000, 2),
                    "p50_while_pruning": round(statistics.median(times[True]) * 1000, 2),
                    "p99": round(statistics.quantiles(times[False], n=100)[98] * 1000, 2),
                    "p99_while_pruning": round(
                        statistics.quantiles(times[True], n=100)[98] * 1000, 2
                    ),
                },
                "ok": growth <= TARGET,
            }
        )
    )


def main() -> int:
    """Make a home of its own, and measure there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    if options.runs < 2 or options.rounds < 1:
        parser.error("it compares runs in turns: give at least 2 --runs and 1 --rounds")
    with own_home() as home:
        asyncio.run(bench(home, options.runs, options.rounds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
