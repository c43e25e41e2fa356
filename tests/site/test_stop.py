"""Asked to stop, the site ends within seconds, whoever is connected; runs go on afterwards."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.faults.conductor import Answer, Conductor
from tests.patience import PATIENCE, until
from tests.serving import Server

pytestmark = pytest.mark.server
SOON = 10.0  # seconds after which supervisors lose their patience

LONG = {
    "format": "conductor/1",
    "name": "Long",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "when_finished"}},
        "count": {
            "kind": "data.set",
            "parameters": {
                "fields": {"n": "{{ input.get('n', 0) + 1 }}", "pad": "{{ 'x' * 5000 }}"}
            },
            "settings": {"max_firings": 1_000_000},
        },
        "rest": {
            "kind": "flow.wait",
            "parameters": {"seconds": 0.01},
            "settings": {"max_firings": 1_000_000},
        },
        "more": {
            "kind": "flow.if",
            "parameters": {"condition": "{{ input.n < 100000 }}"},
            "settings": {"max_firings": 1_000_000},
        },
    },
    "edges": [
        "start.out -> count.in",
        "hook.out -> count.in",
        "count.out -> rest.in",
        "rest.out -> more.in",
        "more.true -> count.in",
    ],
}


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = Server.installed(tmp_path / "home")
    server.start("--server", request.param)
    yield server
    server.kill()


class Callers:
    """Those who are connected when the server is asked to stop."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.server = server
        self.stack = stack
        self.cookie = server.session()
        self.pages: list[threading.Thread] = []

    def page(self, *messages: dict[str, Any], reads: bool = True) -> None:
        """Open the websocket of a page that follows what the messages say."""
        ready = threading.Event()
        url = self.server.url.replace("http://", "ws://") + "/ws/"
        headers = {"Cookie": self.cookie, "Origin": self.server.url}

        async def stay() -> None:
            async with connect(url, additional_headers=headers, max_queue=1) as page:
                for message in messages:
                    await page.send(json.dumps(message))
                ready.set()
                if not reads:
                    await asyncio.sleep(60)
                async for _ in page:
                    pass

        def live() -> None:
            with suppress(WebSocketException, OSError):
                asyncio.run(stay())

        threading.Thread(target=live, daemon=True).start()
        assert ready.wait(PATIENCE)

    def raw(self, text: str) -> None:
        """Send what is not, or not yet, a whole request; and read nothing."""
        made = socket.create_connection(("127.0.0.1", self.server.port))
        self.stack.callback(made.close)
        made.sendall(text.replace("\n", "\r\n").encode())

    def call(self, path: str, body: Any) -> None:
        """Make a request whose answer takes long."""

        def ask() -> None:
            with suppress(OSError):
                self.server.call("POST", path, body)

        threading.Thread(target=ask, daemon=True).start()


def events_of(server: Server, run: str) -> int:
    return int(server.get(f"/api/runs/{run}/")[1]["last_seq"])


def wait_for_events(server: Server, run: str, more_than: int) -> None:
    until(lambda: events_of(server, run) > more_than, f"{run} has more events")


@pytest.mark.parametrize(
    ("server", "by"),
    [("daphne", signal.SIGTERM), ("daphne", signal.SIGINT), ("uvicorn", signal.SIGTERM)],
    indirect=["server"],
)
def test_it_ends_soon_whoever_is_connected_and_its_runs_go_on(
    server: Server, by: signal.Signals
) -> None:
    body = {"name": "Long", "document": LONG}
    blueprint = server.call("POST", "/api/blueprints/", body)[1]["id"]
    assert server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})[0] == 201
    asked = {"blueprint": blueprint, "node": "hook", "authentication": "none"}
    hook = server.call("POST", "/api/webhooks/", asked)[1]["url"].removeprefix(server.url)
    start = f"/api/blueprints/{blueprint}/runs/"
    run = server.call("POST", start, {"trigger": "start"})[1]["id"]
    follow = {"type": "subscribe", "run": run, "after": 0}
    host = f"Host: 127.0.0.1:{server.port}\n"
    with ExitStack() as stack:
        callers = Callers(server, stack)
        callers.page()
        callers.page(follow, {"type": "subscribe", "blueprint": blueprint})
        callers.page(follow, reads=False)
        callers.raw("")
        callers.raw("GET / HTTP/1.1\nHost: 127")
        callers.raw(f"GET /healthz HTTP/1.1\n{host}\n")
        callers.raw(f"POST /api/blueprints/ HTTP/1.1\n{host}Content-Length: 100\n\n{{")
        callers.raw(f"POST {hook} HTTP/1.1\n{host}Content-Length: 100\n\n{{")
        callers.call(hook, {})
        callers.call(start, {"trigger": "start", "wait": 60})
        wait_for_events(server, run, 100)
        until(
            lambda: len(server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"]) >= 3,
            "all have started",
        )
        assert server.process is not None
        asked_at = time.monotonic()
        server.process.send_signal(by)
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - asked_at < SOON
    server.stop_reading()
    said = "".join(server.output)
    assert "Traceback" not in said
    assert "has not ended" not in said, said
    server.start()
    runs = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"]
    assert [it["status"] for it in runs] == ["running"] * 3
    for it in runs:
        wait_for_events(server, it["id"], events_of(server, it["id"]))


def test_a_thread_that_never_ends_does_not_keep_the_process() -> None:
    program = """
import threading, time
from concurrent.futures import ThreadPoolExecutor
from conductor_site.leaving import leave
ThreadPoolExecutor(1).submit(time.sleep, 600)
leave(within=0.5)
print("main is over", flush=True)
"""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "main is over\n")
    assert "has not ended within 0.5 s" in done.stderr
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("server", ["daphne", "uvicorn"], indirect=True)
def test_requests_under_way_keep_no_thread(server: Server) -> None:
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            with suppress(OSError, HTTPException):
                server.call("GET", "/api/node-types/")

    callers = [threading.Thread(target=ask, daemon=True) for _ in range(8)]
    for caller in callers:
        caller.start()
    time.sleep(1)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    status = server.process.wait(PATIENCE)
    ended.set()
    server.stop_reading()
    said = "".join(server.output)
    assert (status, "Traceback" in said, "has not ended" in said) == (0, False, False), said


def test_a_webhooks_caller_who_is_cut_off_at_a_stop_is_told_to_ask_again(tmp_path: Path) -> None:
    conductor = Conductor.installed(
        tmp_path / "home", CONDUCTOR_DRAIN_SECONDS="1", CONDUCTOR_DATABASE_TIMEOUT="30"
    )
    conductor.start("--server", "uvicorn")
    try:
        hook = conductor.webhook({"kind": "data.set", "parameters": {"fields": {"x": 1}}})
        told: list[Answer] = []
        caller = threading.Thread(
            target=lambda: told.append(conductor.ask("POST", hook, {"a": 1})), daemon=True
        )
        with conductor.locked():
            caller.start()
            time.sleep(1)
            assert told == []
            assert conductor.process is not None
            conductor.process.send_signal(signal.SIGTERM)
            caller.join(SOON)
        (answer,) = told
        assert (answer.status, answer.body["code"]) == (503, "stopping")
        assert (answer.headers["retry-after"], answer.is_problem) == ("1", True)
    finally:
        conductor.kill()
