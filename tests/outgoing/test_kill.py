"""A sender that is killed between sending and noting: the message comes again, with its id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.forking import finished
from tests.outgoing.receiver import receiving

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]

PREPARE = """
import django; django.setup()
from datetime import timedelta
from django.core.management import call_command
from runner.outgoing import claiming
claiming.LEASE = timedelta(seconds=1)
"""
FIRST = """
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from runner.models import Endpoint
from runner.outgoing.endpoints import create_endpoint
from runner.outgoing.messages import keep
import os, signal, sys
endpoint = Endpoint(owner=User.objects.create_user("ada"), name="Shop", url=sys.argv[1])
print(create_endpoint(endpoint), flush=True)
keep(endpoint, "once", "a.b", {})
claiming.note = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
SECOND = """
from runner.models import OutgoingMessage
noted = claiming.note
def note(*given):
    noted(*given)
    message = OutgoingMessage.objects.get()
    print(message.status, message.attempts.count(), flush=True)
    os._exit(0)
import os
claiming.note = note
"""
SEND = """
import asyncio
from runner.outgoing.sender import keep_sending
asyncio.run(asyncio.wait_for(keep_sending(), 20))
"""


def test_a_message_whose_sender_was_killed_comes_again_with_the_same_id(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "CONDUCTOR_HOME": str(tmp_path),
        "CONDUCTOR_HTTP_ALLOW": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    environment.pop("CONDUCTOR_DATABASE_URL", None)

    def process(code: str, url: str) -> subprocess.CompletedProcess[str]:
        text = textwrap.dedent(PREPARE + code + SEND)
        command = [sys.executable, "-c", text, url]
        return finished(command, cwd=ROOT, env=environment, timeout=60)

    with receiving() as receiver:
        first = process(FIRST, receiver.url)
        assert first.returncode == -signal.SIGKILL, first.stderr
        secret = first.stdout.strip()
        assert len(receiver.got) == 1
        second = process(SECOND, receiver.url)
        assert second.stdout == "delivered 1\n", second.stderr
    ids = [got.headers["webhook-id"] for got in receiver.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    for got in receiver.got:
        got.verified_by(secret)
