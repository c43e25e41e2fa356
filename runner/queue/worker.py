"""The worker: claims runs, and hosts them, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Collection

from django.conf import settings

from runner.graph.labels import apart
from runner.queue import active, claim, lent, queues, signals
from runner.queue.ahead import claim_and_read
from runner.queue.asking import TROUBLE, Asking
from runner.queue.chores import Chores
from runner.queue.hosting import Hosting
from runner.queue.lease import Lease, now
from runner.queue.lifetime import Lifetime
from runner.queue.pgqueuer import listen
from runner.queue.shared_folder import SharedFolder
from runner.queue.wake import add_sleeper, drop_sleeper, hear_others, wake_workers

logger = logging.getLogger(__name__)

_workers: dict[asyncio.AbstractEventLoop, Worker] = {}

SILENT = 10.0  # seconds without a look for runs after which something is wrong
LEFT = 5.0  # seconds between looks for runs that nobody executes though the rows say so
LOOK = 1.0  # seconds between looks for runs and cancels when nobody wakes the worker


class Worker:
    """Executes runs until it is told to stop.

    `embedded` says that its process also serves the site. It takes runs that ask for no other
    `labels` than these; without, for those of the settings.
    """

    def __init__(
        self,
        *,
        embedded: bool = False,
        most: int | None = None,
        labels: Collection[str] | None = None,
    ) -> None:
        prefix = claim.EMBEDDED if embedded else ""
        self.name = f"{prefix}{claim.host_name()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._most = most or settings.CONDUCTOR_CONCURRENT_RUNS
        self.labels = frozenset(settings.CONDUCTOR_LABELS if labels is None else labels)
        self._signed_on = False
        self._stopping = False
        self._drain = 0.0
        # Whether the rows say that it takes nothing more, as somebody wanted.
        self._heeds = False
        self._wake: asyncio.Event | None = None
        self.in_trouble = False
        self.folder = SharedFolder(self.name)
        self._lifetime = Lifetime(self.name)
        # Whether the last look left runs in the queue, or may have, for want of room.
        self._left_some = False
        # Seconds until what was left in the queue may begin, where that is known.
        self._again: float | None = None
        self._looked_for_left = now()
        self._asking = Asking("conductor-worker")
        self.ask = self._asking.ask
        self.insist = self._asking.insist
        self._lease = Lease(self.name, lambda: self.hosting.lose(), self.labels)
        self.hosting = Hosting(
            self.name, self._asking, self._lease, ended=self._has_ended, wake=self._wake_up
        )

    async def run(self) -> None:
        """Work until `stop`, whatever the database does meanwhile."""
        self._wake = wake = asyncio.Event()
        add_sleeper(wake)
        self._lifetime.begin()
        own = (self._lease.keep(), self.folder.keep(), Chores().keep())
        others = (hear_others(), listen(), *own)
        beside = [asyncio.create_task(other) for other in others]
        beside += [asyncio.create_task(keep()) for keep in lent.companions]
        _workers[asyncio.get_running_loop()] = self
        try:
            while not self._stopping:
                try:
                    if not self._signed_on:
                        asked = now()
                        await self.ask(claim.sign_on, self.name, labels=self.labels)
                        self._lease.begin(asked)
                        # What arrives from now on wants to know whether it may begin at once.
                        await self.ask(queues.known)
                        self._signed_on = True
                    await self._look()
                    self._lease.looked = now()
                    self._tell_trouble(None)
                except TROUBLE as error:
                    self._tell_trouble(error)
                except Exception:
                    # What runs here goes on in any case, and others' news reach it again.
                    logger.exception("The worker's look for runs failed; it looks again")
                # Before Python 3.12 `wait_for` forgets a cancellation that comes with a wake-up.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK, self._again or LOOK)):
                        await wake.wait()
                wake.clear()
        finally:
            drop_sleeper(wake)
            await self.hosting.hand_over(self._drain)
            # Steps that end meanwhile may need it, such as to call other blueprints.
            if here() is self:
                del _workers[asyncio.get_running_loop()]
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            signed_off = False
            with contextlib.suppress(*TROUBLE):
                await self.ask(claim.sign_off, self.name)
                signed_off = True
                # Who looks now need not wait for a lease.
                wake_workers()
            await self._asking.close()
            self._lifetime.end(signed_off=signed_off)

    async def stop(self, drain: float = 0.0) -> None:
        """Stop claiming and hand unfinished runs back; `run` returns when that is done.

        Steps that are under way get `drain` seconds to end; those that take longer are cut off,
        and whoever goes on repeats them under the same idempotency key.
        """
        self._stopping, self._drain = True, drain
        self.hosting.stop()
        self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake.set()

    def _has_ended(self) -> None:
        # A look for each run that ends would cost more than the run.
        if self._left_some and self.runs <= self._most * 0.9:
            self._wake_up()

    def _tell_trouble(self, error: Exception | None) -> None:
        if error is not None and not self.in_trouble:
            logger.error("The worker cannot reach the database (%s); it tries again", error)
        elif error is None and self.in_trouble:
            logger.error("The worker reaches the database again")
        self.in_trouble = error is not None

    # --- claiming ---------------------------------------------------------

    async def _heed(self) -> None:
        """Hand back what it has and take nothing, while somebody wants it to drain, and say so."""
        if self._lease.draining:
            self.hosting.leave()
        if self._lease.draining != self._heeds:
            await self.ask(claim.heed, self.name, drains=self._lease.draining)
            self._heeds = self._lease.draining

    async def _hand_back_left(self) -> None:
        """Hand back what the rows say it executes, and it does not.

        Nobody else would take that from a worker that lives. It happens where the answer to a
        claim is lost with the connection.
        """
        if now() - self._looked_for_left < LEFT:
            return
        mine = await self.ask(claim.mine, self.name)
        # Asked after that: what is accepted here at once is here before it has a row.
        here_now = set(self.hosting.runs)
        for run, epoch in mine:
            # One that has ended since then is not this worker's any more.
            if run not in here_now and await self.ask(claim.release, self.name, run, epoch):
                logger.warning("Run %s was left with nobody who executes it; it goes on now", run)
        self._looked_for_left = now()

    async def _look(self) -> None:
        await self._heed()
        await self._hand_back_left()
        for duty in lent.duties:
            if await self.ask(duty):
                self._wake_up()
        if self.runs:
            for key, reason in await self.ask(claim.cancels, self.name):
                active.cancel_here(key, reason or "cancelled by request")
            await self.hosting.give(await self.ask(signals.unreached, self.name))
        self._again = None
        if self._lease.draining or not self._lease.holds(self._lease.term):
            return
        if self.runs >= self._most and not self._stopping:
            for run in await self.ask(claim.claim, self.name, 0, labels=self.labels):
                self.hosting.start(run)
        while (room := self._most - self.runs) > 0 and not self._stopping:
            claimed, ahead = await self.ask(
                claim_and_read, self.name, min(room, 50), self.hosting.runs, self.labels
            )
            for run in claimed:
                self.hosting.start(run, ahead.get(run.id))
            if len(claimed) < min(room, 50):
                self._left_some = False
                self._again = claimed.again
                return
        self._left_some = True

    @property
    def runs(self) -> int:
        """How many runs it executes now."""
        return len(self.hosting)

    @property
    def silent(self) -> str:
        """What keeps it from taking runs, as a sentence, in any thread; "" where nothing does."""
        lease, moment = self._lease, now()
        if lease.looked is None:
            return "The worker has not looked for runs yet."
        if moment - lease.looked > SILENT:
            return f"The worker last looked for runs {moment - lease.looked:.0f} s ago."
        if not lease.holds(lease.term):
            return "The worker could not say in the database that it lives."
        if lease.draining:
            return "The worker was asked to drain: it takes no runs until it is started again."
        return ""

    @property
    def has_room(self) -> bool:
        """Whether it may take another run now."""
        held = self._signed_on and self._lease.holds(self._lease.term)
        leaves = self._stopping or self._lease.draining
        return held and not leaves and self.runs < self._most

    def takes(self, labels: str) -> bool:
        """Say whether it has all labels of such a text."""
        return not labels or apart(labels) <= self.labels


def here() -> Worker | None:
    """Return the worker that works on the running event loop, if there is one."""
    return _workers.get(asyncio.get_running_loop())


def workers_here() -> list[Worker]:
    """Return the workers of this process, in any thread."""
    return list(_workers.values())


def trouble_here() -> bool:
    """Say, in any thread, whether a worker of this process cannot reach its database."""
    return any(worker.in_trouble for worker in workers_here())
