"""One node of a kind, run by the real engine: with parameters, an input, a folder and a server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.engine import HostResources, run
from runner.graph import compile, load
from runner.nodes import node_types

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
Once = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def once(tmp_path: Path) -> Once:
    """Run one node and return the data of the event that ended its step."""

    async def once(
        kind: str,
        parameters: dict[str, Any] | None = None,
        value: Any = None,
        allow: frozenset[str] = frozenset(),
        **settings: Any,
    ) -> dict[str, Any]:
        document = {
            "nodes": {
                "start": {"kind": "trigger.manual"},
                "it": {"kind": kind, "parameters": parameters or {}, "settings": settings},
            },
            "edges": ["start.out -> it.in"],
        }
        result = await run(
            compile(load(document), node_types()),
            value,
            run_id="r1",
            resources=HostResources(files=tmp_path / "files", http_allow=allow),
        )
        (ended,) = (
            event
            for event in result.events
            if event.step == "it" and event.type in ("step.succeeded", "step.failed")
        )
        return dict(ended.data)

    (tmp_path / "files").mkdir()
    return once


class Site:
    """A real server on this machine: paths and what answers there; `seen` is what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections: set[Any] = set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                site.connections.add(self.client_address)
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.seen.append((self.command, self.path, headers, body))
                site.answers[self.path.partition("?")[0]](self, body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.allow = frozenset({f"127.0.0.1:{self.port}"})
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def on(self, path: str, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Answer at a path; a header's underscores are hyphens."""

        def answer(handler: BaseHTTPRequestHandler, asked: bytes) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
async def closed_port() -> int:
    """A port of this machine on which nothing listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
