"""Bounds for what Daphne takes in: it reads whole requests before anybody is asked about them."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson

from conductor_site.whole_requests import WholeRequest

logger = logging.getLogger(__name__)

# The largest body that a webhook's trigger may allow; all others are smaller.
LARGEST = 64 * 1024 * 1024
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_HOOKS = b"/hooks/"
_TITLES = {413: "Request Entity Too Large", 507: "Insufficient Storage"}
_PROBLEMS = {
    413: ("too_large", f"The body is larger than {LARGEST // 1024 // 1024} MiB."),
    507: ("storage_full", "The server has no space for a body of this size now."),
}


def bound(server: Any) -> None:
    """Have a Daphne server, whose listening has begun, refuse bodies beyond `LARGEST`."""
    build = server.http_factory.buildProtocol

    def build_bounded(address: Any) -> Any:
        protocol = build(address)
        protocol.requestFactory = BoundedRequest
        # By itself it closes the connection where a line is too long, and says nothing.
        channel = protocol._channel
        channel.lineLengthExceeded = lambda line: _refuse_head(channel)
        # Nor would it ever cut off who sends the first line byte by byte; what follows is bounded.
        go_on = channel.resetTimeout
        channel.resetTimeout = lambda: go_on() if channel.requests else None
        return protocol

    # Daphne makes the factory itself and lets nobody choose another class of requests.
    server.http_factory.buildProtocol = build_bounded
    # Twisted would put a line for each request together, which nobody reads.
    server.http_factory.logFile = None


def _refuse_head(channel: Any) -> None:
    channel.transport.write(_HEAD_TOO_LARGE)
    channel.loseConnection()


class BoundedRequest(WholeRequest):
    """A request whose body is dropped, and which is refused, where it is too large."""

    def __init__(self, *values: Any, **words: Any) -> None:
        super().__init__(*values, **words)
        self._size = 0
        self._refusal = 0
        self._content_types: list[bytes] = []

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a part of the body; what is too large is read to its end, and not kept."""
        self._size += len(data)
        if self._refusal:
            return
        try:
            if self._size > LARGEST:
                self._drop(413)
            else:
                super().handleContentChunk(data)
        except OSError as error:
            logger.error("A body of a request cannot be kept (%s)", error)
            self._drop(507)

    def _drop(self, status: int) -> None:
        self._refusal = status
        self.content.seek(0)
        self.content.truncate()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Go on to `process`, without Twisted's own reading of forms.

        It would read them on the event loop, and answer those that are
        malformed itself, where the API and the webhooks say what is wrong.
        """
        self._content_types = self.requestHeaders.getRawHeaders(b"content-type", [])
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        """Ask the application, or refuse."""
        if self._content_types:
            self.requestHeaders.setRawHeaders(b"content-type", self._content_types)
        if self._refusal == 413 and self.path.startswith(_HOOKS):
            # A webhook keeps that it came, and refuses it by its length alone.
            self.requestHeaders.setRawHeaders(b"content-length", [b"%d" % self._size])
            self._refusal = 0
        if not self._refusal:
            return super().process()
        self.request_start = time.time()
        code, detail = _PROBLEMS[self._refusal]
        shown = {
            "type": "about:blank",
            "title": _TITLES[self._refusal],
            "status": self._refusal,
            "detail": detail,
            "code": code,
        }
        body = orjson.dumps(shown)
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
        ]
        self.handle_reply(
            {"type": "http.response.start", "status": self._refusal, "headers": headers}
        )
        self.handle_reply({"type": "http.response.body", "body": body})
        return None
