"""Cuts a worker off from the others for 30 seconds, and asks whether anything was lost or doubled.

Three network namespaces are three machines: one with a server, two with a worker each; PostgreSQL
and a server that counts what arrives are on this machine. Runs of calls to the latter are started
all the time. Twice the first worker is cut off: from the database alone, while what its nodes call
still answers, and from everything. Each time a transaction is open on its machine, as a worker's
may be, and holds a row. Prints a JSON line for each cut and one for all: `reached` says that the
runs of the worker that was cut off went on elsewhere within ten seconds, that the row was free by
then, that no write came too late, and that every run succeeded, with each call made under one
idempotency key and never twice at the same time. Needs root; where namespaces may not be used it
says so.

    python benchmarks/partition.py [--seconds 30] [--queue pgqueuer]
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Process
from benchmarks._machines import INNER, NETWORKS, OUTER, Machine, hindrance, machines
from tests.faults.cluster import Cluster, cluster
from tests.faults.conductor import Conductor
from tests.faults.counted import Counting, counting
from tests.patience import until
from tests.serving import ROOT

BAR = 10.0  # seconds in which runs go on elsewhere
LEAST = 6  # runs that the worker has when it is cut off
CALLS = 12
RATE = 2.5  # runs that are started in a second
CUTS = {"the database": ["cnd-inner"], "everything": list(NETWORKS)}
PORT = 9100


def drawing(counts: Counting) -> dict[str, Any]:
    """Return calls one after the other, each of which takes about a second."""
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    for number in range(CALLS):
        url = f"http://{counts.host}:{counts.port}/slow/{{{{ run.id }}}}/{number}"
        nodes[f"c{number}"] = {"kind": "http.request", "parameters": {"method": "POST", "url": url}}
    edges = [f"{one}.out -> {next_}.in" for one, next_ in itertools.pairwise(nodes)]
    return {"format": "conductor/1", "name": "Calls", "nodes": nodes, "edges": edges}


@dataclass
class Site:
    """What runs where: `cut_off` is the worker on the `machine` that is cut off at times."""

    server: Conductor
    database: Cluster
    counts: Counting
    machine: Machine
    cut_off: Process
    accepted: list[str] = field(default_factory=list)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.database.url) as connection:
            return connection.execute(sql, values).fetchall()

    def held(self) -> dict[str, int]:
        """Return the epochs of the runs that the worker which is cut off has, by the rows."""
        sql = "SELECT id::text, epoch FROM runner_run WHERE finished IS NULL AND worker LIKE %s"
        return dict(self.rows(sql, f"%-{self.cut_off.pid}-%"))

    def refused(self) -> float:
        """Return how many writes of the worker that is cut off were refused."""
        import urllib.request

        url = f"http://{self.machine.address}:{PORT}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        name = "conductor_journal_refused_total "
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    @contextmanager
    def load(self) -> Iterator[None]:
        """Have runs started all the time."""
        stop = threading.Event()
        path = f"/api/blueprints/{self.server.make(drawing(self.counts))}/runs/"

        def start() -> None:
            while not stop.wait(1 / RATE):
                answer = self.server.ask("POST", path, {"inputs": {}, "draft": True})
                assert answer.status == 201, answer
                self.accepted.append(answer.body["id"])

        starting = threading.Thread(target=start)
        starting.start()
        try:
            yield
        finally:
            stop.set()
            starting.join()


@contextmanager
def site(folder: Path, queue: str) -> Iterator[Site]:
    """Start it: three machines, a database of its own, and the server that counts."""
    with ExitStack() as stack:
        web, first, second = stack.enter_context(machines("web", "worker1", "worker2"))
        database = stack.enter_context(cluster(durable=True, host=f"{INNER}.1"))
        counts = stack.enter_context(counting(f"{OUTER}.1"))
        counts.slowness = 1.0
        server = Conductor(
            folder / "home",
            HOST=web.address,
            CONDUCTOR_DATABASE_URL=database.url,
            CONDUCTOR_HTTP_ALLOW=f"{counts.host}:{counts.port}",
            CONDUCTOR_QUEUE=queue,
            CONDUCTOR_METRICS_ALLOW=f"{INNER}.0/24",
        )

        def process(name: str, words: list[str], machine: Machine, **more: str) -> Process:
            own = {**server.environment, "HOST": machine.address, **more}
            own["CONDUCTOR_WORKER_PORT"] = str(PORT)
            made = Process(name, words, own, folder / f"{name}.log", machine.through)
            stack.callback(made.kill)
            made.start()
            made.await_ready()
            return made

        # The server hears first of a new run; what it has no room for the workers take.
        process("web", ["serve"], web, CONDUCTOR_CONCURRENT_RUNS="2")
        cut_off = process("worker1", ["worker"], first)
        process("worker2", ["worker"], second)
        yield Site(server, database, counts, first, cut_off)


# Another process of the worker's machine, with the site's own settings, amid a transaction.
HOLDER = """
import sys, django
django.setup()
from django.db import connection, transaction
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("UPDATE held SET number = number + 1")
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(there: Site) -> Iterator[None]:
    """Hold the row of a table in a transaction on the machine that is cut off."""
    environment = {**there.server.environment, "DJANGO_SETTINGS_MODULE": "conductor_site.settings"}
    words = [*there.machine.through, sys.executable, "-c", HOLDER]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    # It may find its connection gone; that is no news.
    pipes["stderr"] = subprocess.DEVNULL
    with subprocess.Popen(words, cwd=ROOT, env=environment, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.kill()


def is_free(there: Site) -> bool:
    """Say whether somebody else may have that row."""
    try:
        there.rows("SELECT number FROM held FOR UPDATE NOWAIT")
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def cut(there: Site, what: str, seconds: float) -> dict[str, Any]:
    """Cut the worker off from something for so long; return what it took."""
    until(lambda: len(there.held()) >= LEAST, "the worker has runs", 120)
    with holding(there):
        return _cut(there, what, seconds)


def _cut(there: Site, what: str, seconds: float) -> dict[str, Any]:
    refused = there.refused()
    there.machine.cut(CUTS[what])
    began = time.monotonic()
    held = there.held()
    claimed: dict[str, float] = {}
    went_on: dict[str, float] = {}
    free = 0.0
    sql = (
        "SELECT id::text, epoch, (SELECT max(epoch) FROM runner_journalchunk WHERE run_id = "
        "runner_run.id) FROM runner_run WHERE id = ANY(%s::uuid[])"
    )
    while time.monotonic() - began < seconds:
        for key, epoch, written in there.rows(sql, list(set(held) - set(went_on))):
            if epoch > held[key]:
                claimed.setdefault(key, time.monotonic() - began)
                if written > held[key]:
                    went_on[key] = time.monotonic() - began
        if not free and is_free(there):
            free = time.monotonic() - began
        time.sleep(0.05)
    there.machine.heal()
    healed = time.monotonic()
    until(lambda: len(there.held()) > 0, "the worker takes runs again", 90)
    back = time.monotonic() - healed
    time.sleep(3)  # what it still has to write is tried again within a second
    slowest = max(went_on.values(), default=0.0)
    all_ = len(went_on) == len(held) and free > 0
    return {
        "cut_off_from": what,
        "seconds": seconds,
        "runs_it_had": len(held),
        "went_on_meanwhile": len(went_on),
        "each_s": sorted((round(claimed[it], 1), round(went_on[it], 1)) for it in went_on),
        "slowest_claim_s": round(max(claimed.values(), default=0.0), 2),
        "slowest_s": round(slowest, 2),
        "row_free_s": round(free, 2),
        "takes_runs_again_s": round(back, 2),
        "writes_refused": int(there.refused() - refused),
        "reached": all_ and max(slowest, free) <= BAR,
    }


def verdict(there: Site) -> dict[str, Any]:
    """Hold all runs against their journals, and against what arrived."""
    rows = dict(there.rows("SELECT id::text, status FROM runner_run"))
    counts = there.counts
    keys = {
        (run, number): counts.keys[f"/slow/{run}/{number}"]
        for run in rows
        for number in range(CALLS)
    }
    # A chunk of an earlier epoch behind one of a later would be a write that came too late.
    late = there.rows(
        "SELECT count(*) FROM (SELECT epoch, lag(epoch) OVER (PARTITION BY run_id ORDER BY "
        "first_seq) AS before FROM runner_journalchunk) AS it WHERE epoch < before"
    )[0][0]
    taken_over = [key for (key,) in there.rows("SELECT id::text FROM runner_run WHERE epoch > 1")]
    doubled = 0
    for run in taken_over:
        steps = Counter(
            it["step"] for it in there.server.events(run) if it["type"] == "step.succeeded"
        )
        doubled += sum(count > 1 for count in steps.values())
    figures = {
        "runs": len(rows),
        "lost": len(set(there.accepted) - set(rows)),
        "not_succeeded": sum(status != "succeeded" for status in rows.values()),
        "taken_over": len(taken_over),
        "calls_under_other_keys": sum(
            came != {f"{run}:c{number}"} for (run, number), came in keys.items()
        ),
        "calls_repeated": counts.arrivals.total() - CALLS * len(rows),
        "calls_twice_at_once": sum(most > 1 for most in counts.most_at_once.values()),
        "steps_doubled": doubled,
        "writes_taken_too_late": late,
    }
    bad = set(figures) - {"runs", "taken_over", "calls_repeated"}
    return {**figures, "reached": not any(figures[name] for name in bad)}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--queue", choices=["rows", "pgqueuer"], default="rows")
    asked.add_argument("--keep-log", type=Path, help="where to write what all processes said")
    options = asked.parse_args()
    if why := hindrance():
        print(json.dumps({"skipped": why}))
        return
    reached = True
    with tempfile.TemporaryDirectory() as folder, site(Path(folder), options.queue) as there:
        try:
            with psycopg.connect(there.database.url) as connection:
                connection.execute("CREATE TABLE held (number) AS SELECT 1")
            with there.load():
                for what in CUTS:
                    figures = cut(there, what, options.seconds)
                    print(json.dumps(figures), flush=True)
                    reached &= figures["reached"]
            sql = "SELECT count(*) FROM runner_run WHERE finished IS NULL"
            until(lambda: there.rows(sql)[0][0] == 0, "all runs have ended", 120)
            figures = verdict(there)
        finally:
            if options.keep_log:
                said = [it.read_text() for it in sorted(Path(folder).glob("*.log"))]
                options.keep_log.write_text("\n".join([*said, there.database.log()]))
    print(json.dumps(figures))
    sys.exit(not (reached and figures["reached"]))


if __name__ == "__main__":
    main()
