"""Starts a run for a request: durable with its delivery in one commit; waits for what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from runner.engine.events import Event
from runner.journal.rows import Delivery, NewRun
from runner.queue.direct import accept
from runner.webhooks.ending import Ending
from runner.webhooks.following import follow
from runner.webhooks.lookup import Address, Trigger
from runner.webhooks.placing import start_in_place

# A run that is executed here tells what it does. Should another worker have taken it over, the
# rows tell; they are asked this often, in seconds.
LOOK = 5.0


class Started:
    """A run that is durable, and the delivery that started it."""

    def __init__(self, run: UUID, delivery: UUID, ending: Ending | None) -> None:
        self.run = run
        self.delivery = delivery
        self.here = False
        # Whether it only begins once no more starts are gathered in it.
        self.gathers = False
        self.ending = ending or Ending()
        self._known: asyncio.Future[None] | None = None

    def hear(self, events: Sequence[Event]) -> None:
        """Take the run's next events, as they are committed."""
        self.ending.take(events)
        if self._known is not None and self.ending.complete and not self._known.done():
            self._known.set_result(None)

    async def follow(self, longest: float) -> Ending | None:
        """Return how the run ended, or what it responds; None where that takes too long."""
        ending = self.ending
        if self.here and not ending.complete:
            deadline = time.monotonic() + longest
            self._known = asyncio.get_running_loop().create_future()
            while not ending.complete and (left := deadline - time.monotonic()) > 0:
                try:
                    async with asyncio.timeout(min(left, LOOK)):
                        await asyncio.shield(self._known)
                except TimeoutError:
                    await follow(self.run, ending, 0)
        elif not self.here:
            await follow(self.run, ending, longest)
        return ending if ending.complete else None


async def start(
    address: Address, trigger: Trigger, new: NewRun, delivery: Delivery, ending: Ending | None
) -> Started:
    """Start a run; when this returns, it and its delivery are durable.

    `ending` says what somebody waits for, if anybody does. Raises Refused where
    the run's queue does not take it.
    """
    # The quick way knows nobody who has started a run.
    if trigger.version is None or not trigger.starts_alone:
        accepted = await start_in_place(address, trigger, new, delivery)
        started = Started(accepted.run.pk, delivery.id, ending)
        started.gathers = accepted.run.wake_at is not None
        return started
    started = Started(new.id, delivery.id, ending)
    started.here = await accept(new, delivery, started.hear if ending else None)
    return started
