"""Sends messages that are due, beside the runs of a worker, many at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets

from runner.outgoing import claiming
from runner.outgoing.claiming import Claimed
from runner.outgoing.posting import post
from runner.queue.asking import TROUBLE, Asking
from runner.queue.wake import add_sleeper, drop_sleeper

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds between looks for messages that are due
MOST = 50  # messages on their way at once in a process


class Sender:
    """Claims messages, sends them, and notes what came of it, until it is cancelled."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self._asking = Asking("conductor-sender")
        self._under_way: set[asyncio.Task[None]] = set()

    async def keep(self) -> None:
        """Send what is due, whatever the database does meanwhile."""
        wake = asyncio.Event()
        add_sleeper(wake)
        try:
            while True:
                try:
                    await self._look(wake)
                except TROUBLE as error:
                    logger.debug("No messages can be claimed now (%s)", error)
                except Exception:
                    logger.exception("No messages can be claimed now; tried again")
                # Before Python 3.12 `wait_for` forgets a cancellation that comes with a wake-up.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await wake.wait()
                wake.clear()
        finally:
            drop_sleeper(wake)
            for sending in self._under_way:
                sending.cancel()
            if self._under_way:
                await asyncio.wait(self._under_way)
            with contextlib.suppress(*TROUBLE):
                # Whether these have arrived is not known: they are sent again, with the same id.
                await self._asking.ask(claiming.give_back, self.token)
            await self._asking.close()

    async def _look(self, wake: asyncio.Event) -> None:
        room = MOST - len(self._under_way)
        if room <= 0:
            return
        for claimed in await self._asking.ask(claiming.claim, self.token, room):
            sending = asyncio.create_task(self._send(claimed, wake))
            self._under_way.add(sending)
            sending.add_done_callback(self._under_way.discard)

    async def _send(self, claimed: Claimed, wake: asyncio.Event) -> None:
        try:
            outcome = await post(claimed)
            await self._asking.insist(claiming.note, claimed, outcome)
        except Exception:
            logger.exception("The message %s was not sent; tried again", claimed.webhook_id)
        # There is room at its endpoint for the next one.
        wake.set()


async def keep_sending() -> None:
    """Send messages beside a worker, until cancelled."""
    await Sender().keep()
