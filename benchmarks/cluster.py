"""Ten-node runs on PostgreSQL with two worker processes, by the rows and by PgQueuer.

A database server of its own, on its disk (fsync on). One process accepts runs as webhooks are
(durable, by the group committer; without a worker), two `conductor worker` execute them. Prints
one JSON line for each engine: runs a second from the first acceptance to the last end, CPU
milliseconds a run of what accepts and of the workers, and PostgreSQL's own apart. The baseline
of the same round is PgQueuer alone: jobs that do nothing, enqueued, dequeued and resolved 50 at
a time.

    python benchmarks/cluster.py [--runs 3000] [--engines rows,pgqueuer]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TARGET_RUNS, TARGET_MS = 300, 3.0
AT_ONCE = 50
TICK = os.sysconf("SC_CLK_TCK")
DRAWING: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Ten nodes",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        **{
            f"n{number}": {"kind": "data.set", "parameters": {"fields": {"x": number}}}
            for number in range(8)
        },
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": [
        "start.out -> n0.in",
        *(f"n{number}.out -> n{number + 1}.in" for number in range(7)),
        "n7.out -> out.in",
    ],
}


def cpu(pid: int, *, waited: bool = False) -> float:
    """Return the CPU seconds of a process; `waited`: of the children that it has seen end."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    first = 13 if waited else 11
    return (int(fields[first]) + int(fields[first + 1])) / TICK


