"""Kills workers, and measures how long their runs stand still until others go on with them.

A server and two workers, on SQLite and on PostgreSQL, with the default lease. Each worker has runs
whose step waits for an answer; one of them gets SIGKILL at a random moment of its heartbeat, and of
each of its runs the seconds are taken until the journal says that another worker goes on with it.
Prints one JSON line for each database: `reached` says that none took more than ten seconds.

    python benchmarks/takeover.py [--kills 10] [--database sqlite] [--queue pgqueuer]
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Process
from tests.faults.cluster import cluster
from tests.faults.conductor import Conductor
from tests.faults.test_asleep import one_call
from tests.faults.test_workers import silence
from tests.patience import until
from tests.serving import free_port

BAR = 10.0  # seconds
RUNS = 6
BEAT = 1.5  # seconds, at most, between what workers say


@dataclass
class Site:
    """A server and two workers on one database, and the runs that they share."""

    server: Conductor
    web: Process
    workers: list[Process]
    runs: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, tuple[str, int, int]]:
        """Return worker, epoch and last number of each run."""
        last = "SELECT max(last_seq) FROM runner_journalchunk WHERE run_id = runner_run.id"
        sql = f"SELECT id, worker, epoch, ({last}) FROM runner_run WHERE finished IS NULL"
        url = self.server.environment.get("CONDUCTOR_DATABASE_URL")
        if url is None:
            file = self.server.home / "db.sqlite3"
            with closing(sqlite3.connect(file, timeout=20)) as database:
                rows = database.execute(sql).fetchall()
        else:
            import psycopg

            with psycopg.connect(url) as connection:
                rows = connection.execute(sql).fetchall()
        return {str(key): (worker, epoch, last) for key, worker, epoch, last in rows}

    def held_by(self, process: Process) -> dict[str, tuple[int, int]]:
        """Return epoch and last number of each run that a process has."""
        return {
            key: (epoch, last)
            for key, (worker, epoch, last) in self.rows().items()
            if f"-{process.pid}-" in worker
        }


@contextmanager
def site(folder: Path, database: str, queue: str, silent: str) -> Iterator[Site]:
    """Start it, on a database of its own; `queue` is for PostgreSQL alone."""
    given = {"CONDUCTOR_HTTP_ALLOW": silent, "CONDUCTOR_CONCURRENT_RUNS": str(RUNS // 2)}
    with ExitStack() as stack:
        if database == "postgresql":
            given["CONDUCTOR_DATABASE_URL"] = stack.enter_context(cluster(durable=True)).url
            given["CONDUCTOR_QUEUE"] = queue
        server = Conductor(folder / "home", **given)
        environment = server.environment
        web = Process("web", ["serve"], environment, folder / "web.log")
        workers = [
            Process(
                f"worker{number}",
                ["worker"],
                # The server takes what no worker has room for, which is little.
                {**environment, "CONDUCTOR_CONCURRENT_RUNS": str(RUNS), "PORT": str(free_port())},
                folder / f"worker{number}.log",
            )
            for number in range(2)
        ]
        made = Site(server, web, workers)
        for process in (web, *workers):
            stack.callback(process.kill)
            process.start()
            process.await_ready()
        yield made


def killed(there: Site, victim: Process) -> list[float]:
    """Kill a worker; return for each of its runs the seconds until another one went on with it."""
    held = there.held_by(victim)
    victim.kill()
    began = time.monotonic()
    took: dict[str, float] = {}

    def all_go_on() -> bool:
        rows = there.rows()
        for key, (epoch, last) in held.items():
            _, now, numbers = rows[key]
            if key not in took and now > epoch and numbers > last:
                took[key] = time.monotonic() - began
        return len(took) == len(held)

    until(all_go_on, "others go on with all runs of the killed worker", 60)
    return list(took.values())


def measure(database: str, queue: str, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many times; return what it took."""
    chance = random.Random(seed)
    took: list[float] = []
    done = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        silence() as silent,
        site(Path(folder), database, queue, silent) as there,
    ):
        blueprint = there.server.make(one_call(silent))
        there.runs = [there.server.start_run(blueprint) for _ in range(RUNS)]
        until(lambda: all(last > 1 for *_, last in there.rows().values()), "all have begun")
        while done < kills:
            time.sleep(chance.uniform(0, BEAT))  # the moment that this is about
            having = [worker for worker in there.workers if there.held_by(worker)]
            victim = max(having or [there.web], key=lambda it: len(there.held_by(it)))
            took += killed(there, victim)
            done += 1
            victim.start()
            victim.await_ready()
    return {
        "database": database,
        "queue": queue if database == "postgresql" else "rows",
        "kills": done,
        "runs_taken_over": len(took),
        "median_s": round(statistics.median(took), 2),
        "most_s": round(max(took), 2),
        "reached": max(took) <= BAR,
    }


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=10)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked.add_argument("--queue", choices=["rows", "pgqueuer"], default="rows")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    reached = True
    for database in options.database or ["sqlite", "postgresql"]:
        figures = measure(database, options.queue, options.kills, options.seed)
        print(json.dumps(figures), flush=True)
        reached &= figures["reached"]
    sys.exit(not reached)


if __name__ == "__main__":
    main()
