"""A worker that is stopped for longer than its lease, and then goes on, does no harm."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conductor import Conductor
from tests.faults.counted import Counting, counting
from tests.faults.test_workers import WorkerProcess, asking, occupied_by, silence
from tests.patience import until

pytestmark = pytest.mark.server

CALLS = 5


def calls(counts: Counting) -> dict[str, Any]:
    """Return a drawing of calls one after the other, each of which takes its time."""
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    edges = []
    before = "start"
    for number in range(CALLS):
        url = f"http://127.0.0.1:{counts.port}/slow/{{{{ run.id }}}}/{number}"
        nodes[f"c{number}"] = {
            "kind": "http.request",
            "parameters": {"method": "POST", "url": url},
        }
        edges.append(f"{before}.out -> c{number}.in")
        before = f"c{number}"
    return {"format": "conductor/1", "name": "Calls", "nodes": nodes, "edges": edges}


def test_a_worker_that_slept_through_its_lease_writes_nothing_and_works_on(tmp_path: Path) -> None:
    with silence() as silent, counting() as counts:
        # The site's own worker is busy, so that the runs are those of two other processes.
        environment = occupied_by(silent)
        environment["CONDUCTOR_HTTP_ALLOW"] += f",127.0.0.1:{counts.port}"
        server = Conductor.installed(tmp_path / "home", **environment)
        server.start()
        workers: list[WorkerProcess] = []
        try:
            server.start_run(server.make(one_call(silent)))
            until(lambda: _workers_of(server).count("") == 0, "the site is occupied")
            counts.slowness = 0.7
            workers.append(WorkerProcess(server))
            blueprint = server.make(calls(counts))
            run = server.start_run(blueprint)
            until(lambda: f"{run}:c1" in counts.arrivals, "the second call is under way")
            workers[0].process.send_signal(signal.SIGSTOP)
            before = server.events(run)
            workers.append(WorkerProcess(server))
            resumed = len(before) + 1
            until(lambda: server.run_of(run)["last_seq"] >= resumed, "another took it over")
            until(lambda: f"{run}:c3" in counts.arrivals, "it goes on with the next calls")
            # Now both live, and one of them thinks for a moment that the run is its own.
            workers[0].process.send_signal(signal.SIGCONT)
            until(lambda: any("could not say for" in it for it in workers[0].said), "it notices")
            assert server.ended(run)["status"] == "succeeded"
            events = server.events(run)
            types = [event["type"] for event in events]
            assert types.count("run.resumed") == 1
            assert types.count("step.succeeded") == CALLS + 1
            repeated = events[types.index("run.resumed")]["data"]["repeats"]
            assert repeated == ["c1"]
            for number in range(CALLS):
                key = f"{run}:c{number}"
                assert counts.keys[f"/slow/{run}/{number}"] == {key}
                assert counts.arrivals[key] == 1 + (f"c{number}" in repeated)
                assert counts.most_at_once[key] == 1
            # It takes new runs: of two at once each worker has one, as each takes one at a time.
            for _ in range(2):
                server.start_run(server.make(one_call(silent)))
            until(lambda: len(set(_workers_of(server))) == 3, "all are busy")
            slept = workers[0].said[0].split()[2]
            assert slept in _workers_of(server)
            assert server.run_of(run)["last_seq"] == len(events)
        finally:
            for worker in workers:
                if worker.process.poll() is None:
                    worker.kill()
            server.stop()


def one_call(address: str) -> dict[str, Any]:
    """Return a drawing that keeps a worker busy."""
    nodes = {"start": {"kind": "trigger.manual"}, "ask": asking(address)}
    edges = ["start.out -> ask.in"]
    return {"format": "conductor/1", "name": "Busy", "nodes": nodes, "edges": edges}


def _workers_of(server: Conductor) -> list[str]:
    """Return the workers of the runs that are not over."""
    with closing(sqlite3.connect(server.home / "db.sqlite3", timeout=20)) as database:
        rows = database.execute("SELECT worker FROM runner_run WHERE finished IS NULL")
        return [name for (name,) in rows]
