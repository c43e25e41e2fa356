"""Which times of a schedule are to start now, and which were missed while nobody looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, dropwhile
from typing import Literal

from runner.timetable.moments import SECOND
from runner.timetable.table import Timetable

Missed = Literal["none", "last", "all"]
# How late a time may start without having been missed: a restart takes less.
GRACE = timedelta(seconds=60)
# The most missed times that are made up for: the last ones.
MOST_MADE_UP = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    """A time that is to start now; `missed` says that it comes long after its moment."""

    time: datetime
    missed: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """The times that start now, and the one that comes next, which may be due as well."""

    due: list[Due]
    next: datetime | None


def take(
    table: Timetable,
    first: datetime,
    now: datetime,
    missed: Missed,
    delay: Callable[[datetime], timedelta],
    longest_delay: timedelta,
    most: int,
) -> Taken:
    """Return what starts now, of a schedule of which `first` is the next time that has not started.

    Each time starts `delay` after its moment, at most `longest_delay`. At most so many are
    returned at once.
    """
    found: list[Due] = []
    for time in _to_start(table, first, now, missed, delay, longest_delay):
        late = now - (time + delay(time))
        if late < timedelta() or len(found) == most:
            return Taken(found, time)
        found.append(Due(time, late > GRACE))
    return Taken(found, None)


def _to_start(
    table: Timetable,
    first: datetime,
    now: datetime,
    missed: Missed,
    delay: Callable[[datetime], timedelta],
    longest_delay: timedelta,
) -> Iterator[datetime]:
    """Yield the times from `first` on that start, now or later."""

    def too_late(time: datetime) -> bool:
        return now - (time + delay(time)) > GRACE

    if not too_late(first):
        return chain([first], table.times(first))
    # Before this one all are too late.
    oldest = max(first, now - GRACE - longest_delay - SECOND)
    recent = list(dropwhile(too_late, table.between(oldest, now)))
    made_up: list[datetime] = []
    if missed == "all" or (missed == "last" and not recent):
        until = recent[0] - SECOND if recent else now
        most = MOST_MADE_UP if missed == "all" else 1
        made_up = table.latest(first, until, most)
    return chain(made_up, recent, table.times(max(now, first)))
