"""Signals: what comes from outside for a step that waits, until it is in the run's journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from runner.engine import Execution
from runner.journal.encoding import encode
from runner.models import Run, RunStatus, Signal
from runner.queue.wake import wake_workers

OVER = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


class RunOver(Exception):
    """The run has ended, so nothing can come for its steps any more."""


class AlreadySent(Exception):
    """What may come only once for the step has come before."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """A signal that its run's journal may not have yet."""

    id: UUID
    run: UUID
    step: str
    value: Any


@transaction.atomic
def send(run: UUID, step: str, key: str, value: Any) -> Signal:
    """Have a value reach a step, once, whoever executes the run and whatever ends meanwhile.

    `key` names what may come only once for the step. A parked run is woken.
    Raises Run.DoesNotExist, RunOver and AlreadySent; then nothing was changed.
    """
    # The lock orders this with a worker that is just letting the run go: see `rest`.
    row = Run.objects.select_for_update(of=("self",)).get(pk=run)
    if row.status in OVER:
        raise RunOver
    now = timezone.now()
    signal, made = Signal.objects.get_or_create(
        run=row, step=step, key=key, defaults={"value": json.loads(encode(value)), "created": now}
    )
    if not made:
        raise AlreadySent
    if row.status == RunStatus.WAITING:
        Run.objects.filter(pk=run).update(wake_at=now)
    transaction.on_commit(wake_workers)
    return signal


@transaction.atomic
def send_all(run: UUID, sent: Iterable[tuple[str, str, Any]]) -> None:
    """Have values reach steps of one run, as `send` does: each is a step, a key and a value.

    What has come before, and what comes for a run that is over or was deleted, is left out.
    """
    row = Run.objects.select_for_update(of=("self",)).filter(pk=run).first()
    if row is None or row.status in OVER:
        return
    now = timezone.now()
    rows = [
        Signal(run=row, step=step, key=key, value=json.loads(encode(value)), created=now)
        for step, key, value in sent
    ]
    Signal.objects.bulk_create(rows, ignore_conflicts=True)
    if row.status == RunStatus.WAITING:
        Run.objects.filter(pk=run).update(wake_at=now)
    transaction.on_commit(wake_workers)


def give(execution: Execution, signal: Unreached) -> bool:
    """Give an execution what has come for it; say whether it need not be given again.

    What is for no step is for its debugger.
    """
    if not signal.step:
        return execution.debug(signal.value, str(signal.id))
    return execution.resume(signal.step, signal.value, str(signal.id))


def unreached(worker: str) -> list[Unreached]:
    """Return the signals for the runs that a worker has, oldest first."""
    return listed(Signal.objects.filter(run__worker=worker, run__status=RunStatus.RUNNING))


def unreached_of(run: UUID) -> list[Unreached]:
    """Return the signals for one run, oldest first."""
    return listed(Signal.objects.filter(run=run))


@transaction.atomic
def accepted(run: UUID) -> list[Unreached]:
    """Return the signals for one run, also those that are just being accepted."""
    # Whoever accepts one has the lock from before its time is over until it is there.
    Run.objects.select_for_update(of=("self",)).filter(pk=run).first()
    return unreached_of(run)


def listed(signals: QuerySet[Signal]) -> list[Unreached]:
    """Return those of these signals that the journals do not have yet, oldest first."""
    found = signals.filter(reached=False).order_by("created", "id")
    return [Unreached(it.pk, it.run_id, it.step, it.value) for it in found]


def reached(signals: Iterable[UUID]) -> None:
    """Say that the journals have these signals."""
    Signal.objects.filter(pk__in=list(signals), reached=False).update(reached=True)
