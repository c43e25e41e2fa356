"""Asks the application about requests that Daphne has read whole, without Daphne's queues.

For each request Daphne makes a queue, puts all of the body into it, and keeps the request until
its next look a second later. A body that is there already needs no queue, and a request that
was answered need not be kept: so an answer costs less, and a large body lies in memory once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from daphne.http_protocol import WebRequest
from daphne.utils import HEADER_NAME_RE, INVALID_HEADER_VALUE_BYTES

from runner.webhooks.request import LONGEST, PREFIX, WHOLE

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]

PART = 256 * 1024
"""Bytes of a body that the application is given at a time."""

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_INVALID = bytes(INVALID_HEADER_VALUE_BYTES)
_ROOT_PATH = b"daphne-root-path"
_EXTENSIONS: dict[str, dict[str, Any]] = {WHOLE: {}}


class WholeRequest(WebRequest):  # type: ignore[misc]
    """A request that is its own ASGI connection; one that becomes a websocket is left to Daphne."""

    _response_started: bool

    def __init__(self, *values: Any, **words: Any) -> None:
        super().__init__(*values, **words)
        self._begun = time.monotonic()
        self._unread = 0
        self._asked = False
        self._too_slow = False
        self._gone: asyncio.Future[None] | None = None

    def process(self) -> Any:
        """Ask the application, or refuse what is no sound request."""
        upgrade = self.requestHeaders.getRawHeaders(b"upgrade")
        if upgrade and upgrade[0].lower() == b"websocket":
            return super().process()
        self.request_start = time.time()
        try:
            scope = self._scope()
        except ValueError as error:
            self.basic_error(400, b"Bad Request", str(error))
            return None
        self._unread = self.content.seek(0, 2)
        self.content.seek(0)
        asked = self.server.application(scope, self._receive, self._send)
        task = asyncio.get_running_loop().create_task(asked)
        # Where Daphne looks for what it has to end when it stops.
        self.server.connections[self]["application_instance"] = task
        task.add_done_callback(self._answered)
        return None

    def _scope(self) -> dict[str, Any]:
        """Return the ASGI scope. Raises ValueError with what is wrong in plain words."""
        root_path, headers = self.server.root_path, []
        for raw_name, values in self.requestHeaders.getAllRawHeaders():
            name = _header_name(raw_name)
            for value in values:
                if len(value.translate(None, _INVALID)) != len(value):
                    raise ValueError("Invalid header value")
                if name == _ROOT_PATH:
                    root_path = unquote(value.decode("ascii"))
                elif name:
                    headers.append((name, value))
        path, found, query = self.uri.partition(b"?")
        if not path.isascii():
            self.path = b"/"
            raise ValueError("Invalid characters in path")
        if found and not query.isascii():
            raise ValueError("Invalid query string")
        if hasattr(self.client, "port"):
            self.client_addr = [self.client.host, self.client.port]
            self.server_addr = [self.host.host, self.host.port]
        self.client_scheme = "https" if self.isSecure() else "http"
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": self.clientproto.rpartition(b"/")[2].decode("ascii"),
            "method": self.method.decode("ascii"),
            "path": unquote(self.path.decode("ascii")),
            "raw_path": self.path,
            "root_path": root_path,
            "scheme": self.client_scheme,
            "query_string": query,
            "headers": headers,
            "client": self.client_addr,
            "server": self.server_addr,
            "extensions": _EXTENSIONS,
        }

    async def _receive(self) -> Message:
        """Return the next part of the body; after the last, wait for the end of the connection.

        Raises TimeoutError where the body has taken too long to come.
        """
        if self._is_over():
            return {"type": "http.disconnect"}
        if self._too_slow:
            raise TimeoutError
        if self._unread or not self._asked:
            self._asked = True
            body = self.content.read(PART)
            self._unread = self._unread - len(body) if body else 0
            return {"type": "http.request", "body": body, "more_body": self._unread > 0}
        if self._gone is None or self._gone.done():
            self._gone = asyncio.get_running_loop().create_future()
        await self._gone
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        """Write a message of the answer; nothing, where nobody listens any more."""
        if self._is_over():
            return
        if message["type"] == "http.response.start":
            if self._response_started:
                raise ValueError("The response has been started already.")
            self.setResponseCode(message["status"])
            for name, value in message.get("headers", ()):
                self.responseHeaders.addRawHeader(name, value)
            if self.server.server_name and not self.responseHeaders.hasHeader(b"server"):
                self.responseHeaders.addRawHeader(b"server", self.server.server_name.encode())
            self._response_started = True
        elif message["type"] == "http.response.body":
            if not self._response_started:
                raise ValueError("The response has not been started.")
            self.write(message.get("body", b""))
            if message.get("more_body", False):
                # A stream may last; what is bounded is how long it says nothing.
                self.request_start = time.time()
            else:
                self.finish()
        else:
            raise ValueError(f"A response has no message {message['type']!r}.")

    def _is_over(self) -> bool:
        return bool(self.finished or self.channel is None)

    def _answered(self, task: asyncio.Task[None]) -> None:
        """Forget the request, or say that the application has not answered it."""
        kept = self.server.connections.get(self, {})
        if kept.get("application_instance") is not task:
            return  # Daphne has seen to it
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("Exception inside application: %s", error, exc_info=error)
        if not self._is_over():
            if self._response_started:
                # Half an answer must not look like a whole one.
                self.channel.loseConnection()
            else:
                self.basic_error(500, b"Internal Server Error", "Exception inside application.")
        del kept["application_instance"]
        if "disconnected" in kept:
            del self.server.connections[self]

    def check_timeouts(self) -> None:
        """End what takes too long: the answer, and also a request that does not get whole."""
        limit = self.server.http_timeout
        # Twisted tells a request its own path only when all of it is there.
        is_hook = getattr(self.channel, "_path", b"").startswith(PREFIX.encode())
        if is_hook:
            limit = min(limit, LONGEST)
        if not hasattr(self, "request_start") and time.monotonic() - self._begun > limit:
            if self.channel is not None:
                begun = self.content is not None and self.channel.requests[0] is self
                if begun and is_hook:
                    self._ask_without_body()
                    return
                if begun:
                    self.channel.transport.write(_TOO_SLOW)
                self.channel.loseConnection()
        else:
            super().check_timeouts()

    def _ask_without_body(self) -> None:
        """Ask about a request that does not get whole: a webhook keeps that it came."""
        self._too_slow = True
        self.channel.persistent = False
        self.responseHeaders.setRawHeaders(b"connection", [b"close"])
        self.channel.allContentReceived()

    def finish(self) -> None:
        """End the answer, and tell who waits for the end of the connection."""
        super().finish()
        self._let_go()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """Tell who waits for the end of the connection."""
        super().connectionLost(reason)
        self._let_go()

    def _let_go(self) -> None:
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)


@lru_cache(maxsize=1024)
def _header_name(raw: bytes) -> bytes:
    """Return the name in lower case; nothing for one with a `_` (CVE-2015-0219)."""
    if not HEADER_NAME_RE.fullmatch(raw):
        raise ValueError("Invalid header name")
    return b"" if b"_" in raw else raw.lower()
