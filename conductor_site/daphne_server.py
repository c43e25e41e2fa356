"""Daphne, ending as it should: who has asked something gets an answer before it goes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from daphne.server import Server
from twisted.internet import defer

SERVICE_RESTART = 1012  # a websocket's close code: connect again (registered at IANA by RFC 6455)
FLUSH = 0.1  # seconds in which the last bytes leave


class DrainingServer(Server):  # type: ignore[misc]
    """Daphne cuts off all requests when it is asked to stop; this gives them `drain` seconds."""

    drain = 0.0

    def kill_all_applications(self) -> Any:
        """Take no more connections, end what is under way, and then cut off what is left."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        until = time.monotonic() + self.drain
        for listener in self.listeners:
            # It is called back with the port that listens, at the start.
            listener.addCallback(lambda port: port and port.stopListening())
        for protocol in list(self.connections):
            if hasattr(protocol, "sendCloseFrame") and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=SERVICE_RESTART)
                # What its application still says would come behind the farewell.
                self.protocol_disconnected(protocol)
        # Over connections that stay open more may have been asked meanwhile.
        while (asked := self._under_way(answers_only=True)) and time.monotonic() < until:
            await asyncio.wait(asked, timeout=until - time.monotonic())
        await asyncio.sleep(FLUSH)
        left = self._under_way()
        for application in left:
            application.cancel()
        if left:
            await asyncio.wait(left)

    def _under_way(self, *, answers_only: bool = False) -> list[asyncio.Future[Any]]:
        """Return the applications that have not ended; of sockets only where these are wanted."""
        return [
            details["application_instance"]
            for protocol, details in self.connections.items()
            if "application_instance" in details
            and not details["application_instance"].done()
            and not (answers_only and hasattr(protocol, "sendCloseFrame"))
        ]