def cpu_of_server(pid: int) -> float:
    """Return the CPU seconds of PostgreSQL's processes, those that have ended included."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu(pid) + cpu(pid, waited=True) + sum(cpu(int(child)) for child in children)


def accept_runs(runs: int) -> None:
    """Accept runs and wait for their ends; told to go by a line on stdin."""
    import django

    django.setup()
    from django.contrib.auth.models import User

    from editor.actions import create_blueprint, store_drawing
    from runner.graph import load
    from runner.journal.committer import close_committer
    from runner.journal.rows import NewRun
    from runner.models import Run
    from runner.queue.direct import accept

    document = load(DRAWING)
    owner = User.objects.create_user("bench")
    blueprint = create_blueprint(owner=owner, name="Ten", document=document)
    drawing = store_drawing(document).pk

    async def some(number: int) -> None:
        for _ in range(number):
            new = NewRun(
                blueprint=blueprint.pk,
                drawing=drawing,
                version=None,
                owner=owner.pk,
                inputs={"number": 1},
                trigger="bench",
                created=time.time(),
            )
            await accept(new)

    async def many(number: int) -> None:
        await asyncio.gather(*(some(number // AT_ONCE) for _ in range(AT_ONCE)))

    def all_ended() -> None:
        while Run.objects.filter(finished__isnull=True).exists():
            time.sleep(0.02)

    asyncio.run(many(200))
    all_ended()
    print("ready", flush=True)
    sys.stdin.readline()
    began, used = time.perf_counter(), time.process_time()
    asyncio.run(many(runs))
    used = time.process_time() - used
    accepted = time.perf_counter() - began
    all_ended()
    told = {"seconds": time.perf_counter() - began, "accepting": accepted, "cpu": used}
    told["succeeded"] = Run.objects.filter(status="succeeded").count()
    print(json.dumps(told), flush=True)
    close_committer()


def jobs_alone(jobs: int) -> None:
    """Enqueue, dequeue and resolve jobs that do nothing; print the seconds and the CPU."""
    import django

    django.setup()
    from datetime import UTC, datetime
    from uuid import uuid4

    from django.db import connection, transaction

    from runner.journal.jobs import Job, enqueue
    from runner.queue.pgqueuer import Jobs

    connection.ensure_connection()
    began, used = time.perf_counter(), time.process_time()
    for _ in range(jobs // AT_ONCE):
        now = datetime.now(UTC)
        with transaction.atomic():
            wanted = [Job(str(uuid4()), "default", 1, "", now) for _ in range(AT_ONCE)]
            enqueue(connection.connection, wanted)
        with transaction.atomic():
            source = Jobs()
            # They have no runs, so all that is dequeued is over.
            source.ready(AT_ONCE, [""])
            source.resolve(set())
    told = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
    print(json.dumps(told), flush=True)


@contextmanager
def processes(environment: dict[str, str], command: list[str], number: int) -> Iterator[list[int]]:
    """Run so many processes that say when they are ready; end them."""
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(number)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert "is ready" in process.stdout.readline()
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def measure(server: Any, engine: str, runs: int, environment: dict[str, str]) -> dict[str, Any]:
    """Measure one engine on a database of its own."""
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{engine}"')
    here = {
        **environment,
        "CONDUCTOR_QUEUE": engine,
        "CONDUCTOR_DATABASE_URL": server.url.rpartition("/")[0] + f"/{engine}",
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    prepare = "import django; django.setup(); from conductor_site.start import migrate; migrate()"
    subprocess.run([sys.executable, "-c", prepare], cwd=ROOT, env=here, check=True)
    main = "from conductor_site.command import main; main()"
    worker = [sys.executable, "-c", main, "worker"]
    with processes(here, worker, 2) as workers:
        starter = subprocess.Popen(
            [sys.executable, __file__, "--accept", str(runs)],
            cwd=ROOT,
            env=here,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert starter.stdin is not None
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
        before = [cpu(pid) for pid in workers], cpu_of_server(server.pid)
        starter.stdin.write("go\n")
        starter.stdin.flush()
        told = json.loads(starter.stdout.readline())
        each = [cpu(pid) - was for pid, was in zip(workers, before[0], strict=True)]
        database = cpu_of_server(server.pid) - before[1]
        starter.wait(30)
    line: dict[str, Any] = {"benchmark": "cluster", "engine": engine, "runs": runs}
    line["runs_a_second"] = round(runs / told["seconds"], 1)
    line["accepted_a_second"] = round(runs / told["accepting"], 1)
    line["accepting_cpu_ms"] = round(told["cpu"] / runs * 1000, 3)
    line["workers_cpu_ms"] = [round(it / runs * 1000, 3) for it in each]
    line["cpu_ms"] = round((told["cpu"] + sum(each)) / runs * 1000, 3)
    line["postgresql_cpu_ms"] = round(database / runs * 1000, 3)
    line["succeeded"] = told["succeeded"] >= runs
    if engine == "pgqueuer":
        before_jobs = cpu_of_server(server.pid)
        done = subprocess.run(
            [sys.executable, __file__, "--jobs", str(runs)],
            cwd=ROOT,
            env=here,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        alone = json.loads(done.stdout)
        line["jobs_alone_a_second"] = round(runs / alone["seconds"], 1)
        line["jobs_alone_cpu_ms"] = round(alone["cpu"] / runs * 1000, 3)
        line["jobs_alone_postgresql_cpu_ms"] = round(
            (cpu_of_server(server.pid) - before_jobs) / runs * 1000, 3
        )
    line |= {"target_runs_a_second": TARGET_RUNS, "target_cpu_ms": TARGET_MS}
    line["reached"] = bool(
        line["succeeded"] and line["runs_a_second"] >= TARGET_RUNS and line["cpu_ms"] <= TARGET_MS
    )
    return line


def main() -> None:
    """Make a server, and measure the engines one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--engines", default="rows,pgqueuer")
    parser.add_argument("--accept", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--jobs", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.accept:
        accept_runs(options.accept)
        return
    if options.jobs:
        jobs_alone(options.jobs)
        return
    from tests.faults.cluster import cluster

    with tempfile.TemporaryDirectory() as home, cluster(durable=True) as server:
        environment = {**os.environ, "CONDUCTOR_HOME": home}
        for engine in options.engines.split(","):
            print(json.dumps(measure(server, engine, options.runs, environment)), flush=True)


if __name__ == "__main__":
    main()
