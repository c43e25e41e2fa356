"""SIGKILL of the worker that listens: another does within 15 seconds, and nothing is doubled."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.serving import COMMAND, ROOT, Server

pytestmark = [pytest.mark.server, pytest.mark.redis]

TAKEN_OVER = 15.0  # seconds


def test_another_worker_takes_over_what_a_killed_one_listened_to(tmp_path: Path) -> None:
    stream = f"conductor-tests-{uuid.uuid4().hex}"
    source = redis.Redis.from_url("redis://127.0.0.1:6379/9")
    server = Server.installed(
        tmp_path / "home", CONDUCTOR_CONNECTIONS="orders=redis://127.0.0.1:6379/9"
    )
    server.start()
    other: subprocess.Popen[str] | None = None

    def asked(question: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "home" / "db.sqlite3", timeout=10)) as database:
            return database.execute(question).fetchall()

    def until(question: Callable[[], bool], within: float) -> float:
        began = time.monotonic()
        while not question():
            assert time.monotonic() < began + within, "it did not come about in time"
            time.sleep(0.02)
        return time.monotonic() - began

    def numbers() -> list[int]:
        rows = asked("SELECT inputs FROM runner_run WHERE trigger = 'redis'")
        return sorted(int(json.loads(row[0])["fields"]["n"]) for row in rows)

    try:
        parameters = {"connection": "orders", "name": stream, "begin": "all"}
        document = {
            "format": "conductor/1",
            "name": "Orders",
            "nodes": {"start": {"kind": "trigger.redis", "parameters": parameters}},
            "edges": [],
        }
        made = server.call("POST", "/api/blueprints/", {"name": "O", "document": document})[1]
        assert server.call("POST", f"/api/blueprints/{made['id']}/publish/", {})[0] == 201
        source.xadd(stream, {"n": "0"})
        until(lambda: numbers() == [0], 20)
        other = subprocess.Popen(
            [*COMMAND, "worker"],
            cwd=ROOT,
            env=server.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert "is ready" in other.stdout.readline()
        (holder,) = asked("SELECT holder, epoch FROM runner_listener")
        # It is killed with some taken, some read and not yet kept, and some not yet read.
        sent = 400
        for number in range(1, sent):
            source.xadd(stream, {"n": str(number)})
        server.kill()
        source.xadd(stream, {"n": str(sent)})
        assert until(lambda: sent in numbers(), TAKEN_OVER) < TAKEN_OVER
        assert numbers() == list(range(sent + 1))
        (now,) = asked("SELECT holder, epoch FROM runner_listener")
        assert now[0] != holder[0]
        assert now[1] == holder[1] + 1
    finally:
        server.kill()
        if other is not None:
            other.send_signal(signal.SIGKILL)
            other.wait(10)
            if other.stdout is not None:
                other.stdout.close()
        source.delete(stream)
        source.close()
