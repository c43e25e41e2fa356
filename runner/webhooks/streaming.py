"""Tells a webhook's sender what a run says while it runs: server-sent events (HTML, 9.2).

`run` says where the run is to be seen, `partial` each part that a step gives
before its end, `end` how the run ended and its outputs. What else happens in
the run is its owner's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from django.db import Error as DatabaseError

from runner.engine.events import STEP_PROGRESSED, Event
from runner.journal.reader import JournalDamaged
from runner.webhooks.answers import SAFE
from runner.webhooks.ending import Ending
from runner.webhooks.request import Receive, Send
from runner.webhooks.starting import Started

logger = logging.getLogger(__name__)

ALIVE = 15.0  # seconds after which a silent stream says that it is there
LONGEST = 3600.0  # seconds that a stream lasts
MOST_WAITING = 1000
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Else nginx gathers what is meant to arrive at once.
    (b"x-accel-buffering", b"no"),
)


class Telling(Ending):
    """Gathers the parts that steps give, besides the run's end, for who reads them in time."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: deque[tuple[str, Any]] = deque(maxlen=MOST_WAITING)
        self.news = asyncio.Event()

    def take(self, events: Iterable[Event]) -> None:
        """Take the run's next events."""
        fresh = [event for event in events if event.seq > self.seq]
        for event in fresh:
            if event.type == STEP_PROGRESSED and "partial" in event.data:
                self.parts.append((event.step or "", event.data["partial"]))
        super().take(fresh)
        if fresh:
            self.news.set()


class Stream:
    """An answer that goes on until the run has ended, or the sender has gone."""

    def __init__(
        self,
        started: Started,
        shown: Mapping[str, str],
        headers: Iterable[tuple[bytes, bytes]],
        receive: Receive,
    ) -> None:
        self._started = started
        self._shown = shown
        self._headers = tuple(headers)
        self._receive = receive

    def also(self, headers: Iterable[tuple[bytes, bytes]]) -> Stream:
        """Return the same with further headers."""
        more = (*self._headers, *headers)
        return Stream(self._started, self._shown, more, self._receive)

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Send all that the run tells; to a HEAD request only that there is something."""
        headers = [*_HEADERS, *self._headers, *SAFE]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if not head:
            telling = self._started.ending
            assert isinstance(telling, Telling)
            following = asyncio.create_task(self._follow())
            leaving = asyncio.create_task(self._left())
            try:
                await _write(send, "run", self._shown)
                await self._tell(send, telling, following, leaving)
            finally:
                for task in (following, leaving):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(
        self,
        send: Send,
        telling: Telling,
        following: asyncio.Task[None],
        leaving: asyncio.Task[None],
    ) -> None:
        while not leaving.done():
            telling.news.clear()
            while telling.parts:
                step, value = telling.parts.popleft()
                await _write(send, "partial", {"step": step, "value": value})
            if telling.complete or following.done():
                break
            news = asyncio.create_task(telling.news.wait())
            done, _ = await asyncio.wait(
                {news, following, leaving}, timeout=ALIVE, return_when=asyncio.FIRST_COMPLETED
            )
            news.cancel()
            if not done:
                await _send(send, b": still running\n\n")
        if telling.status:
            ended: dict[str, Any] = {"status": telling.status}
            if telling.status == "succeeded":
                ended["outputs"] = telling.outputs
            await _write(send, "end", ended)

    async def _follow(self) -> None:
        try:
            await self._started.follow(LONGEST)
        except (DatabaseError, JournalDamaged) as error:
            # The stream ends without its end; the run's address says how it goes on.
            logger.warning("How run %s ends cannot be read (%s)", self._started.run, error)

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _write(send: Send, name: str, value: Any) -> None:
    # JSON has no line breaks, which would end the event.
    await _send(send, b"event: " + name.encode() + b"\ndata: " + orjson.dumps(value) + b"\n\n")


async def _send(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})
