"""Webhooks at the real server: what its sockets refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving import Server

pytestmark = pytest.mark.server

DOCUMENT = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "respond_node"}},
        "end": {"kind": "webhook.respond", "parameters": {"body": "{{ input.body }}"}},
    },
    "edges": ["hook.out -> end.in"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server.installed(tmp_path_factory.mktemp("home"))
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


def test_the_real_server_refuses_a_wrong_signature(server: Server, webhook: dict[str, Any]) -> None:
    path = webhook["url"].removeprefix(server.url)
    status, answer = server.call("POST", path, b"{}", {"X-Signature-256": "0" * 64})
    assert (status, answer["code"]) == (401, "unauthorized")


def test_the_real_server_refuses_what_is_too_large(server: Server, webhook: dict[str, Any]) -> None:
    path = webhook["url"].removeprefix(server.url)
    assert server.call("POST", path, b"x" * (1024 * 1024 + 1))[0] == 413
