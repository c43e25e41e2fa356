"""Daphne's requests, asked of an application that answers in every way, over real connections."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forking import Forked

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import asyncio, sys

async def application(scope, receive, send):
    path = scope["path"]
    if path == "/late":
        await receive()
        print((await receive())["type"], flush=True)
        return
    size, parts, more = 0, 0, True
    while more:
        try:
            message = await receive()
        except TimeoutError:
            await send({"type": "http.response.start", "status": 408, "headers": []})
            await send({"type": "http.response.body", "body": b"told by the webhook"})
            return
        size, parts, more = size + len(message["body"]), parts + 1, message["more_body"]
    if path == "/silent":
        return
    if path == "/boom":
        raise RuntimeError("it broke")
    text = f"{scope['method']} {size} {parts} {scope['query_string'].decode()} {scope['headers']}"
    body = text.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [
        (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    if path == "/half":
        raise RuntimeError("it broke in the middle")
    await send({"type": "http.response.body", "body": body[5:]})

import django
django.setup()

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor
from conductor_site import whole_requests
from conductor_site.large_bodies import bound

whole_requests.LONGEST = 1

def ready():
    bound(server)
    server.http_factory.timeOut = 8
    print(server.listening_addresses[0][1], flush=True)

server = Server(application, endpoints=build_endpoint_description_strings(host="127.0.0.1", port=0),
    ready_callable=lambda: reactor.callLater(0.1, ready), http_timeout=5, verbosity=0)
server.run()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVER]
    environment = {
        **os.environ,
        "CONDUCTOR_HOME": str(tmp_path_factory.mktemp("home")),
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    with Forked(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def port(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    return int(server.stdout.readline())


def told(port: int, request: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_an_answer_comes_whole_with_what_was_asked(port: int) -> None:
    answer = told(port, request("POST", "/?a=1", b"x" * 10, "X_Forged: 1", "X-Real: 2"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"POST 10 1 a=1 " in answer
    assert b"x-real" in answer
    assert b"forged" not in answer  # CVE-2015-0219


def test_a_large_body_comes_in_parts(port: int) -> None:
    assert b"POST 1000000 4  " in told(port, request("POST", "/", b"x" * 1_000_000))


def test_the_answer_to_head_has_no_body(port: int) -> None:
    head, _, body = told(port, request("HEAD", "/")).partition(b"\r\n\r\n")
    assert b"Content-Length:" in head
    assert body == b""


def test_two_requests_on_one_connection_are_answered_in_their_order(port: int) -> None:
    first = request("GET", "/?n=1").replace(b"Connection: close\r\n", b"")
    answer = told(port, first + request("GET", "/?n=2"))
    assert answer.index(b"n=1") < answer.index(b"n=2")


@pytest.mark.parametrize("path", ["/boom", "/silent"])
def test_an_application_that_does_not_answer_is_a_500_at_once(port: int, path: str) -> None:
    assert told(port, request("GET", path)).startswith(b"HTTP/1.1 500 ")


def test_half_an_answer_does_not_look_like_a_whole_one(port: int) -> None:
    answer = told(port, request("GET", "/half").replace(b"Connection: close\r\n", b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert len(body) == 5 < length


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n", b"Invalid characters in path"),
        (b"GET /?\xc3\xa4 HTTP/1.1\r\nHost: x\r\n", b"Invalid query string"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n", b"Invalid header value"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX{A}: a\r\n", b"Invalid header name"),
    ],
)
def test_what_is_no_sound_request_is_refused(port: int, line: bytes, says: bytes) -> None:
    answer = told(port, line + b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert says in answer or b"Bad Request" in answer


@pytest.mark.parametrize(
    ("begun", "says"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nX-A: ", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nxx", b"HTTP/1.1 408 "),
    ],
)
def test_a_request_that_does_not_get_whole_is_dropped(port: int, begun: bytes, says: bytes) -> None:
    answer = told(port, begun)
    assert answer.startswith(says) if says else not answer


@pytest.mark.parametrize(
    "body", [b"Content-Length: 100\r\n\r\nxx", b"Transfer-Encoding: chunked\r\n\r\n5\r\nx"]
)
def test_a_webhooks_request_must_get_whole_sooner_and_is_told_where_it_does_not(
    port: int, body: bytes
) -> None:
    began = time.monotonic()
    answer = told(port, b"POST /hooks/x HTTP/1.1\r\nHost: x\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"told by the webhook" in answer
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "begun", [b"GET /" + b"a" * 20_000, b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000]
)
def test_a_line_that_is_too_long_is_told_so(port: int, begun: bytes) -> None:
    assert told(port, begun).startswith(b"HTTP/1.1 431 ")


def test_who_sends_the_first_line_byte_by_byte_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.settimeout(0.2)
        began = time.monotonic()
        while time.monotonic() - began < 20:
            try:
                connection.sendall(b"G")
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert time.monotonic() - began < 20


def test_an_application_hears_that_the_caller_has_gone(
    server: subprocess.Popen[str], port: int
) -> None:
    assert server.stdout is not None
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(request("GET", "/late"))
    assert server.stdout.readline() == "http.disconnect\n"
