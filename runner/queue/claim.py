"""Claiming runs: raises the epoch of the row, so that only one worker can write to the run."""

from __future__ import annotations

import datetime
import importlib.metadata
import socket
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from runner.engine.events import RUN_FAILED, Event
from runner.graph.labels import together
from runner.journal.announcements import Committed
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run, RunStatus, Worker
from runner.queue import lifetime, put_off, queues
from runner.queue.labels import LEASE as LEASE
from runner.queue.labels import fitting, living
from runner.queue.line import AT_HAND, Room, Seen, seen, sooner
from runner.queue.port import engine
from runner.telemetry import run_ended

EMBEDDED = "embedded-"
LIVE = (RunStatus.RUNNING, RunStatus.WAITING)
MOST_SEQ = 2**31 - 1
MOST_CANCELLED = 50  # parked runs that are to be cancelled, at each look


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that this worker may execute, as its row was claimed."""

    id: UUID
    blueprint: UUID
    drawing: str
    epoch: int
    noted_seq: int
    """How far its journal goes at least."""
    inputs: Any
    trigger: str
    trigger_node: str
    created: datetime.datetime
    started: datetime.datetime | None
    parent: UUID | None
    cancel_reason: str | None
    makes_room: bool
    """Whether its end may let another one begin."""


class Claims(list[Claimed]):
    """The runs that were claimed; `again`: the seconds until others may be claimed, if known."""

    def __init__(self, runs: Iterable[Claimed], again: float | None = None) -> None:
        super().__init__(runs)
        self.again = again


def sign_on(name: str, *, labels: Collection[str] = ()) -> None:
    """Put a worker's row there.

    On SQLite all workers are on one machine, so that runs of those that have ended need not wait
    for a lease to run out.
    """
    ended = lifetime.ended()
    with transaction.atomic():
        Worker.objects.filter(name__in=ended).delete()
        # It may be there already, if the answer was lost with the connection.
        Worker.objects.filter(name=name).delete()
        Worker.objects.create(
            name=name,
            started=Now(),
            heartbeat=Now(),
            version=version(),
            labels=together(labels),
        )
        Worker.objects.filter(heartbeat__lt=Now() - 60 * LEASE).delete()
    lifetime.forget(ended)


def beat(
    name: str,
    since_look: float | None = None,
    labels: Collection[str] = (),
    *,
    draining: bool = False,
) -> bool:
    """Say that the worker lives, also where its row was lost meanwhile.

    `since_look` is how many seconds ago it looked for runs. All moments of leases are the
    database's: the clocks of machines may differ. Returns whether somebody wants it to drain;
    `draining`, as far as it knows, which is kept where its row was lost.
    """
    said: dict[str, Any] = {"heartbeat": Now()}
    if since_look is not None:
        said["looked"] = Now() - datetime.timedelta(seconds=since_look)
    own = Worker.objects.filter(name=name)
    if not own.update(**said):
        said |= {"version": version(), "labels": together(labels), "draining": draining}
        Worker.objects.create(name=name, started=Now(), **said)
    return own.values_list("draining", flat=True).first() or False


def heed(name: str, *, drains: bool) -> None:
    """Say that the worker does as it was asked: that it takes no runs, or takes them again."""
    Worker.objects.filter(name=name).update(heeds=drains)


def sign_off(name: str) -> None:
    """Hand back the worker's runs, so that another need not wait for the lease."""
    with transaction.atomic():
        Run.objects.filter(AT_HAND, worker=name, status=RunStatus.RUNNING).update(worker="")
        Worker.objects.filter(name=name).delete()


def claim(name: str, most: int, held: Iterable[UUID] = (), labels: Collection[str] = ()) -> Claims:
    """Claim at most so many runs that are queued, whose worker is gone, or whose wait is over.

    Those that have begun take turns with those that have not; which of these go
    first, `line` says. Parked runs that are to be cancelled are claimed beyond
    that: they end at once. A run that asks for a label that is not among `labels` is left.
    """
    now = timezone.now()
    texts = fitting(labels)
    due = Run.objects.filter(finished__isnull=True, wake_at__isnull=False, wake_at__lte=now)
    due = due.order_by("wake_at")
    ending = due.filter(status=RunStatus.WAITING, cancel_requested=True, labels__in=texts)
    found = seen(ending[:MOST_CANCELLED])
    if most > 0:
        # What was put off is let into the queue by any worker.
        mine = Q(status=RunStatus.QUEUED) | Q(labels__in=texts)
        woken = seen(due.filter(mine, cancel_requested=False)[:most])
        if any(run.status == RunStatus.QUEUED for run in woken):
            put_off.begin_due()
            woken = [run for run in woken if run.status != RunStatus.QUEUED]
        begun = [*woken, *seen(_forsaken(held, texts)[:most])]
        source = engine()
        with source.claiming():
            ready = source.ready(most, texts)
            found += _in_turns(begun, ready.runs)[:most]
            claims = _take(found, name, ready.again) if found else Claims([], ready.again)
            source.resolve({run.id for run in claims})
        return claims
    return _take(found, name, None) if found else Claims([])


