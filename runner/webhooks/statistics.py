"""What became of the requests of the last day, hour by hour, as numbers and as a small chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from runner.models import WebhookDelivery
from runner.webhooks.badges import VERDICTS

HOURS = 24
HEIGHT = 64
BAR, GAP = 14, 4
# From below: what was taken, what came again, what was not taken.
KINDS = ("accepted", "duplicate", "refused")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in the chart's own units."""

    kind: str
    y: float
    height: float


@dataclass(slots=True)
class Hour:
    """An hour's bar, and what it says when it is pointed at."""

    begins: datetime
    x: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    parts: list[Part] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The hour in words."""
        counts = ", ".join(f"{count} {kind}" for kind, count in self.counts.items() if count)
        return f"{timezone.localtime(self.begins):%H:%M}: {counts or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours: the bars, the sum by verdict with its colour, and the most in an hour."""

    hours: list[Hour]
    verdicts: list[tuple[str, int, str]]
    most: int

    width = HOURS * (BAR + GAP)
    height = HEIGHT
    bar = BAR

    @property
    def said(self) -> str:
        """The chart in words, for those who do not see it."""
        counts = ", ".join(f"{count} {verdict}" for verdict, count, _ in self.verdicts)
        return f"Requests of the last 24 hours: {counts or 'none'}."


def last_day(webhooks: Iterable[UUID], now: datetime | None = None) -> Day:
    """Count what came to these webhooks in the last 24 hours, this hour included."""
    hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    hours = {
        begins: Hour(begins, place * (BAR + GAP))
        for place in range(HOURS)
        for begins in [hour - timedelta(hours=HOURS - 1 - place)]
    }
    # The index has a webhook's deliveries by their moment.
    rows = WebhookDelivery.objects.filter(
        webhook__in=list(webhooks), received__gte=hour - timedelta(hours=HOURS - 1)
    ).order_by()
    # In UTC, whose hours begin where those of nearly all zones do.
    counted = rows.annotate(hour=TruncHour("received", tzinfo=UTC)).values_list(
        "hour", "verdict", Count("pk")
    )
    verdicts = dict.fromkeys(VERDICTS, 0)
    for begins, verdict, count in counted:
        if begins in hours:
            hours[begins].counts[_kind(verdict)] += count
            verdicts[verdict] = verdicts.get(verdict, 0) + count
    most = max(sum(it.counts.values()) for it in hours.values())
    for it in hours.values():
        it.parts = list(_stacked(it.counts, most))
    found = [
        (VERDICTS.get(name, name), count, _kind(name)) for name, count in verdicts.items() if count
    ]
    return Day(list(hours.values()), found, most)


def _kind(verdict: str) -> str:
    return verdict if verdict in KINDS else "refused"


def _stacked(counts: dict[str, int], most: int) -> Iterable[Part]:
    y = float(HEIGHT)
    for kind in KINDS:
        if counts[kind]:
            # What is there at all can be seen.
            height = max(1.5, counts[kind] / most * (HEIGHT - 2))
            y -= height
            yield Part(kind, round(max(0.0, y), 2), round(height, 2))
