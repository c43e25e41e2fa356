"""Long events and many of them, through the sockets of the real servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.patience import PATIENCE
from tests.serving import Server

pytestmark = pytest.mark.server
TURNS = 3000
DOCUMENT = {
    "format": "conductor/1",
    "name": "Much",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "count": {"kind": "data.set", "parameters": {"fields": {"n": "{{ input.n + 1 }}"}}},
        "more": {"kind": "flow.if", "parameters": {"condition": f"{{{{ input.n < {TURNS} }}}}"}},
        "long": {
            "kind": "data.set",
            "parameters": {"fields": {"text": "{{ 'ü' * 500000 }}", "n": "{{ input.n }}"}},
        },
    },
    "edges": [
        "start.out -> count.in",
        "count.out -> more.in",
        "more.true -> count.in",
        "more.false -> long.in",
    ],
}


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = Server.installed(tmp_path / "home")
    server.start("--server", request.param)
    yield server
    server.stop()


async def watch(server: Server, run: str) -> list[dict[str, Any]]:
    """Return all events of a run, as a page gets them."""
    headers = {"Cookie": server.session(), "Origin": server.url}
    url = server.url.replace("http://", "ws://") + "/ws/"
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE), connect(url, additional_headers=headers) as socket:
        await socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
        while not events or events[-1]["type"] != "run.succeeded":
            message = json.loads(await socket.recv())
            if message["type"] == "resync":
                last = events[-1]["seq"]
                await socket.send(json.dumps({"type": "subscribe", "run": run, "after": last}))
            else:
                assert message["type"] == "events"
                events += message["events"]
    return events


def test_a_page_gets_each_event_once_however_many_or_long_they_are(server: Server) -> None:
    created = {"name": "Much", "document": DOCUMENT}
    _, blueprint = server.call("POST", "/api/blueprints/", created)
    for _ in range(2):
        path = f"/api/blueprints/{blueprint['id']}/runs/"
        _, run = server.call("POST", path, {"inputs": {"n": 0}, "draft": True})
        events = asyncio.run(watch(server, run["id"]))
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert len(events) > 2 * TURNS
        (long,) = (event for event in events if event["step"] == "long")
        out = long["data"]["outputs"]["out"]
        cut = out.pop("text")["$cut"]
        assert out == {"n": TURNS}
        assert cut["size"] > 500_000
        path = f"/api/runs/{run['id']}/values/?seq={cut['seq']}&at=/{'/'.join(cut['path'])}"
        assert server.get(f"{path}&whole=true")[1] == "ü" * 500_000
