"""Ask workers to drain: to let what is under way end, hand their runs on, and take no more.

Their processes go on; what restarts them is whoever asked. A worker that is started again is
another one, which takes runs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from runner.models import Run, RunStatus, Worker
from runner.queue.claim import EMBEDDED
from runner.queue.labels import living
from runner.queue.line import AT_HAND

Standing = Literal["takes runs", "draining", "drained"]


class NoSuchWorker(Exception):
    """None lives whose name begins so; the message says which do."""

    code = "no_such_worker"


@dataclass(frozen=True, slots=True)
class Stands:
    """A worker that lives, how it stands, and how many runs it has in hand."""

    name: str
    version: str
    labels: str
    standing: Standing
    runs: int


def alive() -> QuerySet[Worker]:
    """Return the workers that have said within their lease that they live."""
    return living().order_by("name")


def standings(names: Collection[str] | None = None) -> list[Stands]:
    """Return how the workers that live stand; only these `names`, where some are given."""
    rows = alive() if names is None else alive().filter(name__in=names)
    in_hand = Run.objects.filter(AT_HAND, worker=OuterRef("name"), status=RunStatus.RUNNING)
    counted = in_hand.order_by().values("worker").annotate(count=Count("pk")).values("count")
    found = rows.annotate(runs=Coalesce(Subquery(counted), Value(0)), said=F("heeds"))
    return [
        Stands(
            row.name,
            row.version,
            row.labels,
            standing_of(draining=row.draining, heeds=row.said, runs=row.runs),
            row.runs,
        )
        for row in found
    ]


def standing_of(*, draining: bool, heeds: bool, runs: int) -> Standing:
    """Return how a worker stands: `drained` where it has nothing in hand, and takes nothing."""
    if not draining:
        return "takes runs"
    return "drained" if heeds and not runs else "draining"


def named(beginnings: Collection[str]) -> list[str]:
    """Return the names of the workers that live whose names begin like one of these.

    What a server's worker has before the name of its machine need not be given. Raises
    NoSuchWorker where a beginning is that of none.
    """
    names = list(alive().values_list("name", flat=True))
    found: set[str] = set()
    for beginning in beginnings:
        fitting = {
            name
            for name in names
            if name.startswith(beginning) or name.removeprefix(EMBEDDED).startswith(beginning)
        }
        if not fitting or not beginning:
            there = ", ".join(names) or "none"
            raise NoSuchWorker(
                f"No worker lives whose name begins with {beginning!r}; alive: {there}."
            )
        found |= fitting
    return sorted(found)


def drain(names: Collection[str], *, wanted: bool = True) -> int:
    """Ask workers to drain, or (not `wanted`) to take runs again; returns how many that were.

    Each learns of it within three seconds.
    """
    return Worker.objects.filter(name__in=names).update(draining=wanted)
