"""What an item costs that is a run of its own: a For each with the tick, and without it.

Starts a server on SQLite, with its worker in the same process, and one on a PostgreSQL of its own
with two workers. A run maps a list in a frame whose items give their doubles, spread and not.
Prints a JSON line for each: the milliseconds from the start of the run to its end for each item,
and the processor time of all processes of the site for each item, the database's apart.

    python benchmarks/spread.py [--items 500] [--at-once 20] [--database sqlite] [--queue pgqueuer]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Process
from benchmarks.cluster import cpu, cpu_of_server
from tests.faults.cluster import Cluster, cluster
from tests.faults.conductor import ENDS, Conductor
from tests.serving import free_port

DOUBLE = "{{ item * 2 }}"


def drawing(at_once: int, *, spread: bool) -> dict[str, Any]:
    """Return a frame that doubles each item of the input `items`."""
    each = {"list": "{{ input['items'] }}", "concurrency": at_once, "spread": spread}
    return {
        "format": "conductor/1",
        "name": "Doubles",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "all": {"kind": "frame.each", "parameters": each},
            "twice": {"kind": "data.value", "frame": "all", "parameters": {"value": DOUBLE}},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": ["start.out -> all.in", "all.item -> twice.in", "twice.out -> all.result",
                  "all.out -> out.in"],
    }  # fmt: skip


@dataclass
class Site:
    """A server, and the processes that are its workers."""

    server: Conductor
    processes: list[Process]
    database: Cluster | None

    def used(self) -> tuple[float, float]:
        """Return the CPU seconds of the site's processes, and of the database's."""
        of_database = cpu_of_server(self.database.pid) if self.database else 0.0
        return sum(cpu(it.pid) for it in self.processes), of_database


@contextmanager
def site(folder: Path, database: str, queue: str) -> Iterator[Site]:
    """Start it, on a database of its own."""
    given: dict[str, str] = {}
    made = None
    with ExitStack() as stack:
        if database == "postgresql":
            made = stack.enter_context(cluster(durable=True))
            given = {"CONDUCTOR_DATABASE_URL": made.url, "CONDUCTOR_QUEUE": queue}
        server = Conductor(folder / "home", **given)
        here = server.environment
        processes = [Process("web", ["serve"], here, folder / "web.log")]
        for number in range(2 if made else 0):
            own = {**here, "PORT": str(free_port())}
            log = folder / f"worker{number}.log"
            processes.append(Process(f"worker{number}", ["worker"], own, log))
        for process in processes:
            stack.callback(process.kill)
            process.start()
            process.await_ready()
        yield Site(server, processes, made)


def timed(there: Site, blueprint: str, items: int) -> tuple[float, float, float]:
    """Run it; return the seconds that it took, and the CPU seconds of site and database."""
    before, began = there.used(), time.perf_counter()
    run = there.server.start_run(blueprint, items=list(range(items)))
    while there.server.run_of(run)["status"] not in ENDS:
        time.sleep(0.1)
    took = time.perf_counter() - began
    after = there.used()
    ended = there.server.run_of(run)
    assert ended["outputs"] == {"got": [2 * item for item in range(items)]}, ended
    return took, after[0] - before[0], after[1] - before[1]


def measure(database: str, options: argparse.Namespace) -> None:
    """Measure both ways, and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        site(Path(folder), database, options.queue) as there,
    ):
        for spread in (False, True):
            blueprint = there.server.make(drawing(options.at_once, spread=spread))
            timed(there, blueprint, options.at_once)
            took, used, of_database = timed(there, blueprint, options.items)
            line: dict[str, Any] = {"benchmark": "spread", "database": database}
            if database == "postgresql":
                line["queue"] = options.queue
            line |= {"items": options.items, "at_once": options.at_once, "spread": spread}
            line["ms_an_item"] = round(took / options.items * 1000, 2)
            line["cpu_ms_an_item"] = round(used / options.items * 1000, 2)
            line["database_cpu_ms_an_item"] = round(of_database / options.items * 1000, 2)
            print(json.dumps(line), flush=True)


def main() -> None:
    """Measure each database."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=500)
    asked.add_argument("--at-once", type=int, default=20)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    asked.add_argument("--queue", choices=["rows", "pgqueuer"], default="rows")
    options = asked.parse_args()
    for database in options.database or ["sqlite", "postgresql"]:
        measure(database, options)


if __name__ == "__main__":
    main()
