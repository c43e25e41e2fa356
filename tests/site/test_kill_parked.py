"""`kill -9` of the server again and again while runs wait and calls come: each call counts once."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE, until
from tests.serving import Server

pytestmark = pytest.mark.server

RUNS, KILLS = 12, 4
DRAWING = {
    "format": "conductor/1",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "one": {"kind": "flow.receive"},
        "two": {"kind": "flow.receive"},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> one.in", "one.out -> two.in", "two.out -> out.in"],
}


def events(server: Server, run: str) -> list[dict[str, Any]]:
    return list(server.call("GET", f"/api/runs/{run}/events/")[1]["events"])


def resume(server: Server, run: str, step: str) -> None:
    """Find the step's address and call it until it is used, whatever becomes of the server."""
    deadline = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < deadline:
        try:
            found = [
                event["data"]["outputs"]["address"]
                for event in events(server, run)
                if event["type"] == "step.emitted" and event["step"] == step
            ]
            if found:
                body = f'"{run} {step}"'.encode()
                request = urllib.request.Request(
                    found[0], body, {"Content-Type": "application/json"}
                )
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    assert answer.status == 202
                    return
        except urllib.error.HTTPError as error:
            if error.code == 410:  # an earlier call had arrived, though its answer had not
                return
        except (OSError, AssertionError, KeyError, TypeError):
            pass  # the server is being killed or started
        time.sleep(0.05)
    raise AssertionError(f"{step} of {run} was not called in time")


def succeeded(server: Server, run: str) -> bool:
    return bool(server.call("GET", f"/api/runs/{run}/")[1]["status"] == "succeeded")


def test_calls_to_parked_runs_survive_kills_and_count_once(tmp_path: Path) -> None:
    server = Server.installed(tmp_path)
    server.start()
    try:
        made = server.call("POST", "/api/blueprints/", {"name": "Two calls", "document": DRAWING})
        path = f"/api/blueprints/{made[1]['id']}/runs/"
        runs = [server.call("POST", path, {"draft": True})[1]["id"] for _ in range(RUNS)]

        def resume_both(run: str) -> None:
            for step in ("one", "two"):
                resume(server, run, step)

        with ThreadPoolExecutor(4) as callers:
            called = [callers.submit(resume_both, run) for run in runs]
            for _ in range(KILLS):
                time.sleep(0.4)  # the kill shall fall into the work, wherever that is
                server.kill()
                server.start()
            for each in called:
                each.result(120)
        for run in runs:
            until(partial(succeeded, server, run), "it has succeeded")
            told = events(server, run)
            assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
            resumed = [e["data"]["value"]["body"] for e in told if e["type"] == "step.resumed"]
            assert resumed == [f"{run} one", f"{run} two"]
            emitted = [e["step"] for e in told if e["type"] == "step.emitted"]
            assert emitted == ["one", "two"]
    finally:
        server.stop()
