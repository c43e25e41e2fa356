"""Cron expressions over ten years and the changes of clocks, against a slow and obvious search."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.timetable import Cron
from runner.timetable.moments import clock_at, next_change, offset_at

# Half an hour (Lord Howe), the south (Santiago, at midnight), and one that never changes.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Kolkata",
    )
]
MINUTE = timedelta(minutes=1)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return when the clocks are set in the ten years, with how they are set before and after."""
    found, at = [], BEGIN
    while (at := next_change(at, zone)) < END:
        if offset_at(at, zone) != offset_at(at - MINUTE, zone):
            found.append(at)
    return found


CHANGES = {zone: changes(zone) for zone in ZONES}
SETTINGS = [(zone, at) for zone in ZONES for at in CHANGES[zone]]


def values(most: int, least: int = 0) -> st.SearchStrategy[tuple[str, set[int]]]:
    """A field of cron with what it means, written in each of its ways."""
    numbers = st.integers(least, most)
    some = st.sets(numbers, min_size=1, max_size=3)
    span = st.tuples(numbers, numbers).map(sorted)
    steps = st.integers(1, most)
    return st.one_of(
        st.just(("*", set(range(least, most + 1)))),
        some.map(lambda it: (",".join(map(str, sorted(it))), set(it))),
        span.map(lambda it: (f"{it[0]}-{it[1]}", set(range(it[0], it[1] + 1)))),
        steps.map(lambda it: (f"*/{it}", set(range(least, most + 1, it)))),
    )


def searched(
    minute: tuple[str, set[int]], hour: tuple[str, set[int]], weekday: tuple[str, set[int]],
    zone: ZoneInfo, begin: datetime, end: datetime,
) -> list[datetime]:  # fmt: skip
    """Look at every minute: what the clock shows, what it skips, and whether it has shown it."""
    fixed = not (minute[0].startswith("*") or hour[0].startswith("*"))

    def means(clock: datetime) -> bool:
        days = {day % 7 for day in weekday[1]}
        return (
            clock.minute in minute[1] and clock.hour in hour[1] and clock.isoweekday() % 7 in days
        )

    found = []
    highest = clock_at(begin, zone)
    for at in (begin + MINUTE * n for n in range(1, (end - begin) // MINUTE + 1)):
        clock = clock_at(at, zone)
        shown = means(clock)
        if fixed:
            # What the clock has leapt over comes now; what it shows a second time does not.
            leapt = (highest + MINUTE * n for n in range(1, (clock - highest) // MINUTE))
            shown = (shown and clock > highest) or any(map(means, leapt))
        highest = max(highest, clock)
        if shown:
            found.append(at)
    return found


@settings(max_examples=120, deadline=None)
@given(values(59), values(23), values(6), st.sampled_from(SETTINGS))
def test_around_every_change_of_clocks_the_times_are_those_of_the_rule(
    minute: tuple[str, set[int]],
    hour: tuple[str, set[int]],
    weekday: tuple[str, set[int]],
    change: tuple[ZoneInfo, datetime],
) -> None:
    zone, at = change
    begin, end = at - timedelta(hours=7), at + timedelta(hours=26)
    cron = Cron.read(f"{minute[0]} {hour[0]} * * {weekday[0]}")
    wanted = searched(minute, hour, weekday, zone, begin, end)
    times = itertools.takewhile(lambda it: it <= end, cron.times(begin, zone))
    assert list(times) == wanted
    # It is the same asked one by one, as a schedule does.
    asked, last = [], begin
    for _ in wanted[:60]:
        asked.append(last := next(cron.times(last, zone)))
    assert asked == wanted[:60]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.sampled_from(ZONES))
def test_a_time_of_day_comes_once_on_each_day_of_ten_years(
    hour: int, minute: int, second: int, zone: ZoneInfo
) -> None:
    cron = Cron.read(f"{second} {minute} {hour} * * *")
    begin = datetime(2026, 1, 1, tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)
    days: dict[date, datetime] = {}
    for at in itertools.takewhile(lambda it: it < END - timedelta(days=1), cron.times(begin, zone)):
        clock = clock_at(at, zone)
        assert days.setdefault(clock.date(), clock) == clock, "twice on a day"
    first = min(days)
    assert sorted(days) == [first + timedelta(days=n) for n in range(len(days))]
    moved = [
        it for it in days.values() if (it.hour, it.minute, it.second) != (hour, minute, second)
    ]
    set_forward = {
        clock_at(at, zone)
        for at in CHANGES[zone]
        if offset_at(at, zone) > offset_at(at - MINUTE, zone)
    }
    assert set(moved) <= set_forward


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_every_quarter_of_an_hour_is_one_through_ten_years(zone: ZoneInfo) -> None:
    for change in CHANGES[zone]:
        begin = change - timedelta(days=1)
        times = itertools.islice(Cron.read("*/15 * * * *").times(begin, zone), 200)
        assert {b - a for a, b in itertools.pairwise(times)} == {timedelta(minutes=15)}


def test_seconds_come_first_of_six_fields() -> None:
    times = Cron.read("*/20 30 2 * * *").times(datetime(2026, 3, 28, tzinfo=UTC), ZONES[0])
    shown = [it.astimezone(ZONES[0]).strftime("%d %H:%M:%S") for it in itertools.islice(times, 7)]
    assert shown == [
        "28 02:30:00", "28 02:30:20", "28 02:30:40",
        "29 03:00:00",  # the clocks are set forward over all three
        "30 02:30:00", "30 02:30:20", "30 02:30:40",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 25 * * *", "the hour '25' cannot be read; it takes 0 to 23"),
        ("61 * * * * *", "the second '61'"),
        ("0 0 31 2 *", "never comes"),
        ("* * */20 * 1L", "never comes"),
        ("0 0 * FEB 1-FRI,x", "the day of the week '1-FRI,x'"),
        ("* * * *", "five fields (minute, hour, day of the month, month, day of the week)"),
        ("", "it has 0"),
        ("@fortnightly", "none of @hourly, @daily"),
        ("\x00 ² ٣ * *", "the minute"),
        ("1-5/0 * * * *", "the minute '1-5/0'"),
    ],
)
def test_what_is_no_expression_is_told_by_its_field(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Cron.read(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789*/,-#L@ MONJAFEBW\t²x", max_size=40))
def test_no_garbage_raises_anything_else(text: str) -> None:
    try:
        cron = Cron.read(text)
    except ValueError:
        return
    assert cron.words
    assert next(cron.times(BEGIN, ZONES[0])) > BEGIN


def test_a_nickname_is_what_it_stands_for() -> None:
    assert Cron.read("@daily") == Cron.read("0 0 * * *")
    assert Cron.read(" @Weekly ").words == "At 00:00 on Sunday"
