"""Webhooks at the real server: what its sockets refuse."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

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


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Server]:
    server = Server.installed(tmp_path_factory.mktemp("home"))
    server.start("--server", request.param)
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


def test_what_no_webhook_may_take_is_kept_as_too_large_without_its_body(
    server: Server, webhook: dict[str, Any]
) -> None:
    place = urlsplit(webhook["url"])
    size = 64 * 1024 * 1024 + 1
    for chunked in (False, True):
        caller = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        body = iter([b"x" * size]) if chunked else b"x" * size
        caller.request("POST", place.path, body, encode_chunked=chunked)
        answer = caller.getresponse()
        assert (answer.status, json.loads(answer.read())["code"]) == (413, "too_large")
        caller.close()
    calls = server.get(f"/api/blueprints/{webhook['blueprint']}/calls/?node=hook")[1]["calls"]
    newest = [(it["verdict"], it["reason"][:13]) for it in calls[:2]]
    assert newest == [("too_large", "The body has ")] * 2
    assert str(size) in calls[1]["reason"]
    status, answer = server.call("POST", "/api/blueprints/", b"x" * size)
    assert (status, answer["code"]) == (413, "too_large")


def test_slow_senders_and_floods_of_headers_disturb_nobody(
    server: Server, webhook: dict[str, Any]
) -> None:
    path = webhook["url"].removeprefix(server.url)
    place = urlsplit(server.url)
    begun = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n".encode()
    with ExitStack() as stack:

        def connect(text: bytes) -> socket.socket:
            made = socket.create_connection((place.hostname, place.port), 10)
            stack.enter_context(made)
            made.sendall(text)
            return made

        for _ in range(50):
            connect(begun)  # headers that do not end
            connect(begun + b"\r\nhalf a body")
        flood = b"".join(b"X-%d: y\r\n" % number for number in range(40_000))
        try:
            told = connect(begun + flood + b"\r\n").recv(1000)
        except ConnectionError:
            told = b""
        assert told == b"" or told.split()[1][:1] == b"4", told
        deep = connect(
            b"GET /hooks/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        assert deep.recv(1000).split()[1] in {b"400", b"404"}
        began = time.monotonic()
        status, answer = server.call("POST", path, b"{}", {"X-Signature-256": "0" * 64})
        assert (status, answer["code"]) == (401, "unauthorized")
        assert time.monotonic() - began < 5
