"""`kill -9` of the server while a run is paused: it is paused again, and goes on when told to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Server

pytestmark = pytest.mark.server

DRAWING = {
    "format": "conductor/1",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "set": {"kind": "data.set", "parameters": {"fields": {"x": 1}}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> set.in", "set.out -> out.in"],
}


def put(server: Server, path: str, body: Any) -> Any:
    """Ask until it is done: at first the run may not have been taken up again."""
    deadline = time.monotonic() + 60
    while (answer := server.call("PUT", path, body))[0] != 200:
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer[1]


def test_a_paused_run_survives_kills_with_its_breakpoints_and_edits(tmp_path: Path) -> None:
    server = Server.installed(tmp_path)
    server.start()
    try:
        made = server.call("POST", "/api/blueprints/", {"name": "Held", "document": DRAWING})
        breakpoints = [{"node": "set", "when": "before"}, {"node": "out", "when": "before"}]
        status, run = server.call(
            "POST",
            f"/api/blueprints/{made[1]['id']}/runs/",
            {"draft": True, "wait": 30, "debug": {"breakpoints": breakpoints}},
        )[:2]
        assert (status, run["status"]) == (202, "paused")
        path = f"/api/runs/{run['id']}"
        server.kill()
        server.start()
        found = server.call("GET", f"{path}/tokens/")[1]
        assert (found["paused"], found["step"], found["breakpoints"]) == (True, "set", breakpoints)
        edited = put(server, f"{path}/tokens/", {"token": "set.in", "value": {"y": 2}})
        assert edited["tokens"][0]["value"] == {"y": 2}
        server.kill()
        server.start()
        assert server.call("GET", f"{path}/")[1]["status"] == "paused"
        found = server.call("GET", f"{path}/tokens/")[1]
        assert found["tokens"][0]["value"] == {"y": 2}
        put(server, f"{path}/breakpoints/", {"breakpoints": []})
        ended = server.call("POST", f"{path}/continue/", {"wait": 60})[1]
        assert ended["status"] == "succeeded"
        assert server.call("GET", f"{path}/")[1]["outputs"] == {"got": {"y": 2, "x": 1}}
        told = server.call("GET", f"{path}/events/")[1]["events"]
        assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
        assert [it["type"] for it in told].count("breakpoint.hit") == 1
    finally:
        server.stop()
