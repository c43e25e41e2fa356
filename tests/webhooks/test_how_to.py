"""The examples of docs/how-to/webhooks.md, run against the real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, Server

pytestmark = pytest.mark.server

PAGE = (ROOT / "docs" / "how-to" / "webhooks.md").read_text()
DOCUMENT = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "respond_node"}},
        "end": {"kind": "webhook.respond", "parameters": {"body": "{{ input.body }}"}},
    },
    "edges": ["hook.out -> end.in"],
}


def example(language: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def webhook(server: Server) -> dict[str, Any]:
    body = {"name": "Orders", "document": DOCUMENT}
    blueprint = server.call("POST", "/api/blueprints/", body)[1]["id"]
    assert server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})[0] == 201
    asked = {"blueprint": blueprint, "node": "hook", "authentication": "hmac"}
    status, made = server.call("POST", "/api/webhooks/", asked)
    assert status == 201, made
    return dict(made)


def run(command: list[str], webhook: dict[str, Any]) -> Any:
    environment = {**os.environ, "ADDRESS": webhook["url"], "SECRET": webhook["secret"]}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    return json.loads(done.stdout)


def test_the_terminal_example_gets_its_answer(webhook: dict[str, Any]) -> None:
    assert run(["sh", "-c", example("sh")], webhook) == {"order": 17}


def test_the_python_example_gets_its_answer(webhook: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example("python"))
    assert run([sys.executable, str(script)], webhook) == {"order": 18}


def test_the_real_server_refuses_a_wrong_signature(server: Server, webhook: dict[str, Any]) -> None:
    path = webhook["url"].removeprefix(server.url)
    status, answer = server.call("POST", path, b"{}", {"X-Signature-256": "0" * 64})
    assert (status, answer["code"]) == (401, "unauthorized")


def test_the_real_server_refuses_what_is_too_large(server: Server, webhook: dict[str, Any]) -> None:
    path = webhook["url"].removeprefix(server.url)
    assert server.call("POST", path, b"x" * (1024 * 1024 + 1))[0] == 413
