"""What a worker does beside its runs, from time to time, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading

from runner.queue import lent
from runner.queue.asking import TROUBLE, Asking

logger = logging.getLogger(__name__)

FIRST = 20.0  # seconds after the start: runs that were under way come first
AGAIN = 30.0  # seconds until a chore that could not be done is tried again


class Chores:
    """Does what was lent as `lent.chores`, one after the other."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._asking = Asking("conductor-chores")

    async def keep(self) -> None:
        """Do the chores, each at its time, until cancelled; what is under way ends early then."""
        loop = asyncio.get_running_loop()
        due = dict.fromkeys(lent.chores, loop.time() + FIRST)
        try:
            while due:
                chore = min(due, key=lambda it: due[it])
                await asyncio.sleep(due[chore] - loop.time())
                due[chore] = loop.time() + await self._do(chore)
        finally:
            self._stop.set()
            await self._asking.close()

    async def _do(self, chore: lent.Chore) -> float:
        try:
            return await self._asking.ask(chore, self._stop)
        except TROUBLE as error:
            logger.debug("A chore was not done (%s); tried again", error)
        except Exception:
            logger.exception("A chore was not done; tried again")
        return AGAIN
