"""A browser's end of a socket, with the patience that a slow machine needs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

from channels.testing import WebsocketCommunicator

from tests.patience import PATIENCE


class Wire(WebsocketCommunicator):  # type: ignore[misc]
    """A socket whose waits end a test only where nothing ever comes.

    Channels' own gives each wait one second and then ends the consumer that was waited for.
    """

    async def connect(self, timeout: float = PATIENCE) -> tuple[bool, Any]:
        """Return whether the consumer took the socket, and the subprotocol or the code."""
        return cast("tuple[bool, Any]", await super().connect(timeout))

    async def receive_output(self, timeout: float = PATIENCE) -> dict[str, Any]:
        """Return the next message of the consumer's, whatever its type."""
        return cast("dict[str, Any]", await super().receive_output(timeout))

    async def receive_from(self, timeout: float = PATIENCE) -> str:
        """Return the text of the next message; fail where the socket closes instead."""
        return cast("str", await super().receive_from(timeout))

    async def disconnect(self, code: int = 1000, timeout: float = PATIENCE) -> None:
        """Close the socket and wait until the consumer has done with it."""
        await super().disconnect(code, timeout)

    async def leave(self) -> None:
        """Close the socket at the end of a test.

        A consumer that a failed wait has ended says so by CancelledError, which would keep pytest
        from tidying up whatever else the test had, so that later tests failed as well.
        """
        with suppress(asyncio.CancelledError):
            await self.disconnect()

    async def closed_with(self) -> int:
        """Return the code with which the server closes, whatever it says before."""
        while (output := await self.receive_output())["type"] != "websocket.close":
            pass
        return int(output["code"])
