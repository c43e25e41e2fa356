"""SIGKILL of the worker that listens: another does within 15 seconds, and nothing is doubled."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import uuid
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import redis
from paho.mqtt import publish as mqtt

from tests.forking import Forked
from tests.listeners import imap_server
from tests.listeners.servers_here import MQTT, REDIS, need_mqtt, need_redis
from tests.patience import PATIENCE, until
from tests.serving import COMMAND, ROOT, Server

pytestmark = [pytest.mark.server, pytest.mark.redis]


def mail(number: int) -> bytes:
    made = EmailMessage()
    made["Message-ID"], made["Subject"] = f"<{number}@shop.example>", str(number)
    made["From"], made["To"] = "ada@shop.example", "orders@example.com"
    return made.as_bytes()


@pytest.mark.skipif(not imap_server.installed(), reason="needs Dovecot (apt install dovecot-imapd)")
def test_another_worker_takes_over_what_a_killed_one_listened_to(tmp_path: Path) -> None:
    need_redis()
    need_mqtt()
    with imap_server.running() as mails:
        _kill_whoever_listens(tmp_path, mails.mailbox())


def _kill_whoever_listens(tmp_path: Path, box: imap_server.Mailbox) -> None:
    stream = f"conductor-tests-{uuid.uuid4().hex}"
    source = redis.Redis.from_url(REDIS)
    connections = f"orders={REDIS} plant={MQTT} office={box.url}"
    server = Server.installed(tmp_path / "home", CONDUCTOR_CONNECTIONS=connections)
    server.start()
    other: subprocess.Popen[str] | None = None

    def asked(question: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "home" / "db.sqlite3", timeout=10)) as database:
            return database.execute(question).fetchall()

    def numbers() -> list[int]:
        rows = asked("SELECT inputs FROM runner_run WHERE trigger = 'redis'")
        return sorted(int(json.loads(row[0])["fields"]["n"]) for row in rows)

    def mails() -> list[int]:
        rows = asked("SELECT inputs FROM runner_run WHERE trigger = 'email'")
        return sorted(int(json.loads(row[0])["subject"]) for row in rows)

    def readings() -> list[int]:
        rows = asked("SELECT inputs FROM runner_run WHERE trigger = 'mqtt'")
        return sorted(int(json.loads(row[0])["payload"]) for row in rows)

    def read(*values: int) -> None:
        told: list[Any] = [(stream, str(value), 1, False) for value in values]
        mqtt.multiple(told, hostname="127.0.0.1")

    def first_reading() -> bool:
        read(0)
        return bool(readings())

    try:
        parameters = {"connection": "orders", "name": stream, "begin": "all"}
        moves = {"connection": "office", "begin": "all", "after": "move", "move_to": "Done"}
        topic = {"connection": "plant", "topic": stream}
        document = {
            "format": "conductor/1",
            "name": "Orders",
            "nodes": {
                "start": {"kind": "trigger.redis", "parameters": parameters},
                "mail": {"kind": "trigger.email", "parameters": moves},
                "read": {"kind": "trigger.mqtt", "parameters": topic},
            },
            "edges": [],
        }
        made = server.call("POST", "/api/blueprints/", {"name": "O", "document": document})[1]
        assert server.call("POST", f"/api/blueprints/{made['id']}/publish/", {})[0] == 201
        source.xadd(stream, {"n": "0"})
        box.put(mail(0))
        until(lambda: numbers() == mails() == [0], "the first of each was taken")
        # A broker keeps for a listener what comes from its first subscription on.
        until(first_reading, "the first reading was taken")
        other = Forked(
            [*COMMAND, "worker"],
            cwd=ROOT,
            env=server.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert "is ready" in other.stdout.readline()
        before = asked("SELECT id, holder, epoch FROM runner_listener ORDER BY id")
        # It is killed with some taken, some read and not yet kept, and some not yet read.
        sent = 400
        for number in range(1, sent):
            source.xadd(stream, {"n": str(number)})
        read(*range(1, sent))
        posted = 20
        box.put(*(mail(number) for number in range(1, posted)))
        server.kill()
        source.xadd(stream, {"n": str(sent)})
        read(sent)
        box.put(mail(posted))
        had = len(mails())
        until(lambda: sent in numbers() and len(mails()) > had, "they were taken over")
        assert numbers() == list(range(sent + 1))
        until(lambda: sent in readings(), "all readings were taken")
        assert [it for it in readings() if it] == list(range(1, sent + 1))
        # A mail takes a few commands to the server and a commit, so many take their time.
        until(lambda: posted in mails(), "all mails were taken")
        assert mails() == list(range(posted + 1))
        # What the killed one had kept and not moved was moved, too.
        until(lambda: len(box.flags("Done")) == posted + 1 and not box.flags(), "all were moved")
        now = asked("SELECT id, holder, epoch FROM runner_listener ORDER BY id")
        assert all(one[1] != other[1] for one, other in zip(before, now, strict=True))
        assert [row[2] for row in now] == [row[2] + 1 for row in before]
    finally:
        server.kill()
        if other is not None:
            other.send_signal(signal.SIGKILL)
            other.wait(PATIENCE)
            if other.stdout is not None:
                other.stdout.close()
        source.delete(stream)
        source.close()
