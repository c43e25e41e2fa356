"""Waits for what a run says, in whatever process it runs: the journal's rows are the truth.

Commits of this process wake whoever waits, and so does news of other processes; for what of
that is lost, or where there is no Redis, the rows are asked a few times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from runner import stopping
from runner.journal.announcements import Committed, listen, unlisten
from runner.journal.reader import read_history
from runner.queue.asking import Asking
from runner.webhooks.ending import Ending

PAUSE = 0.25  # seconds between two looks at the rows

_asking = Asking("webhook-following")
_waiting: dict[str, set[_Waiter]] = {}


class _Waiter:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.news = asyncio.Event()


async def follow(run: UUID, ending: Ending, longest: float) -> None:
    """Feed the run's events to `ending` until it is complete, or for so many seconds."""
    key = str(run)
    waiter = _Waiter()
    _waiting.setdefault(key, set()).add(waiter)
    listen(_wake)
    try:
        await _follow(run, ending, waiter, time.monotonic() + longest)
    finally:
        _waiting[key].discard(waiter)
        if not _waiting[key]:
            del _waiting[key]
        if not _waiting:
            unlisten(_wake)


async def _follow(run: UUID, ending: Ending, waiter: _Waiter, deadline: float) -> None:
    while True:
        waiter.news.clear()
        events = await _asking.ask_twice(read_history, run, ending.seq)
        ending.take(events)
        left = deadline - time.monotonic()
        if ending.complete or left <= 0:
            return
        try:
            async with asyncio.timeout(min(PAUSE, left)):
                await waiter.news.wait()
        except TimeoutError:
            if stopping.begun():
                # Another process goes on with the run; its sender is told where to ask for it.
                return


def _wake(committed: Sequence[Committed]) -> None:
    # In the committer's thread. The table may change meanwhile in another one: hence the copy.
    for news in committed:
        for waiter in list(_waiting.get(news.run, ())):
            try:
                waiter.loop.call_soon_threadsafe(waiter.news.set)
            except RuntimeError:
                continue  # its loop has ended, and nobody waits there any more
