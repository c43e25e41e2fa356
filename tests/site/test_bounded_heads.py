"""Requests at uvicorn whose heads are too large, or do not get whole."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from uvicorn.server import ServerState

from conductor_site import bounded_heads
from conductor_site.bounded_heads import BoundedProtocol
from tests.patience import PATIENCE
from tests.serving import Server

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LINE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hi"})


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"no"})


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    async for number in serving(hello):
        yield number


@pytest_asyncio.fixture
async def refusing() -> AsyncIterator[int]:
    async for number in serving(refuse):
        yield number


async def serving(app: Any) -> AsyncIterator[int]:
    config = uvicorn.Config(app, lifespan="off", log_level="critical")
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedProtocol(config, state, {}, loop), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    for connection in list(state.connections):
        connection.transport.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Read the first line of what comes; nothing where the connection is closed."""
    try:
        return await asyncio.wait_for(reader.readline(), 5)
    except ConnectionError:
        return b""


async def test_several_requests_on_a_connection_are_answered(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        for part in (LINE[:20], LINE[20:], b"X-A: " + b"y" * 30_000 + b"\r\n\r\n", b"{}"):
            writer.write(part)
            await writer.drain()
        assert await answer(reader) == b"HTTP/1.1 200 OK\r\n"
        await asyncio.wait_for(reader.readuntil(b"hi"), 5)
    writer.close()


@pytest.mark.parametrize("header", [b"X-A: y\r\n" * 10_000, b"X-A: " + b"y" * 1_000_000])
async def test_a_head_that_is_too_large_is_431(port: int, header: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(LINE + header)
    told = await answer(reader)
    assert told in {b"HTTP/1.1 431 Request Header Fields Too Large\r\n", b""}
    writer.close()


@pytest.mark.parametrize("begun", [b"", LINE, b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /"])
async def test_a_head_that_does_not_get_whole_ends_the_connection(
    port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_heads, "LONGEST", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    while await answer(reader):
        pass
    writer.close()


async def test_the_rest_of_a_request_that_is_answered_is_not_waited_for_forever(
    refusing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_heads, "LONGEST", 0.5)
    begun = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", refusing)
    writer.write(begun)
    assert await answer(reader) == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    loop = asyncio.get_running_loop()
    end = loop.time() + 30
    # A byte now and then keeps a connection alive.
    while not reader.at_eof():
        assert loop.time() < end, "it is still open"
        writer.write(b"a")
        with suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(reader.read(1000), 0.05)
    writer.close()


async def test_a_body_that_comes_after_its_answer_leaves_the_connection_to_the_next(
    refusing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_heads, "LONGEST", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", refusing)
    for wait in (0, 0.6):
        await asyncio.sleep(wait)
        writer.write(LINE + b"\r\n{")
        assert await answer(reader) == b"HTTP/1.1 413 Request Entity Too Large\r\n"
        await asyncio.wait_for(reader.readuntil(b"no"), 5)
        writer.write(b"}")
    writer.close()


@pytest.mark.server
def test_its_lines_have_the_form_of_all_others_and_strangers_write_none(tmp_path: Path) -> None:
    server = Server.installed(tmp_path / "home", CONDUCTOR_LOG_FORMAT="json")
    server.start("--server", "uvicorn")
    try:
        with socket.create_connection((server.host, server.port), PATIENCE) as stranger:
            stranger.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
            assert stranger.recv(1000).startswith(b"HTTP/1.1 400 ")
        # It fails where the port is taken, and says so itself.
        told = server.inside(
            "import logging\n"
            "from conductor_site.command import serve\n"
            f"try: serve.with_uvicorn({server.host!r}, {server.port}, print)\n"
            "except (SystemExit, AttributeError): pass\n"
            "print(logging.getLogger('uvicorn').handlers, logging.getLogger('uvicorn').propagate)"
        )
        assert told == "[] True"
    finally:
        assert server.stop() == 0
    assert "Invalid HTTP" not in "".join(server.output)
