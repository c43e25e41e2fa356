"""News of commits between processes: told to the others, and heard from them, where Redis is.

What is committed is in the rows first. Then one message tells all that one process has committed
since the last: of each run the numbers of its events, and the events themselves where they are
small. A message that is lost costs a watcher the time until its next look at the rows.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Sequence
from typing import Any

from runner.journal.announcements import Committed, announce, listen, unlisten
from runner.queue.wake import shared_layer

logger = logging.getLogger(__name__)

GROUP = "news"
INLINE = 4096  # the most characters of a commit's events that are sent along
MOST_INLINE = 256 * 1024  # likewise of one message
MOST = 2000  # commits in one message; who watches one beyond them looks at the rows
AGAIN = 5.0  # seconds until a layer that failed is asked again
_process = secrets.token_hex(8)


class Abroad:
    """What one event loop tells the other processes: what gathers while it tells is told next."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._untold: list[Committed] = []
        self._due = False
        self._telling: asyncio.Task[None] | None = None

    def hear(self, news: Sequence[Committed]) -> None:
        """Take news of this process, in any thread."""
        with self._lock:
            self._untold += news[: max(0, MOST - len(self._untold))]
            if self._due:
                return
            self._due = True
        try:
            self._loop.call_soon_threadsafe(self._begin)
        except RuntimeError:
            unlisten(self.hear)

    def _begin(self) -> None:
        self._telling = self._loop.create_task(self._tell())

    async def _tell(self) -> None:
        while True:
            with self._lock:
                news, self._untold = self._untold, []
                if not news:
                    self._due = False
                    return
            try:
                message = {"type": "news", "by": _process, "news": packed(news)}
                await self._layer.group_send(GROUP, message)
            except Exception as error:
                logger.warning("News was not told to other processes (%s)", error)


def packed(news: Sequence[Committed]) -> list[list[Any]]:
    """Return commits as a message has them; events that would be too much are left out."""
    room = MOST_INLINE
    rows: list[list[Any]] = []
    for it in news:
        events = it.events if len(it.events) <= min(INLINE, room) else ""
        room -= len(events)
        rows.append([it.run, it.blueprint, it.first_seq, it.last_seq, events, it.status_changed])
    return rows


async def keep() -> None:
    """Tell the other processes this one's news, and whoever listens here theirs."""
    layer = shared_layer()
    if layer is None:
        return
    abroad = Abroad(layer)
    listen(abroad.hear)
    try:
        while True:
            try:
                await _hear(layer, abroad)
            except Exception as error:
                logger.warning("No news of other processes is heard (%s)", error)
                await asyncio.sleep(AGAIN)
    finally:
        unlisten(abroad.hear)


async def _hear(layer: Any, abroad: Abroad) -> None:
    channel = await layer.new_channel("news.")
    await layer.group_add(GROUP, channel)
    while True:
        message = await layer.receive(channel)
        if message["by"] != _process:
            announce([Committed(*row) for row in message["news"]], but=abroad.hear)
