"""Cron expressions: read by cronsim, carried over the changes of a zone's clocks by one rule.

A time of day comes once a day: where the clocks are set forward over it, at the moment at which
they are set; where they show it twice, the first time. What comes through the hours (a minute or an
hour that begins with `*`) goes by the clocks as they run. So does Debian's cron; here it holds for
expressions with seconds, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from runner.timetable.moments import SECOND, clock_at, first_moment, next_change, offset_at

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = (
    ("second", "0 to 59, such as 0 or */15"),
    ("minute", "0 to 59, such as 0, 30 or */5"),
    ("hour", "0 to 23, such as 9, 8-17 or */2"),
    ("day of the month", "1 to 31, such as 1, 15 or L (the last one)"),
    ("month", "1 to 12 or JAN to DEC, such as 1, 3-5 or JUL"),
    ("day of the week", "0 to 7 or SUN to SAT, such as 1-5, MON#1 (the first Monday) or 5L"),
)
# Any moment will do, only always the same one: from there cronsim looks 50 years ahead.
SOME = datetime(2024, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression of five fields, or of six with the seconds first, that comes some day."""

    text: str

    @classmethod
    def read(cls, text: str) -> Cron:
        """Read an expression or a nickname such as @daily.

        Raises ValueError, saying which field is wrong, or that it never comes.
        """
        written = text.strip()
        if written.startswith("@") and written.lower() not in NICKNAMES:
            raise ValueError(f"{written!r} is none of {', '.join(NICKNAMES)}")
        read = NICKNAMES.get(written.lower(), written)
        fields = read.split()
        if len(fields) not in (5, 6):
            raise ValueError(
                "it must have five fields (minute, hour, day of the month, month, day of the "
                f"week), or six with the seconds first; it has {len(fields)}"
            )
        for place, field in enumerate(["0", *fields] if len(fields) == 5 else fields):
            if not _is_read(["*"] * place + [field] + ["*"] * (5 - place)):
                name, range_ = FIELDS[place]
                raise ValueError(f"the {name} {field!r} cannot be read; it takes {range_}")
        if not _comes(read):
            raise ValueError(
                "it never comes: in no year is there such a day; change the day or the month"
            )
        return cls(" ".join(fields))

    @property
    def words(self) -> str:
        """What the expression says, in English: `At 09:00 on Monday`."""
        return CronSim(self.text, SOME).explain()

    def times(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the moments after this one at which it comes in a zone, in UTC, oldest first."""
        minute, hour = self.text.split()[-5:-3]
        if minute.startswith("*") or hour.startswith("*"):
            return self._through_the_hours(after, zone)
        return self._at_times_of_day(after, zone)

    def _at_times_of_day(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        last = after
        for clock in self._clocks(clock_at(after, zone)):
            moment = first_moment(clock, zone)
            if moment > last:
                last = moment
                yield moment

    def _through_the_hours(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Between two changes of the clocks their distance to UTC stays as it is."""
        offset, clock, change = offset_at(after, zone), clock_at(after, zone), after
        while change.year < MAXYEAR - 2:
            change = next_change(change, zone)
            for found in self._clocks(clock):
                moment = (found - offset).replace(tzinfo=UTC)
                if moment >= change:
                    break
                yield moment
            else:
                return
            offset = offset_at(change, zone)
            clock = clock_at(change, zone) - SECOND

    def _clocks(self, after: datetime) -> Iterator[datetime]:
        """Yield what clocks that nobody changes show when it comes."""
        try:
            yield from CronSim(self.text, after)
        except OverflowError:
            return  # the calendar ends


def _is_read(fields: list[str]) -> bool:
    try:
        CronSim(" ".join(fields), SOME)
    except (CronSimError, ValueError, AssertionError):
        # A day that no month has is read: that it never comes is told apart.
        return False
    return True


def _comes(text: str) -> bool:
    try:
        return next(CronSim(text, SOME), None) is not None
    except CronSimError:
        return False
