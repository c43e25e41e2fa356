"""The lease of a worker: for how long the others leave its runs to it, by its own clock.

Who cannot say that it lives loses its runs to others after `claim.LEASE`. So it
must have stopped their nodes by then, whether its database is slow, lost or
locked, or the process was stopped: a node's code must not run in two places.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from runner.queue import claim
from runner.queue.asking import TROUBLE, Asking

logger = logging.getLogger(__name__)

BEAT = 1.5  # seconds between heartbeats
AGAIN = 1.0  # seconds until the next where one did not succeed
HOLD = claim.LEASE.total_seconds() - 1.0  # the rest is for stopping what runs


class Lease:
    """Says that the worker lives, in a thread of its own, and notices when nobody heard it.

    Each time that the lease ends, `on_lost` is called in the worker's loop and
    a new *term* begins; what was begun in an earlier one is never held again.
    """

    def __init__(
        self, worker: str, on_lost: Callable[[], None], labels: Collection[str] = ()
    ) -> None:
        self.term = 0
        # When the worker last looked for runs; it is told to the others.
        self.looked: float | None = None
        # Whether somebody wants the worker to take no more runs.
        self.draining = False
        self._worker = worker
        self._labels = labels
        self._on_lost = on_lost
        self._until = 0.0
        self._signed_on = self._held = False
        # Reading the journals of a hundred runs must not keep the worker from saying that it lives.
        self._asking = Asking("conductor-lease")

    def begin(self, asked: float) -> None:
        """Hold the lease from the moment (of `now`) at which the worker asked to sign on."""
        self._until = asked + HOLD
        self._signed_on = self._held = True

    def holds(self, term: int) -> bool:
        """Say whether what was begun in this term may still go on."""
        return term == self.term and now() < self._until

    async def keep(self) -> None:
        """Say again and again that the worker lives, until cancelled."""
        try:
            while True:
                await asyncio.sleep(BEAT if self.holds(self.term) else AGAIN)
                if not self._signed_on:
                    continue
                self._look()
                asked = now()
                beating = asyncio.create_task(self._beat())
                while not beating.done():
                    await asyncio.wait([beating], timeout=max(0.05, min(1, self._until - now())))
                    self._look()
                if beating.result() and now() < asked + HOLD:
                    self.begin(asked)
        finally:
            await self._asking.close()

    def _look(self) -> None:
        if self._held and now() >= self._until:
            self._held = False
            self.term += 1
            self._on_lost()

    async def _beat(self) -> bool:
        try:
            since = None if self.looked is None else now() - self.looked
            self.draining = await self._asking.ask(
                claim.beat, self._worker, since, self._labels, draining=self.draining
            )
        except TROUBLE:
            # The worker's own questions tell of it.
            return False
        except Exception:
            logger.exception("The worker cannot say that it lives")
            return False
        return True


def now() -> float:
    """Return a clock's seconds that go on while the machine sleeps, where the system has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
