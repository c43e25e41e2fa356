"""A timetable: all the moments at which a schedule comes, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from runner.timetable.cron import Cron
from runner.timetable.days import DaysOff
from runner.timetable.moments import DAY, SECOND, first_moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# After so many days off in a row, or so many years of them, nothing more is expected to come.
MOST_DAYS_OFF = 1_000
MOST_YEARS_OFF = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a schedule comes: by `cron`, or `every` so many seconds counted from `anchor`.

    It comes neither before `begin` nor after `end`, and on none of the `days_off` of its zone.
    Moments are aware and in UTC.
    """

    zone: ZoneInfo
    cron: Cron | None = None
    every: int = 0
    anchor: datetime = EPOCH
    begin: datetime | None = None
    end: datetime | None = None
    days_off: DaysOff = field(default_factory=DaysOff)

    def times(self, after: datetime) -> Iterator[datetime]:
        """Yield the moments after this one, oldest first; nothing once it has come to its end."""
        if self.begin is not None:
            after = max(after, self.begin - SECOND)
        off = 0
        coming = self._coming(after)
        while (moment := next(coming, None)) is not None:
            if self.end is not None and moment > self.end:
                return
            day = moment.astimezone(self.zone).date()
            if day not in self.days_off:
                off, after = 0, moment
                yield moment
                continue
            off += 1
            last_year = min(after.year + MOST_YEARS_OFF, MAXYEAR - 1)
            if off > MOST_DAYS_OFF or day.year >= last_year:
                return
            midnight = datetime.combine(day + DAY, time())
            coming = self._coming(max(moment, first_moment(midnight, self.zone) - SECOND))

    def next(self, after: datetime) -> datetime | None:
        """Return the first moment after this one; None where nothing comes any more."""
        return next(self.times(after), None)

    def latest(self, first: datetime, until: datetime, most: int) -> list[datetime]:
        """Return the last so many moments from `first` to `until`, both included, oldest first."""
        span = timedelta(minutes=1)
        while True:
            begin = max(first, until - span)
            found = list(self.between(begin, until))
            if len(found) >= most or begin == first:
                return found[-most:]
            span *= 8

    def between(self, first: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments from `first` to `until`, both included."""
        for moment in self.times(first - SECOND):
            if moment > until:
                return
            if moment >= first:
                yield moment

    def following(self, after: datetime, count: int) -> list[datetime]:
        """Return the next so many moments after this one."""
        return list(islice(self.times(after), count))

    def _coming(self, after: datetime) -> Iterator[datetime]:
        if self.cron is not None:
            yield from self.cron.times(after, self.zone)
            return
        step = timedelta(seconds=self.every)
        moment = self.anchor + ((after - self.anchor) // step + 1) * step
        try:
            while True:
                yield moment
                moment += step
        except OverflowError:
            return  # the calendar ends
