"""Zones and moments as people write them, and what clocks do when they are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name. Raises ValueError for one that there is not."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone, such as UTC or Europe/Berlin") from None


def moment_of(text: str, zone: str) -> float:
    """Return the moment (seconds since the epoch) of an ISO 8601 date or time in a time zone.

    Raises ValueError, saying what is wrong.
    """
    place = zone_of(zone)
    try:
        moment = datetime.fromisoformat(text.strip())
        # Of a time in a gap, Python takes what the clock would show without it (PEP 495).
        found = (moment if moment.tzinfo else moment.replace(tzinfo=place)).timestamp()
        datetime.fromtimestamp(found, UTC)  # at the ends of the calendar it may be in no year
        return found
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no date or time such as 2027-03-28T09:00") from None


def offset_at(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much the zone's clocks are ahead of UTC at a moment."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def clock_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the zone's clocks show at a moment, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def first_moment(clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the zone's clocks show this.

    Where they never do, since they are set forward over it: the moment at which they are set.
    """
    moment = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if clock_at(moment, zone) == clock:
        return moment
    before = clock.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change_between(before, moment, zone)


def next_change(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the next moment at which the zone's clocks are set; next year's end at the latest."""
    for year in (moment.year, moment.year + 1):
        for change in _changes_of(zone, year):
            if change > moment:
                return change
    return datetime(moment.year + 2, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def _changes_of(zone: ZoneInfo, year: int) -> tuple[datetime, ...]:
    """Return when the zone's clocks are set in a year of UTC; finding that out takes long."""
    found = []
    day, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while day < end:
        if offset_at(day, zone) != offset_at(day + DAY, zone):
            found.append(_change_between(day, day + DAY, zone))
        day += DAY
    return tuple(found)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second in which the offset is no longer that of `before`."""
    offset = offset_at(before, zone)
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if offset_at(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after
