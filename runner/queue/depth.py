"""How much waits in the queue, and who is there to take it, as the rows say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from runner.models import Run, RunStatus
from runner.queue import queues
from runner.queue.figures import ready
from runner.queue.labels import living, unserved
from runner.queue.line import AT_HAND, OPEN


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in one queue: how many runs, and for how many seconds the first of them has.

    `free`: it is neither paused nor limited, so that they wait for workers alone.
    """

    queue: str
    waiting: int
    oldest: float
    free: bool


@dataclass(frozen=True, slots=True)
class Alive:
    """A worker that says that it lives; the seconds since it said so, and since it looked.

    `draining`: it was asked to take nothing more. `store`: how it sees the folder of large values.
    """

    name: str
    version: str
    heard: float
    looked: float | None
    labels: str = ""
    draining: bool = False
    store: str = ""


def depths(*, served: bool = False) -> list[Depth]:
    """Return what waits in each queue to be claimed now; what may not begin yet does not count.

    `served`: nor what asks for labels that no living worker has.
    """
    states = queues.known()
    now = timezone.now()
    found = {name: Depth(name, 0, 0.0, state.direct) for name, state in states.items()}
    ready_ = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED).order_by()
    if served and (texts := unserved()):
        ready_ = ready_.exclude(labels__in=list(texts))
    rows = ready_.values_list("queue", "priority").annotate(Count("pk"), Min("turn"))
    for queue, priority, count, turn in rows:
        before = found.get(queue) or Depth(queue, 0, 0.0, free=True)
        age = max(before.oldest, (now - ready(turn, priority)).total_seconds())
        found[queue] = Depth(queue, before.waiting + count, age, before.free)
    return [found[name] for name in sorted(found)]


def open_runs() -> dict[str, int]:
    """Return how many runs have not ended, by where they stand."""
    found: Counter[str] = Counter()
    for part in OPEN:
        rows = Run.objects.filter(part).order_by().values_list("status").annotate(Count("pk"))
        found.update(dict(rows))
    return {
        status: found[status]
        for status in (RunStatus.QUEUED.value, RunStatus.RUNNING.value, RunStatus.WAITING.value)
    }


def workers_alive() -> list[Alive]:
    """Return the workers that have said within their lease that they live."""
    rows = living().order_by("name")
    return [
        Alive(
            row.name,
            row.version,
            row.heard.total_seconds(),
            row.since.total_seconds() if row.since is not None else None,
            row.labels,
            row.draining,
            row.store,
        )
        for row in rows.annotate(
            heard=ExpressionWrapper(Now() - F("heartbeat"), output_field=DurationField()),
            since=ExpressionWrapper(Now() - F("looked"), output_field=DurationField()),
        )
    ]


class QueueFigures:
    """The figures of the whole site, read from the database when somebody asks."""

    def collect(self) -> Iterator[Metric]:
        """Give the figures. Raises DatabaseError."""
        waiting = GaugeMetricFamily(
            "conductor_queue_runs", "Runs that wait to be claimed.", labels=["queue"]
        )
        oldest = GaugeMetricFamily(
            "conductor_queue_oldest_seconds",
            "For how long the first of them has waited.",
            labels=["queue"],
        )
        for depth in depths():
            waiting.add_metric([depth.queue], depth.waiting)
            oldest.add_metric([depth.queue], depth.oldest)
        yield waiting
        yield oldest
        opened = GaugeMetricFamily(
            "conductor_runs_open", "Runs that have not ended.", labels=["status"]
        )
        for status, count in open_runs().items():
            opened.add_metric([status], count)
        yield opened
        alive = workers_alive()
        yield GaugeMetricFamily("conductor_workers", "Workers that live.", value=len(alive))
        yield GaugeMetricFamily(
            "conductor_workers_draining",
            "Those of them that were asked to take no more runs.",
            value=sum(it.draining for it in alive),
        )
        yield GaugeMetricFamily(
            "conductor_queue_unserved",
            "Runs that ask for labels which no worker has that takes runs.",
            value=sum(unserved().values()),
        )
