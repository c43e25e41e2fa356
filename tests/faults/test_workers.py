"""A worker process of its own is killed while the site lives: another takes its run up."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conductor import Conductor, append, document, until, wait
from tests.serving import COMMAND, ROOT

pytestmark = pytest.mark.server


class WorkerProcess:
    """`conductor worker` on the home of a server."""

    def __init__(self, server: Conductor, **environment: str) -> None:
        self.process = subprocess.Popen(
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
        status = self.process.wait(20)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def test_the_run_of_a_killed_worker_is_taken_up_when_its_lease_is_over(tmp_path: Path) -> None:
    # The site's own worker takes one run only, so that another process gets the second.
    server = Conductor(tmp_path / "home", CONDUCTOR_CONCURRENT_RUNS="1")
    server.start()
    workers: list[WorkerProcess] = []
    try:
        occupying = server.start_run(server.make(document("Long", wait(300))))
        until(lambda: server.run_of(occupying)["status"] == "running", "the site is occupied")
        workers.append(WorkerProcess(server))
        steps: list[dict[str, Any]] = []
        for number in range(4):
            steps += [append(f"{number}\n"), wait(0.3)]
        steps += [wait(3), append("end\n")]
        run = server.start_run(server.make(document("Shared", *steps)))
        lines = server.home / "files" / "lines.txt"

        def written() -> list[str]:
            return lines.read_text().split() if lines.exists() else []

        with server.socket(server.session()) as socket:
            socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
            until(lambda: len(written()) == 4, "four nodes have written")
            workers[0].kill()
            assert server.run_of(run)["status"] == "running"
            workers.append(WorkerProcess(server))
            assert server.ended(run, within=30)["status"] == "succeeded"
            events = server.events(run)
            # The socket of the site tells what two other processes wrote, without a gap.
            told: list[dict[str, Any]] = []
            while len(told) < len(events):
                told += json.loads(socket.recv(timeout=5)).get("events", [])
            assert told == events
        assert written() == ["0", "1", "2", "3", "end"]
        succeeded = [event["step"] for event in events if event["type"] == "step.succeeded"]
        assert sorted(succeeded) == sorted(set(succeeded))
        assert [event["type"] for event in events].count("run.resumed") == 1
        assert server.run_of(occupying)["status"] == "running"
        assert workers[1].stop() == 0
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.kill()
        server.stop()
