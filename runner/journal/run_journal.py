"""The journal of one run, as the engine writes it: collects events and has them committed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from uuid import UUID

from runner.engine.events import Event
from runner.engine.journal import Fenced
from runner.journal.committer import Committer
from runner.journal.rows import Delivery, NewRun
from runner.journal.spill import Spiller
from runner.journal.window import DeliveryWrite, RunWrite
from runner.telemetry.subject import Subject


class RunJournal:
    """Implements the engine's Journal for one run and epoch, in one event loop.

    Events are written soon after they are appended: with what else the run
    appends in the same turn of the loop, and with what other runs have. `held`
    says whether the worker has its lease; `on_fenced` is called when a write
    finds that another worker has the run.
    """

    def __init__(
        self,
        committer: Committer,
        *,
        run: UUID,
        blueprint: UUID,
        epoch: int,
        worker: str,
        last_seq: int = 0,
        new: NewRun | None = None,
        delivery: Delivery | None = None,
        subject: Subject | None = None,
        on_commit: Callable[[RunWrite], None] | None = None,
        held: Callable[[], bool] = lambda: True,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.fenced = False
        self.error: Exception | None = None
        self._committer = committer
        self._run = run
        self._blueprint = blueprint
        self._epoch = epoch
        self._worker = worker
        self._taken = last_seq
        self._committed = 0 if new is not None else last_seq
        self._new = new
        self._born = time.monotonic()
        self._delivery = delivery
        self.subject = subject
        self._on_commit = on_commit
        self._held = held
        self.on_fenced: Callable[[], object] | None = None
        self._events: list[Event] = []
        self._spiller = Spiller(run)
        self._put = False
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def asked(self) -> float | None:
        """Since when somebody waits for the run to be accepted; None once that is under way."""
        return self._born if self._new is not None else None

    @property
    def last_seq(self) -> int:
        """The number of the last event that was appended."""
        # They may be taken at any moment; that they were is known before they are gone.
        try:
            return self._events[-1].seq
        except IndexError:
            return self._taken

    def append(self, event: Event) -> None:
        """Take an event; it is written soon."""
        self._events.append(event)
        if not self._put:
            self._flush()

    async def durable(self) -> None:
        """Return when all that was appended is committed.

        Raises Fenced where another worker has the run now, NotWritten where a
        new run was not accepted, and the database's own error where the events
        cannot be written at all.
        """
        if self.error is not None:
            raise self.error
        appended = self.last_seq
        if self._committed >= appended and self._new is None:
            return
        future: asyncio.Future[None] = self.loop.create_future()
        self._waiters.append((appended, future))
        self._flush()
        await future

    async def fence(self) -> None:
        """Return when all is committed and the worker still has its lease.

        Raises what `durable` does, Fenced also where the lease has ended: then
        another worker may be about to take the run over.
        """
        await self.durable()
        if not self._held():
            raise Fenced

    def _flush(self) -> None:
        # The flag is taken back before the events are, so one that comes later puts again.
        if not self._put and (self._events or self._new is not None) and self.error is None:
            self._put = True
            self._committer.put(self)

    def take(self) -> RunWrite | None:
        """Hand over all events appended so far (in the committer's thread)."""
        self._put = False
        # The loop may append meanwhile, to the end: neither line lets it in between.
        waiting = self._events
        events = waiting[: len(waiting)]
        if events:
            self._taken = events[-1].seq
        del waiting[: len(events)]
        new, self._new = self._new, None
        delivery, self._delivery = self._delivery, None
        if not events and new is None:
            return None
        return RunWrite(
            self._run,
            self._blueprint,
            self._epoch,
            self._worker,
            events,
            new,
            delivery,
            self._spiller,
            self.subject,
        )

    def done(self, write: RunWrite | DeliveryWrite) -> None:
        """Wake those who wait for these events (in the run's loop)."""
        assert isinstance(write, RunWrite)
        if self.error is not None:
            # A run that was not accepted has no row; what it wrote afterwards does not matter.
            return
        if write.error is not None:
            self.error = write.error
            self.fenced = isinstance(write.error, Fenced)
            if self.fenced and self.on_fenced is not None:
                self.on_fenced()
        elif write.events:
            self._committed = write.events[-1].seq
        self._wake()
        if self._on_commit is not None:
            self._on_commit(write)

    def _wake(self) -> None:
        # Who came later waits for a later event.
        waiters, error, committed = self._waiters, self.error, self._committed
        while waiters and (error is not None or waiters[0][0] <= committed):
            _, future = waiters.popleft()
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(None)
