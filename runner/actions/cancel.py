"""Cancel a run."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from runner.engine.events import RUN_CANCELLED, Event
from runner.journal.announcements import Committed, announce
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run, RunStatus
from runner.queue import put_off
from runner.queue.active import cancel_here
from runner.queue.wake import wake_workers
from runner.telemetry import run_ended


def cancel_run(run: Run, reason: str = "", code: str = "cancelled") -> Run:
    """Cancel the run and return it as it is now; a run that has ended stays as it is.

    A run that nobody executes yet ends here; any other is asked to end, which
    its worker does within a second. A parked run is woken for that. The code tells programs
    why one ended that had not begun.
    """
    reason = (reason or "cancelled by request")[:200]
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if run.status == RunStatus.QUEUED:
            _end_queued(run, reason, code)
        elif run.status in {RunStatus.RUNNING, RunStatus.WAITING} and not run.cancel_requested:
            asked: dict[str, Any] = {"cancel_requested": True, "cancel_reason": reason}
            if run.status == RunStatus.WAITING:
                asked["wake_at"] = timezone.now()
                transaction.on_commit(wake_workers)
            Run.objects.filter(pk=run.pk).update(**asked)
            key = str(run.pk)
            transaction.on_commit(lambda: cancel_here(key, reason))
    run.refresh_from_db()
    return run


def _end_queued(run: Run, reason: str, code: str) -> None:
    if put_off.is_gathering(run):
        put_off.close(run)
    # A worker that claims the run at this moment raises the epoch too: only one update matches.
    seq = run.last_seq + 1
    now = timezone.now()
    ended = Run.objects.filter(pk=run.pk, epoch=run.epoch, status=RunStatus.QUEUED).update(
        status=RunStatus.CANCELLED,
        error={"code": code, "message": reason},
        epoch=run.epoch + 1,
        noted_seq=seq,
        finished=now,
        unsettled=True,
        cancel_requested=True,
        cancel_reason=reason,
        wake_at=None,
        held=False,
    )
    if not ended:
        return
    event = Event(seq, now.timestamp(), RUN_CANCELLED, None, {"reason": reason})
    events = encode_events([event])
    JournalChunk.objects.create(
        run=run, first_seq=seq, last_seq=seq, epoch=run.epoch + 1, events=events
    )
    committed = Committed(str(run.pk), str(run.blueprint_id), seq, seq, events, status_changed=True)
    transaction.on_commit(lambda: announce([committed]))
    key, trigger = str(run.pk), run.trigger
    transaction.on_commit(lambda: run_ended(key, trigger, RunStatus.CANCELLED.value))
