"""How long a run with a long journal takes to go on after its worker died.

Executes a chain of nodes to shortly before its end, and leaves its journal as a
killed worker does. Then a worker claims it, in turns with a run of three events as
the baseline. Prints one JSON line for each: milliseconds from the claim to the
committed `run.resumed`, of which the baseline has all but the journal.

    python benchmarks/resume.py [--events 10000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import own_home

INPUTS = {"customer": "Anna", "total": 129.5}
TARGET = 300
PATIENCE = 60.0  # seconds


def chain(nodes: int) -> dict[str, Any]:
    """Return a drawing of a trigger and nodes that write to the log, one after the other."""
    names = ["start", *(f"log{number}" for number in range(nodes))]
    drawn: dict[str, Any] = {
        name: {"kind": "log.message", "parameters": {"message": "{{ input.customer }}"}}
        for name in names
    }
    drawn["start"] = {"kind": "trigger.manual"}
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise(names)]
    return {"format": "conductor/1", "name": "Chain", "nodes": drawn, "edges": edges}


async def bench(events: int, rounds: int) -> None:
    """Resume both runs in turns, and print what it took."""
    from asgiref.sync import sync_to_async
    from django.contrib.auth.models import User

    from editor.actions import create_blueprint, store_drawing
    from runner.engine import run
    from runner.engine.events import RUN_QUEUED, RUN_RESUMED, Event
    from runner.graph import load
    from runner.journal.announcements import Committed, listen
    from runner.journal.committer import close_committer, committer
    from runner.journal.rows import NewRun
    from runner.journal.sources import OneWrite
    from runner.journal.window import RunWrite
    from runner.queue import Worker
    from runner.queue.plans import plan_of

    loop = asyncio.get_running_loop()
    resumed: dict[str, float] = {}
    heard = asyncio.Event()

    def hear(news: Any) -> None:
        now = time.perf_counter()
        for item in news:
            assert isinstance(item, Committed)
            if RUN_RESUMED in item.events and item.run not in resumed:
                resumed[item.run] = now
                loop.call_soon_threadsafe(heard.set)

    listen(hear)

    def prepare(nodes: int) -> tuple[Any, ...]:
        owner, _ = User.objects.get_or_create(username="bench")
        document = load(chain(nodes))
        blueprint = create_blueprint(owner=owner, name="Bench", document=document)
        drawing = store_drawing(document).pk
        return owner.pk, blueprint.pk, drawing, plan_of(drawing)

    async def leave(count: int, prepared: tuple[Any, ...]) -> str:
        """Store a run whose worker died after so many events; return its id."""
        owner, blueprint, drawing, plan = prepared
        result = await run(plan, INPUTS)
        assert result.status == "succeeded", result.error
        told = [event for event in result.events if event.type != RUN_QUEUED][:count]
        now = time.time()
        new = NewRun(
            blueprint=blueprint,
            drawing=drawing,
            version=None,
            owner=owner,
            inputs=INPUTS,
            trigger="bench",
            created=now,
        )
        begun = Event(1, now, RUN_QUEUED, None, {"inputs": INPUTS, "trigger": None, "by": "bench"})
        history = [begun, *(event._replace(seq=seq) for seq, event in enumerate(told, 2))]
        write = RunWrite(new.id, blueprint, 1, "a worker that died", history, new)
        stored = OneWrite(loop, write)
        committer().put(stored)
        await stored.future
        return str(new.id)

    async def resume(key: str) -> float:
        """Return the milliseconds that a worker takes to go on with the run."""
        worker = Worker()
        began = time.perf_counter()
        working = asyncio.create_task(worker.run())
        async with asyncio.timeout(PATIENCE):
            while key not in resumed:
                await heard.wait()
                heard.clear()
        took = (resumed[key] - began) * 1000
        await worker.stop()
        await working
        return took

    long = await sync_to_async(prepare)(events // 2 + 10)
    short = await sync_to_async(prepare)(3)
    took: dict[str, list[float]] = {"short": [], "long": []}
    for _ in range(rounds):
        took["short"].append(await resume(await leave(3, short)))
        took["long"].append(await resume(await leave(events, long)))
    close_committer()
    base = statistics.median(took["short"])
    for case, count in (("short", 3), ("long", events)):
        found = statistics.median(took[case])
        line = {"benchmark": "resume", "events": count, "ms": round(found, 1)}
        line |= {"times_short": round(found / base, 2)}
        line |= {"target_ms": TARGET, "reached": found <= TARGET} if case == "long" else {}
        print(json.dumps(line))


def main() -> None:
    """Make a home, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with own_home():
        asyncio.run(bench(options.events, options.rounds))


if __name__ == "__main__":
    main()
