"""Leaving a run: of one that is parked a row remains, which says when it is to be claimed again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from runner.engine.state import RunState
from runner.journal.announcements import Committed, announce
from runner.models import Run, RunStatus, Signal
from runner.queue.asking import Asking
from runner.queue.waits import Waiting, show, waits_of

MOST = 50  # runs that are let go in one transaction


@dataclass(frozen=True, slots=True)
class Left:
    """How a worker leaves a run: all of it is in the journal.

    A run that `rests` is claimed again at `until` (seconds since the epoch;
    None: when something comes for it). `parked` are its parked steps, `known`
    the signals that have reached their steps, `waits` for whom it waits; `paused`: its debugger
    holds it.
    """

    rests: bool
    until: float | None
    parked: frozenset[str]
    known: frozenset[str]
    waits: Sequence[Waiting]
    paused: bool = False

    @classmethod
    def of(cls, state: RunState, until: float | None) -> Left:
        """Return how a run is left that stands like this."""
        # What comes for a step between two attempts was for the one that failed.
        parked = frozenset(path for path, parking in state.parked() if not parking.retries)
        known = frozenset(state.signals)
        paused = state.debug is not None and state.debug.paused
        return cls(state.status is None, until, parked, known, waits_of(state), paused)


_Asked = tuple[UUID, int, Left, asyncio.Future[None]]


class Leaving:
    """Lets the runs of a worker go: those that rest meanwhile share the next transaction."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._waiting: list[_Asked] = []
        self._working: asyncio.Task[None] | None = None

    async def leave(self, run: UUID, epoch: int, left: Left) -> None:
        """Return when the run is let go, however long the database is in trouble."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((run, epoch, left, done))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._leave(batch)

    async def _leave(self, batch: Sequence[_Asked]) -> None:
        found = [(run, epoch, left) for run, epoch, left, _ in batch]
        try:
            announce(await self._asking.insist(leave_all, found))
        except Exception as error:
            if len(batch) > 1:
                # What is wrong may be so with one of them alone.
                for one in batch:
                    await self._leave([one])
                return
            _, _, _, done = batch[0]
            if not done.done():
                done.set_exception(error)
            return
        for *_, done in batch:
            if not done.done():
                done.set_result(None)


def leave_all(found: Sequence[tuple[UUID, int, Left]]) -> list[Committed]:
    """Let runs go in one transaction; returns the news."""
    with transaction.atomic():
        return [news for run, epoch, left in found for news in leave(run, epoch, left)]


@transaction.atomic
def leave(run: UUID, epoch: int, left: Left) -> list[Committed]:
    """Let a run go; what came while it was about to be let go wakes it at once.

    Returns the news; none where the run is another's by now, or has ended.
    """
    # The lock orders this with whoever sends a signal or cancels: neither is overlooked.
    row = Run.objects.select_for_update(of=("self",)).filter(pk=run, epoch=epoch).first()
    if row is None:
        return []
    show(run, epoch, left.waits)
    unreached = Signal.objects.filter(run=run, reached=False)
    come = unreached.values_list("pk", "step")
    # What is for no step is for the debugger, which a run has as long as it rests.
    wanted = left.parked | {""} if left.rests else left.parked
    over = [key for key, step in come if str(key) in left.known or step not in wanted]
    if over:
        unreached.filter(pk__in=over).update(reached=True)
    if not left.rests or row.status != RunStatus.RUNNING:
        return []
    wake_at = None if left.until is None else datetime.fromtimestamp(left.until, UTC)
    if row.cancel_requested or len(come) > len(over):
        wake_at = timezone.now()
    Run.objects.filter(pk=run).update(
        status=RunStatus.WAITING,
        worker="",
        wake_at=wake_at,
        paused=left.paused,
        noted_seq=row.last_seq,
    )
    # No events: those who watch the run have them, those who watch the list learn of its status.
    return [Committed(str(run), str(row.blueprint_id), 0, 0, "[]", status_changed=True)]
