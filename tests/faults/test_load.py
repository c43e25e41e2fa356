"""Nodes that take much and callers who come all at once: the server goes on in bounded memory."""

from __future__ import annotations

import json
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from websockets.sync.connection import Connection

from tests.faults.conductor import ENDS, Conductor, append, document, wait
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.server

MB = 1_000_000


def setting(value: str) -> dict[str, Any]:
    return {"kind": "data.set", "parameters": {"fields": {"a": value}}}


# Drawings that ask for much: what becomes of the run, and a word of the reason.
HEAVY: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "a file beyond the limit": (
        [{"kind": "file.read", "parameters": {"path": "big.bin"}}],
        "failed",
        "larger than",
    ),
    "huge logs": (
        [{"kind": "log.message", "parameters": {"message": "{{ 'x' * 900000 }}"}}] * 8,
        "succeeded",
        "",
    ),
    "huge values": ([setting("{{ 'x' * 900000 }}")] * 8, "succeeded", ""),
    "endless work": (
        [setting("{{ sum([i * j for i in range(1000) for j in range(1000)]) }}")],
        "failed",
        "too much work",
    ),
    "a giant text": ([setting("{{ 'x' * 10 ** 9 }}")], "failed", ""),
    "a giant number": ([setting("{{ 9 ** 9 ** 9 }}")], "failed", ""),
}


def test_heavy_nodes_hold_nobody_up_and_leave_memory_bounded(live: Conductor) -> None:
    with (live.home / "files" / "big.bin").open("wb") as file:
        file.truncate(500 * MB)
    held = live.memory()
    slowest = 0.0
    for name, (nodes, status, word) in HEAVY.items():
        run = live.start_run(live.make(document(name, *nodes)))
        while (shown := live.run_of(run))["status"] not in ENDS:
            slowest = max(slowest, live.ask("GET", "/healthz").seconds)
        assert shown["status"] == status, (name, shown["error"])
        if status == "failed":
            assert shown["error"]["node"] == "node0"
            assert word in shown["error"]["message"]
        live.ended(run)
    assert slowest < 1, "others are answered meanwhile"
    assert live.memory() - held < 150 * MB


def test_a_node_that_finds_the_disk_full_fails_with_the_reason(live: Conductor) -> None:
    most = 64 * MB  # enough for the database, not for the file
    big = live.home / "files" / "big.txt"
    with big.open("wb") as file:
        file.truncate(most)
    resource.prlimit(live.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        run = live.ended(live.start_run(live.make(document("Big", append("x", "big.txt")))))
    finally:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(live.pid, resource.RLIMIT_FSIZE, unlimited)
    assert run["status"] == "failed"
    assert run["error"]["node"] == "node0"
    assert "big.txt" in run["error"]["message"], run["error"]
    assert big.stat().st_size == most


def test_two_hundred_runs_and_two_hundred_sockets_at_once(live: Conductor) -> None:
    blueprint = live.make(document("Many", wait(0.2), append("x\n", "many.txt")))
    path = f"/api/blueprints/{blueprint}/runs/"
    cookie = live.session()
    held = live.memory()
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: live.ask("POST", path, {"draft": True}), range(200)))
        # Whoever finds the database busy for longer than two seconds is told to come again.
        accepted = [answer.body["id"] for answer in answers if answer.status == 201]
        assert all(answer.status in {201, 503} for answer in answers)
        assert len(accepted) > 100

        def follow(number: int) -> Connection:
            page = live.socket(cookie)
            run = accepted[number % len(accepted)]
            page.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
            assert json.loads(page.recv(timeout=PATIENCE))["events"][0]["seq"] == 1
            return page

        pages = list(callers.map(follow, range(200)))
        for page in pages:
            # Without a word. To close it would not end it: a thread of the page's still reads.
            page.socket.shutdown(socket.SHUT_RDWR)
        lines = live.home / "files" / "many.txt"

        def over() -> bool:
            return lines.exists() and len(lines.read_text().split()) == len(accepted)

        until(over, "every accepted run has written its line")

    def unfinished() -> set[str]:
        runs = live.ask("GET", f"/api/runs/?blueprint={blueprint}&limit=200").body["results"]
        assert {run["id"] for run in runs} == set(accepted)
        return {run["id"] for run in runs if run["status"] != "succeeded"}

    until(lambda: not unfinished(), "every accepted run has succeeded")
    with live.socket(cookie) as page:
        page.send(json.dumps({"type": "subscribe", "run": accepted[0], "after": 0}))
        assert json.loads(page.recv(timeout=PATIENCE))["type"] == "events"
    assert live.memory() - held < 150 * MB
