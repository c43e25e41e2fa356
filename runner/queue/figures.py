"""How the queues are: one account for the API, the admin and whoever measures."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min
from django.utils import timezone

from runner.graph.queueing import STEP
from runner.models import Run, RunStatus
from runner.queue import queues
from runner.queue.line import AT_HAND, HELD, PUT_OFF, running

WINDOW = timedelta(hours=1)
MOST = 5000
"""Runs that are looked at for how long they waited: the newest of the last hour."""


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """A queue at a moment; moments of waiting are seconds, None where there is nothing to measure.

    `waiting` are ready to begin, `held` wait for a slot of their blueprint,
    `put_off` for a moment, `running` are executed by workers. `oldest` is how
    long the first of those that wait (`waiting` and `held`) has been ready.
    `waited_p50` and `waited_p95` are how long those waited that began in the
    last hour.
    """

    name: str
    waiting: int = 0
    held: int = 0
    put_off: int = 0
    running: int = 0
    oldest: float | None = None
    waited_p50: float | None = None
    waited_p95: float | None = None


def figures() -> list[QueueFigures]:
    """Return the figures of all queues, by name; also of a deleted one that still has runs."""
    now = timezone.now()
    queued = Run.objects.filter(status=RunStatus.QUEUED).order_by().values_list("queue")
    waiting, put_off, held = (
        dict(queued.filter(part).annotate(Count("pk"))) for part in (AT_HAND, PUT_OFF, HELD)
    )
    oldest = _oldest(now)
    under_way = dict(running().values_list("queue").annotate(Count("pk")))
    waited = _waited(now)
    names = {*queues.known(), *waiting, *put_off, *held, *under_way}
    found = []
    for name in sorted(names):
        times = waited.get(name, [])
        found.append(
            QueueFigures(
                name,
                waiting=waiting.get(name, 0),
                held=held.get(name, 0),
                put_off=put_off.get(name, 0),
                running=under_way.get(name, 0),
                oldest=oldest.get(name),
                waited_p50=quantile(times, 0.5),
                waited_p95=quantile(times, 0.95),
            )
        )
    return found


def quantile(ordered: list[float], share: float) -> float | None:
    """Return the value below which this share of the ordered ones is (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _oldest(now: datetime) -> dict[str, float]:
    """Return for each queue since how many seconds the first of its runs is ready."""
    queued = Run.objects.filter(status=RunStatus.QUEUED).order_by()
    first: dict[str, float] = {}
    for part in (AT_HAND, HELD):
        rows = queued.filter(part).values_list("queue", "priority").annotate(Min("turn"))
        # Of each priority the first turn is that of the run that waits longest.
        for queue, priority, turn in rows:
            age = (now - ready(turn, priority)).total_seconds()
            first[queue] = max(first.get(queue, 0.0), age)
    return first


def _waited(now: datetime) -> dict[str, list[float]]:
    """Return for each queue how long those waited that began lately, in order."""
    found: dict[str, list[float]] = defaultdict(list)
    since, until = (_id_of(moment) for moment in (now - WINDOW, now + WINDOW))
    rows = Run.objects.filter(pk__gte=since, pk__lt=until, started__gte=now - WINDOW)
    listed = rows.order_by("-pk").values_list("queue", "priority", "turn", "started")[:MOST]
    for queue, priority, turn, started in listed:
        assert started is not None
        found[queue].append(max(0.0, (started - ready(turn, priority)).total_seconds()))
    for times in found.values():
        times.sort()
    return found


def ready(turn: datetime, priority: int) -> datetime:
    """Return since when a run with this turn and priority could begin."""
    return turn + timedelta(seconds=priority * STEP)


def _id_of(moment: datetime) -> UUID:
    """Return the first of the ids that begin with a moment: they are in the order of theirs."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