def _forsaken(held: Iterable[UUID], texts: Sequence[str]) -> QuerySet[Run]:
    """Return the runs that have begun and have no worker (any more)."""
    alive = living().values("name")
    rows = Run.objects.filter(AT_HAND, status=RunStatus.RUNNING, labels__in=texts)
    rows = rows.exclude(worker__in=alive)
    return rows.exclude(pk__in=list(held)).order_by("turn")


def _in_turns(begun: Sequence[Seen], new: Sequence[Seen]) -> list[Seen]:
    """Return both by turns, so that neither keeps the other from a worker."""
    pairs = zip_longest(begun, new)
    return [run for pair in pairs for run in pair if run is not None]


@transaction.atomic
def _take(found: Sequence[Seen], name: str, again: float | None) -> Claims:
    room = Room({run.queue for run in found if run.status == RunStatus.QUEUED})
    # A run that cannot begin is not locked either: another worker may have room for it.
    wanted = {
        run.id: run for run in found if run.status != RunStatus.QUEUED or room.has_some(run.queue)
    }
    place = {key: number for number, key in enumerate(wanted)}
    taken = []
    # What another worker has just locked is its own.
    rows = Run.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=wanted)
    for run in sorted(rows, key=lambda row: place[row.pk]):
        before = wanted[run.pk]
        if (run.epoch, run.status) != (before.epoch, before.status) or run.held:
            continue
        if run.status == RunStatus.QUEUED and (run.wake_at is not None or not room.take(run.queue)):
            continue
        taken.append(run)
    Run.objects.filter(pk__in=[run.pk for run in taken]).update(
        epoch=F("epoch") + 1, worker=name, status=RunStatus.RUNNING, wake_at=None
    )
    return Claims([_claimed(run) for run in taken], sooner(again, room.again))


def _claimed(run: Run) -> Claimed:
    return Claimed(
        id=run.pk,
        blueprint=run.blueprint_id,
        drawing=run.drawing_id,
        epoch=run.epoch + 1,
        noted_seq=run.noted_seq,
        inputs=run.inputs,
        trigger=run.trigger,
        trigger_node=run.trigger_node,
        created=run.created,
        started=run.started,
        parent=run.parent_id,
        cancel_reason=run.cancel_reason if run.cancel_requested else None,
        makes_room=run.limited or not queues.state_of(run.queue, queues.known()).direct,
    )


def mine(name: str) -> list[tuple[UUID, int]]:
    """Return id and epoch of the runs that the rows say this worker executes."""
    rows = Run.objects.filter(AT_HAND, status=RunStatus.RUNNING, worker=name).order_by()
    return list(rows.values_list("pk", "epoch"))


def release(name: str, run: UUID, epoch: int) -> bool:
    """Hand one run back; say whether the worker had it."""
    own = Run.objects.filter(pk=run, worker=name, epoch=epoch, status=RunStatus.RUNNING)
    return bool(own.update(worker=""))


def fail(run: UUID, epoch: int, error: dict[str, Any]) -> list[Committed]:
    """End a run that cannot be executed; returns the news, none where it is another's by now."""
    now = timezone.now()
    with transaction.atomic():
        row = Run.objects.select_for_update(of=("self",)).filter(pk=run, epoch=epoch).first()
        if row is None or row.status not in LIVE:
            return []
        # Its end comes after everything, however far a damaged journal goes.
        chunks = JournalChunk.objects.filter(run_id=run).aggregate(last=Max("last_seq"))
        seq = max(row.noted_seq, chunks["last"] or 0) + 1
        # Garbage may claim the last number that a column can hold.
        seq = min(seq, MOST_SEQ)
        events = encode_events([Event(seq, now.timestamp(), RUN_FAILED, None, {"error": error})])
        JournalChunk.objects.create(
            run_id=run, first_seq=seq, last_seq=seq, epoch=epoch, events=events
        )
        Run.objects.filter(pk=run).update(
            status=RunStatus.FAILED, error=error, finished=now, noted_seq=seq, unsettled=True
        )
    run_ended(str(run), row.trigger, RunStatus.FAILED.value)
    return [Committed(str(run), str(row.blueprint_id), seq, seq, events, status_changed=True)]


def cancels(name: str) -> list[tuple[str, str]]:
    """Return id and reason of this worker's runs that somebody asked to cancel."""
    rows = Run.objects.filter(AT_HAND, status=RunStatus.RUNNING).order_by()
    rows = rows.filter(worker=name, cancel_requested=True)
    return [(str(key), reason) for key, reason in rows.values_list("pk", "cancel_reason")]


@cache
def version() -> str:
    """Return the version of Conductor that this process runs."""
    return importlib.metadata.version("conductor-blueprints")[:40]


def host_name() -> str:
    """Return a short name of this machine."""
    return socket.gethostname().split(".")[0][:30] or "host"
