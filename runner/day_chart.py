"""The last 24 hours, hour by hour, as numbers and as a small chart for the admin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models.functions import TruncHour
from django.utils import timezone

HOURS = 24
HEIGHT = 64
BAR, GAP = 14, 4


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
    counts: dict[str, int]
    parts: list[Part] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The hour in words."""
        counts = ", ".join(f"{count} {kind}" for kind, count in self.counts.items() if count)
        return f"{timezone.localtime(self.begins):%H:%M}: {counts or 'nothing'}"


@dataclass(frozen=True, slots=True)
class DayChart:
    """The bars of `what`, the sum of each of its names with its kind, and the most in an hour."""

    what: str
    hours: list[Hour]
    sums: list[tuple[str, int, str]]
    most: int

    width = HOURS * (BAR + GAP)
    height = HEIGHT
    bar = BAR

    @property
    def said(self) -> str:
        """The chart in words, for those who do not see it."""
        counts = ", ".join(f"{count} {name}" for name, count, _ in self.sums)
        return f"{self.what.capitalize()} of the last 24 hours: {counts or 'none'}."


def first_hour(now: datetime | None = None) -> datetime:
    """Return when the first of the 24 hours begins; the last is the one that goes on."""
    hour = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=HOURS - 1)


class _Hour(TruncHour):
    """The hour of a moment; SQLite cuts its text, where Django has it call Python row by row."""

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Return the beginning of the text that SQLite keeps, which is that of UTC."""
        sql, values = compiler.compile(self.lhs)
        return f"SUBSTR({sql}, 1, 13) || ':00:00'", values


def hour_of(moment: str) -> TruncHour:
    """Return the expression of the hour in which a column's moment lies.

    In UTC, whose hours begin where those of nearly all zones do.
    """
    return _Hour(moment, tzinfo=UTC)


def draw(
    what: str,
    kinds: Sequence[str],
    names: Mapping[str, tuple[str, str]],
    counted: Iterable[tuple[datetime, str, int]],
    first: datetime,
) -> DayChart:
    """Draw what was counted: the hour, a name, how often.

    `names` has the word and the kind of each name, in their order; `kinds` are stacked from
    below, and a name that is not known is of the last.
    """
    hours = {
        begins: Hour(begins, place * (BAR + GAP), dict.fromkeys(kinds, 0))
        for place in range(HOURS)
        for begins in [first + timedelta(hours=place)]
    }
    sums = dict.fromkeys(names, 0)
    for begins, name, count in counted:
        if begins in hours:
            kind = names.get(name, (name, kinds[-1]))[1]
            hours[begins].counts[kind] += count
            sums[name] = sums.get(name, 0) + count
    most = max(sum(it.counts.values()) for it in hours.values())
    for it in hours.values():
        it.parts = list(_stacked(it.counts, most))
    found = [
        (word, sums[name], kind)
        for name in sums
        for word, kind in [names.get(name, (name, kinds[-1]))]
        if sums[name]
    ]
    return DayChart(what, list(hours.values()), found, most)


def _stacked(counts: Mapping[str, int], most: int) -> Iterable[Part]:
    y = float(HEIGHT)
    for kind, count in counts.items():
        if count:
            # What is there at all can be seen.
            height = max(1.5, count / most * (HEIGHT - 2))
            y -= height
            yield Part(kind, round(max(0.0, y), 2), round(height, 2))
