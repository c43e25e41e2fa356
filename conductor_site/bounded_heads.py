"""Bounds for what uvicorn takes in of a request before anybody is asked about it, and after.

Its parser keeps headers of any number and length, for as long as they keep coming; and a
connection stays for as long as a byte comes now and then of a body that was refused long ago.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runner.webhooks.request import WHOLE

LARGEST = 64 * 1024
"""Bytes of a request's line and headers, beside what arrives in one piece with their end."""

LONGEST = 30.0  # seconds until they are complete, and for the rest of what was answered before
_WHOLE: dict[str, dict[str, object]] = {WHOLE: {}}
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """A connection that is closed where a request's head is too large, or does not get whole."""

    _within_head = True
    _head = 0
    _late: asyncio.TimerHandle | None = None
    _whole = True
    _rest: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._late = self.loop.call_later(LONGEST, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and refuse a head that is too large."""
        super().data_received(data)
        if not self._within_head:
            if self._late is not None:
                self._late.cancel()
                self._late = None
            return
        self._head += len(data)
        if self._head > LARGEST and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._late is None:
            self._late = self.loop.call_later(LONGEST, self.transport.close)

    def on_message_begin(self) -> None:
        """Begin a request's head."""
        self._within_head, self._head, self._whole = True, 0, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End it."""
        self._within_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request whose body is here: reading it needs no time limit any more."""
        self.scope["extensions"] = _WHOLE  # type: ignore[typeddict-item]
        self._whole = True
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the rest of a request that was answered before it was whole."""
        super().on_response_complete()
        # Where requests follow each other unasked, the newest may have no answer yet.
        if not self._whole and self.cycle.response_complete:
            self._rest = self.loop.call_later(LONGEST, self.transport.close)

    def _stop_waiting(self) -> None:
        for handle in (self._late, self._rest):
            if handle is not None:
                handle.cancel()
        self._late = self._rest = None
