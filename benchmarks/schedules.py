"""How late runs start when many schedules are due in the same second.

A site of its own with one worker, all in this process, as `conductor serve` has it. Each schedule
starts a run of two nodes. Lateness is counted from the second that was meant until the run is
accepted, and until it has ended. Prints one JSON line.

    python benchmarks/schedules.py [--schedules 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import own_home

TARGET = 1.0  # seconds: the 99th percentile of how late runs start

DRAWING: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Every hour",
    "nodes": {
        "start": {"kind": "trigger.schedule", "parameters": {"every": 3600}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> out.in"],
}


def percentile(values: list[float], part: float) -> float:
    """Return the value below which this part of all lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def bench(schedules: int) -> None:
    """Publish schedules, have them all be due in one second, and print how late they were."""
    from asgiref.sync import sync_to_async
    from django.contrib.auth.models import User
    from django.utils import timezone

    from editor.actions import create_blueprint, publish
    from runner.graph import load
    from runner.journal.committer import close_committer
    from runner.models import Run, RunStatus, Schedule
    from runner.queue import Worker

    def prepare() -> None:
        owner = User.objects.create_user("bench")
        for _ in range(schedules):
            blueprint = create_blueprint(owner=owner, name="Every hour", document=load(DRAWING))
            publish(blueprint, owner)

    await sync_to_async(prepare)()
    worker = Worker(embedded=True)
    working = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.01)
    meant = (timezone.now() + timedelta(seconds=3)).replace(microsecond=0)
    await sync_to_async(Schedule.objects.update)(next_at=meant, due_at=meant)
    ended = sync_to_async(Run.objects.filter(status=RunStatus.SUCCEEDED).count)
    while await ended() < schedules:
        await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    def moments() -> list[tuple[Any, Any]]:
        return list(Run.objects.values_list("created", "finished"))

    rows = await sync_to_async(moments)()
    await sync_to_async(close_committer)()
    started = [(created - meant).total_seconds() for created, _ in rows]
    finished = [(finished - meant).total_seconds() for _, finished in rows if finished]
    p99 = percentile(started, 0.99)
    print(
        json.dumps(
            {
                "schedules": schedules,
                "late_p50": round(percentile(started, 0.5), 3),
                "late_p99": round(p99, 3),
                "late_most": round(max(started), 3),
                "ended_p99": round(percentile(finished, 0.99), 3),
                "target": TARGET,
                "reached": p99 < TARGET,
            }
        )
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000)
    options = parser.parse_args()
    with own_home():
        asyncio.run(bench(options.schedules))


if __name__ == "__main__":
    main()
