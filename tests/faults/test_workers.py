"""A worker process of its own is killed while the site lives: another takes its run up."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.faults.cluster import cluster
from tests.faults.conductor import Conductor, append, document, wait
from tests.forking import Forked
from tests.patience import PATIENCE, until
from tests.serving import COMMAND, ROOT

pytestmark = pytest.mark.server


class WorkerProcess:
    """`conductor worker` on the home of a server."""

    def __init__(self, server: Conductor, **environment: str) -> None:
        self.process = Forked(
            [*COMMAND, "worker"],
            cwd=ROOT,
            env={**server.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(lambda: any("is ready" in line for line in self.said), "the worker is ready")

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said += self.process.stdout

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        self.process.terminate()
        return self._reap()

    def _reap(self) -> int:
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def test_the_run_of_a_killed_worker_is_taken_up_when_its_lease_is_over(tmp_path: Path) -> None:
    # The site's own worker takes one run only, so that another process gets the second.
    with silence() as address, gate() as (closed, opened):
        server = Conductor.installed(tmp_path / "home", **occupied_by(address, closed))
        _take_up(server, address, closed, opened)


@pytest.mark.postgres
def test_so_it_is_where_pgqueuer_says_which_runs_begin(tmp_path: Path) -> None:
    with silence() as address, gate() as (closed, opened), cluster() as database:
        where = {"CONDUCTOR_DATABASE_URL": database.url, "CONDUCTOR_QUEUE": "pgqueuer"}
        server = Conductor(tmp_path / "home", **where, **occupied_by(address, closed))
        _take_up(server, address, closed, opened)


@contextmanager
def silence() -> Iterator[str]:
    """Give an address whose server takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def gate() -> Iterator[tuple[str, threading.Event]]:
    """Give an address whose server answers nobody before the event is set."""
    opened = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opened.wait(PATIENCE)
            # Who has been killed meanwhile hears nothing of it.
            with suppress(OSError):
                self.send_response(204)
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", opened
        finally:
            opened.set()
            server.shutdown()
            thread.join()


def occupied_by(*addresses: str) -> dict[str, str]:
    """Return the environment of a site whose own worker executes one run at a time."""
    return {"CONDUCTOR_CONCURRENT_RUNS": "1", "CONDUCTOR_HTTP_ALLOW": ",".join(addresses)}


def test_the_debugger_reaches_a_run_in_another_process(tmp_path: Path) -> None:
    with silence() as address:
        server = Conductor.installed(tmp_path / "home", **occupied_by(address))
        server.start()
        worker = None
        try:
            occupying = server.start_run(server.make(document("Long", asking(address))))
            until(lambda: server.run_of(occupying)["status"] == "running", "the site is occupied")
            worker = WorkerProcess(server)
            blueprint = server.make(document("Debugged", append("a\n"), append("b\n")))
            run = server.ask(
                "POST",
                f"/api/blueprints/{blueprint}/runs/",
                {"draft": True, "wait": 30, "debug": {"paused": True}},
            ).body
            assert run["status"] == "paused"
            address_of = f"/api/runs/{run['id']}"
            begun = []
            for _ in range(3):
                found = server.ask("POST", f"{address_of}/step/", {"wait": 30}).body
                assert found["paused"]
                begun.append(found["step"])
            assert len(set(begun)) == 3
            ended = server.ask("POST", f"{address_of}/continue/", {"wait": 30}).body
            assert ended["status"] == "succeeded"
            assert (server.home / "files" / "lines.txt").read_text().split() == ["a", "b"]
            assert worker.stop() == 0
        finally:
            if worker is not None and worker.process.poll() is None:
                worker.kill()
            server.stop()


def asking(address: str, seconds: float = 300) -> dict[str, Any]:
    """Return a node that waits in its worker for an answer."""
    return {"kind": "http.request", "parameters": {"url": f"http://{address}/", "timeout": seconds}}


def succeeded_in(events: list[dict[str, Any]]) -> list[str]:
    """Return the steps that succeeded, in their order."""
    return [event["step"] for event in events if event["type"] == "step.succeeded"]


def _take_up(server: Conductor, address: str, closed: str, opened: threading.Event) -> None:
    server.start()
    workers: list[WorkerProcess] = []
    try:
        occupying = server.start_run(server.make(document("Long", asking(address))))
        until(lambda: server.run_of(occupying)["status"] == "running", "the site is occupied")
        workers.append(WorkerProcess(server))
        steps: list[dict[str, Any]] = []
        for number in range(4):
            steps += [append(f"{number}\n"), wait(0.3)]
        steps += [asking(closed), append("end\n")]
        run = server.start_run(server.make(document("Shared", *steps)))
        lines = server.home / "files" / "lines.txt"

        def written() -> list[str]:
            return lines.read_text().split() if lines.exists() else []

        with server.socket(server.session()) as line:
            line.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
            # The trigger, four that write and three that wait: what each wrote is journaled, so
            # that none of it may happen again.
            until(lambda: len(succeeded_in(server.events(run))) >= 8, "four nodes have written")
            workers[0].kill()
            assert server.run_of(run)["status"] == "running"
            opened.set()
            workers.append(WorkerProcess(server))
            assert server.ended(run)["status"] == "succeeded"
            events = server.events(run)
            # The socket of the site tells what two other processes wrote, without a gap.
            told: list[dict[str, Any]] = []
            while len(told) < len(events):
                told += json.loads(line.recv(timeout=PATIENCE)).get("events", [])
            assert told == events
        assert written() == ["0", "1", "2", "3", "end"]
        succeeded = succeeded_in(events)
        assert len(succeeded) == len(set(succeeded))
        assert [event["type"] for event in events].count("run.resumed") == 1
        assert server.run_of(occupying)["status"] == "running"
        assert workers[1].stop() == 0
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.kill()
        server.stop()
