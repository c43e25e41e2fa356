"""Asks the rows once for all sockets that want to know the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

T = TypeVar("T")
MOST = 5000  # answers that are kept; beyond that all are forgotten, and asked for again


class Shared:
    """What is being asked on one event loop, and what was answered a moment ago.

    An answer is as old as its question. So who asks while the same question is under way gets
    that one's answer only where an answer may be `fresh` seconds old; where none may be, all who
    came meanwhile share the next question.
    """

    def __init__(self) -> None:
        self._asked: dict[Hashable, tuple[float, asyncio.Task[Any]]] = {}
        self._next: dict[Hashable, asyncio.Task[Any]] = {}

    async def ask(self, key: Hashable, ask: Callable[[], Awaitable[T]], *, fresh: float = 0) -> T:
        """Return the answer to `ask`, by whomever it was asked; raises what that raised."""
        since, task = self._asked.get(key, (0.0, None))
        if task is None or (task.done() and not _serves(task, since, fresh)):
            task = self._begin(key, ask)
        elif not task.done() and time.monotonic() - since > fresh:
            if key not in self._next:
                self._next[key] = asyncio.create_task(self._after(task, key, ask))
            task = self._next[key]
        # Of many who wait one may go; the others still want to know.
        return cast(T, await asyncio.shield(task))

    def _begin(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        if len(self._asked) >= MOST:
            self._asked = {it: asked for it, asked in self._asked.items() if not asked[1].done()}
        task = asyncio.create_task(_asking(ask))
        # All who wanted to know may have gone: then nobody else looks at what it raised.
        task.add_done_callback(lambda it: it.cancelled() or it.exception())
        self._asked[key] = time.monotonic(), task
        return task

    async def _after(
        self, before: asyncio.Task[Any], key: Hashable, ask: Callable[[], Awaitable[T]]
    ) -> T:
        await asyncio.wait([before])
        # From here on the rows are read: who comes now may want what was committed since.
        del self._next[key]
        return await self._begin(key, ask)


def _serves(task: asyncio.Task[Any], since: float, fresh: float) -> bool:
    sound = not task.cancelled() and task.exception() is None
    return sound and time.monotonic() - since < fresh


async def _asking(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, Shared] = WeakKeyDictionary()


def shared() -> Shared:
    """Return what the sockets of the running event loop share."""
    loop = asyncio.get_running_loop()
    if loop not in _shared:
        _shared[loop] = Shared()
    return _shared[loop]
