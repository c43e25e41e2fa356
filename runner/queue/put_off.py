"""Runs that were put off: to a moment, or until no more starts are gathered in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from runner.engine.events import RUN_QUEUED, Event
from runner.graph.queueing import STEP
from runner.journal.announcements import Committed, announce
from runner.journal.encoding import encode_events
from runner.journal.spill import Spiller, looked_at, spilled_of
from runner.models import JournalChunk, KeyKind, Run, RunKey, RunStatus
from runner.queue import lent, slots
from runner.queue.pgqueuer import enqueue_all

MOST = 200


def begin_due() -> None:
    """Have those runs begin whose moment has come."""
    now = timezone.now()
    due = Run.objects.filter(status=RunStatus.QUEUED, wake_at__isnull=False, wake_at__lte=now)
    # Of those that were put off to the same moment, the one that came first: its id is smaller.
    due = due.order_by("wake_at", "pk")
    found = list(due.values_list("pk", "blueprint", "limited")[:MOST])
    for key, blueprint, limited in found:
        with transaction.atomic():
            if limited:
                slots.lock(blueprint)
            rows = Run.objects.select_for_update(of=("self",), skip_locked=True)
            # Another start may have put it off again.
            run = rows.filter(pk=key, status=RunStatus.QUEUED, wake_at__lte=now).first()
            if run is not None:
                let_begin(run)


def let_begin(run: Run) -> None:
    """Have a run begin that was put off, as soon as it has a slot and a worker room.

    Where its queue or its blueprint is full, it fares as one that comes at this moment. Within a
    transaction that holds its row and, where it is limited, its blueprint.
    """
    if not all(has_room(run) for has_room in lent.judges):
        return
    now = timezone.now()
    ready = now if run.wake_at is None else min(now, run.wake_at)
    turn = ready - timedelta(seconds=run.priority * STEP)
    changed: dict[str, Any] = {"wake_at": None, "turn": turn}
    if run.limited:
        changed["held"] = True
    Run.objects.filter(pk=run.pk).update(**changed)
    run.wake_at = None
    enqueue_all([run.pk])
    if is_gathering(run):
        close(run)
    if run.limited:
        slots.give(run.blueprint_id, run.limit_key)


def is_gathering(run: Run) -> bool:
    """Say whether starts may still be gathered in the run: it has no events yet."""
    return run.noted_seq == 0


def close(run: Run) -> None:
    """Write the first event of a run in which starts were gathered: from now on it is as it is."""
    # Large inputs lie in files already, and stay there: this must go well also where one is lost.
    inputs = looked_at(run.inputs)
    data = {"inputs": inputs, "trigger": run.trigger_node or None, "by": run.trigger}
    spilled = [{**it, "at": ["inputs", *it["at"]]} for it in spilled_of(run.inputs)]
    queued = Event(1, timezone.now().timestamp(), RUN_QUEUED, None, data)
    text = encode_events([queued], {"1": spilled} if spilled else None)
    JournalChunk.objects.create(run=run, first_seq=1, last_seq=1, epoch=0, events=text)
    Run.objects.filter(pk=run.pk).update(noted_seq=1)
    run.noted_seq = 1
    RunKey.objects.filter(run=run, kind=KeyKind.GATHER).delete()
    committed = Committed(str(run.pk), str(run.blueprint_id), 1, 1, text, status_changed=True)
    transaction.on_commit(lambda: announce([committed]))


def gathering(blueprint: UUID, key: str) -> Run | None:
    """Return the run that takes in starts with this key now, if one does."""
    row = (
        RunKey.objects.select_related("run")
        .filter(blueprint=blueprint, kind=KeyKind.GATHER, key=key)
        .first()
    )
    if row is None or row.run.status != RunStatus.QUEUED or not is_gathering(row.run):
        return None
    return row.run


def take_in(run: Run, inputs: Mapping[str, Any], until: datetime) -> None:
    """Give a run that is gathering other inputs, and put it off to another moment."""
    kept = orjson.loads(Spiller(run.pk).column(dict(inputs), 1, "inputs"))
    Run.objects.filter(pk=run.pk).update(inputs=kept, wake_at=until)
    run.inputs, run.wake_at = kept, until
