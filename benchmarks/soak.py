"""Kills a random process every 20 seconds under load, and asks whether anything was lost.

Two servers, two workers, PostgreSQL and Redis, all of the program's own, and a server that counts
what arrives. First it measures how many runs a second end when callers do not wait; then orders
come at half of that, by webhook and API, while a supervisor starts what was killed (SIGKILL).
PostgreSQL is away once, and Redis once. Prints one JSON line; `reached` says that every accepted
run succeeded, each effect came under one idempotency key, and no process's memory grew.

    python benchmarks/soak.py [--minutes 2] [--kill-every 20] [--outage 30] [--queue pgqueuer]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Fleet, Process, fleet
from benchmarks._orders import Orders, sound
from tests.faults.counted import counting

WARM = 40.0  # seconds after which a process's memory should be what it stays
GROWTH = 30.0  # MiB by which it may grow from then on


@dataclass
class Memory:
    """What each life of each process has held, from when it was warm to its end."""

    warm: dict[tuple[str, float], float] = field(default_factory=dict)
    last: dict[tuple[str, float], float] = field(default_factory=dict)

    def look(self, processes: list[Process]) -> None:
        """Note what those hold that have lived for a while."""
        for process in processes:
            key = (process.name, process.since)
            if time.monotonic() - process.since > WARM and (held := process.memory):
                self.warm.setdefault(key, held)
                self.last[key] = held

    @property
    def growth(self) -> float:
        """The most MiB by which one life has grown."""
        return max((self.last[key] - held for key, held in self.warm.items()), default=0.0)


class Havoc:
    """Kills processes, and takes the database and Redis away, until it is told to stop."""

    def __init__(self, site: Fleet, seed: int) -> None:
        self._site = site
        self._random = random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.memory = Memory()
        self.outages: list[str] = []

    async def kill_on(self, every: float) -> None:
        """Kill one process after the other, for ever; each is started again at once."""
        while True:
            for _ in range(int(every)):
                await asyncio.sleep(1)
                self.memory.look(self._site.processes)
            victim = self._random.choice(self._site.processes)
            victim.kill()
            self.kills[victim.name] += 1
            victim.start()

    async def supervise(self) -> None:
        """Start what has ended by itself, as where the database was away at its start; for ever."""
        while True:
            await asyncio.sleep(1)
            for process in self._site.processes:
                if process.ended:
                    process.start()

    async def take_away(self, name: str, seconds: float) -> None:
        """Have PostgreSQL or Redis be away for so long."""
        service = self._site.database if name == "postgresql" else self._site.redis
        await asyncio.to_thread(service.stop)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(service.start)
        self.outages.append(name)


async def soak(site: Fleet, orders: Orders, options: argparse.Namespace) -> dict[str, Any]:
    """Make havoc while orders come; return what became of these."""
    most = await orders.most(10)
    havoc, stop = Havoc(site, options.seed), asyncio.Event()
    placing = asyncio.create_task(orders.keep_placing(most / 2, stop))
    others = [
        asyncio.create_task(havoc.kill_on(options.kill_every)),
        asyncio.create_task(havoc.supervise()),
    ]
    part = options.minutes * 60 / 4
    for name in ("postgresql", "redis"):
        await asyncio.sleep(part)
        if options.outage:
            await havoc.take_away(name, options.outage)
    await asyncio.sleep(2 * part)
    others.pop(0).cancel()
    stop.set()
    await placing
    await orders.ended(180)
    others[0].cancel()
    said = site.log()
    return {
        **orders.verdict(),
        "most_runs_a_second": round(most, 1),
        "minutes": options.minutes,
        "kills": dict(havoc.kills),
        "outages": havoc.outages,
        "memory_growth_mib": round(havoc.memory.growth, 1),
        "lives_watched": len(havoc.memory.warm),
        "cannot_go_on": said.count("cannot go on"),
        "tracebacks": said.count("Traceback"),
    }


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=2)
    asked.add_argument("--kill-every", type=float, default=20, help="seconds")
    asked.add_argument("--outage", type=float, default=30, help="seconds; 0: none")
    asked.add_argument("--queue", choices=["rows", "pgqueuer"], default="rows")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--keep-log", type=Path, help="where to write what all processes said")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, counting() as counts:
        given = {
            "CONDUCTOR_HTTP_ALLOW": f"127.0.0.1:{counts.port}",
            "CONDUCTOR_QUEUE": options.queue,
        }
        with fleet(Path(folder), **given) as site:
            orders = Orders(site, counts)
            orders.publish()
            try:
                figures = asyncio.run(soak(site, orders, options))
            finally:
                if options.keep_log:
                    options.keep_log.write_text(site.log())
    flat = figures["memory_growth_mib"] <= GROWTH
    reached = sound(figures) and flat and not figures["cannot_go_on"]
    print(json.dumps({**figures, "reached": reached}))
    sys.exit(not reached)


if __name__ == "__main__":
    main()
