"""What a worker does beside its runs, from time to time: each chore in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import threading

from runner.queue import lent
from runner.queue.asking import TROUBLE, Asking

logger = logging.getLogger(__name__)


class Chores:
    """Does what was lent as `lent.chores`: a long one holds none of the others up."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    async def keep(self) -> None:
        """Do the chores, each at its time, until cancelled; what is under way ends early then."""
        try:
            async with asyncio.TaskGroup() as group:
                for chore in lent.chores:
                    group.create_task(self._keep(chore))
        finally:
            self._stop.set()

    async def _keep(self, chore: lent.Chore) -> None:
        asking = Asking(f"conductor-{chore.do.__name__}")
        pause = chore.first
        try:
            while True:
                await asyncio.sleep(pause)
                pause = await self._do(chore, asking)
        finally:
            self._stop.set()
            await asking.close()

    async def _do(self, chore: lent.Chore, asking: Asking) -> float:
        try:
            return await asking.ask(chore.do, self._stop)
        except TROUBLE as error:
            logger.debug("A chore was not done (%s); tried again", error)
        except Exception:
            logger.exception("A chore was not done; tried again")
        return chore.again
