"""How much waits in the queue, and who is there to take it, as the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily, Metric

from runner.models import Run, RunStatus, Worker
from runner.queue.claim import LEASE


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in one queue: how many runs, and for how many seconds the first of them has."""

    queue: str
    waiting: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Alive:
    """A worker that says that it lives; the seconds since it said so, and since it looked."""

    name: str
    version: str
    heard: float
    looked: float | None


def depths() -> list[Depth]:
    """Return what waits in each queue to be claimed now."""
    queued = Run.objects.filter(finished__isnull=True, status=RunStatus.QUEUED)
    age = ExpressionWrapper(Now() - F("created"), output_field=DurationField())
    oldest = queued.order_by("created").annotate(age=age).values_list("age", flat=True).first()
    seconds = max(0.0, oldest.total_seconds()) if oldest is not None else 0.0
    return [Depth("default", queued.count(), seconds)]


def open_runs() -> dict[str, int]:
    """Return how many runs have not ended, by where they stand."""
    open_ = Run.objects.filter(finished__isnull=True).order_by().values("status")
    found = dict(open_.annotate(count=Count("*")).values_list("status", "count"))
    return {
        status: found.get(status, 0)
        for status in (RunStatus.QUEUED.value, RunStatus.RUNNING.value, RunStatus.WAITING.value)
    }


def workers_alive() -> list[Alive]:
    """Return the workers that have said within their lease that they live."""
    rows = Worker.objects.filter(heartbeat__gte=Now() - LEASE).order_by("name")
    return [
        Alive(
            row.name,
            row.version,
            row.heard.total_seconds(),
            row.since.total_seconds() if row.since is not None else None,
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
        yield GaugeMetricFamily(
            "conductor_workers", "Workers that live.", value=len(workers_alive())
        )
