"""What steps of one run ask the database at the same time: one question for all of them.

While the database is asked, others of the run come with theirs; these are asked together next. So
the items of a spread frame cost a transaction for as many as there are, and not one for each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

Asked = TypeVar("Asked")
Given = TypeVar("Given")
Waiting = list[tuple[Asked, asyncio.Future[Given]]]

MOST = 100


class Gathering(Generic[Asked, Given]):
    """Asks `question` of a run for several things; an answer that is an exception is raised."""

    def __init__(
        self, question: Callable[[UUID, Sequence[Asked]], Awaitable[Sequence[Given | Exception]]]
    ) -> None:
        self._question = question
        self._waiting: dict[tuple[asyncio.AbstractEventLoop, UUID], Waiting[Asked, Given]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, run: UUID, asked: Asked) -> Given:
        """Return what is answered to this. Raises what `question` raises, or answers."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Given] = loop.create_future()
        waiting = self._waiting.get((loop, run))
        if waiting is not None:
            waiting.append((asked, answer))
        else:
            self._waiting[loop, run] = [(asked, answer)]
            task = loop.create_task(self._ask_all(loop, run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _ask_all(self, loop: asyncio.AbstractEventLoop, run: UUID) -> None:
        waiting = self._waiting[loop, run]
        try:
            while waiting:
                now, waiting[:] = waiting[:MOST], waiting[MOST:]
                await self._ask(run, now)
        finally:
            del self._waiting[loop, run]
            for _, answer in waiting:
                answer.cancel()

    async def _ask(self, run: UUID, now: Waiting[Asked, Given]) -> None:
        try:
            answers = await self._question(run, [asked for asked, _ in now])
        except Exception as error:
            if len(now) > 1:
                # What is wrong may be so with one of them alone.
                for one in now:
                    await self._ask(run, [one])
                return
            answers = [error]
        except asyncio.CancelledError:
            for _, answer in now:
                answer.cancel()
            raise
        for (_, answer), given in zip(now, answers, strict=True):
            if answer.done():
                continue
            if isinstance(given, Exception):
                answer.set_exception(given)
            else:
                answer.set_result(given)
