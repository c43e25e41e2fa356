"""Timetables: true intervals, days off, begin and end; and which times are due, late or missed."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.timetable import GRACE, MOST_MADE_UP, Cron, DaysOff, Missed, Timetable, take
from runner.timetable.days import read_lines
from runner.timetable.moments import clock_at

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 3, 27, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = Timetable(zone=BERLIN, cron=Cron.read("0 * * * *"))
NINE = Cron.read("0 9 * * *")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90_000),
    st.integers(-400_000_000, 400_000_000),
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]),
)
def test_an_interval_is_always_as_long_whatever_the_clocks_do(
    every: int, anchor: int, zone: str
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=anchor)
    table = Timetable(zone=ZoneInfo(zone), every=every, anchor=start)
    for after in (MIDNIGHT, datetime(2026, 10, 24, 12, tzinfo=UTC), start):
        times = table.following(after, 60)
        assert {b - a for a, b in itertools.pairwise(times)} == {timedelta(seconds=every)}
        assert after < times[0] <= after + timedelta(seconds=every)
        assert (times[0] - start) % timedelta(seconds=every) == timedelta()


def test_every_thirteen_hours_means_that() -> None:
    table = Timetable(zone=BERLIN, every=13 * 3600, anchor=datetime(2026, 3, 28, 5, tzinfo=UTC))
    shown = [clock_at(it, BERLIN).strftime("%d %H:%M") for it in table.following(MIDNIGHT, 6)]
    # From 19:00 to 09:00 the clocks show 14 hours, of which one was not there.
    assert shown == ["27 04:00", "27 17:00", "28 06:00", "28 19:00", "29 09:00", "29 22:00"]


def test_days_off_are_days_of_the_zone() -> None:
    off = DaysOff.read(["2026-03-30/2026-04-01", "12-25"], ["sat", "sun"])
    table = Timetable(zone=BERLIN, cron=Cron.read("30 0 * * *"), days_off=off)
    days = [clock_at(it, BERLIN).date() for it in table.following(MIDNIGHT - HOUR, 4)]
    assert days == [date(2026, 3, 27), date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6)]
    before = datetime(2026, 12, 24, 12, tzinfo=UTC)
    assert clock_at(table.following(before, 1)[0], BERLIN).date() == date(2026, 12, 28)


def test_a_table_whose_days_are_all_off_ends() -> None:
    often = Timetable(
        zone=BERLIN, cron=Cron.read("* * * * * SUN"), days_off=DaysOff.read([], ["sun"])
    )
    assert often.next(MIDNIGHT) is None


def test_begin_and_end_are_included() -> None:
    begin, end = datetime(2026, 4, 1, 7, tzinfo=UTC), datetime(2026, 4, 3, 7, tzinfo=UTC)
    table = Timetable(zone=BERLIN, cron=NINE, begin=begin, end=end)
    assert [it.day for it in table.following(MIDNIGHT, 9)] == [1, 2, 3]
    assert table.next(end) is None


@pytest.mark.parametrize("text", ["2026-02-30", "13-01", "2026-02-03/2026-02-01", "x", "02-30"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no day|before it begins"):
        DaysOff.read([text])


def test_a_calendar_has_comments_and_names_the_line_that_is_wrong() -> None:
    off = read_lines("# holidays\n2027-01-01  # New Year\n\n12-25\n")
    assert date(2027, 1, 1) in off
    assert date(2030, 12, 25) in off
    with pytest.raises(ValueError, match="Line 2: 'soon' is no day"):
        read_lines("12-25\nsoon")


def taken(
    now: datetime, missed: Missed, *, table: Timetable = HOURLY, most: int = 5000, jitter: int = 0
) -> tuple[list[datetime], list[bool], datetime | None]:
    """Take what is due of an hourly schedule whose next time was midnight."""

    def delay(time: datetime) -> timedelta:
        return timedelta(seconds=time.hour * 97 % (jitter + 1))

    found = take(table, MIDNIGHT, now, missed, delay, timedelta(seconds=jitter), most)
    return [it.time for it in found.due], [it.missed for it in found.due], found.next


@pytest.mark.parametrize("missed", ["none", "last", "all"])
def test_what_is_a_little_late_starts_whatever_is_said_of_missed_ones(missed: Missed) -> None:
    assert taken(MIDNIGHT - HOUR, missed) == ([], [], MIDNIGHT)
    assert taken(MIDNIGHT, missed) == ([MIDNIGHT], [False], MIDNIGHT + HOUR)
    assert taken(MIDNIGHT + GRACE, missed) == ([MIDNIGHT], [False], MIDNIGHT + HOUR)


def test_of_missed_times_none_the_last_or_all_start() -> None:
    now = MIDNIGHT + 5.5 * HOUR
    following = MIDNIGHT + 6 * HOUR
    assert taken(now, "none") == ([], [], following)
    assert taken(now, "last") == ([MIDNIGHT + 5 * HOUR], [True], following)
    all_of_them = [MIDNIGHT + n * HOUR for n in range(6)]
    assert taken(now, "all") == (all_of_them, [True] * 6, following)
    assert taken(now, "all", most=2) == (all_of_them[:2], [True] * 2, all_of_them[2])


def test_where_one_is_on_time_the_last_missed_one_is_not_made_up_for() -> None:
    now = MIDNIGHT + 5 * HOUR + timedelta(seconds=10)
    due, missed, following = taken(now, "last")
    assert (due, missed, following) == ([MIDNIGHT + 5 * HOUR], [False], MIDNIGHT + 6 * HOUR)
    assert taken(now, "all")[1] == [True] * 5 + [False]
    assert taken(now, "none") == (due, missed, following)


def test_no_more_is_made_up_for_than_is_said() -> None:
    often = Timetable(zone=BERLIN, every=1)
    now = MIDNIGHT + timedelta(days=400)
    due, missed, _ = taken(now, "all", table=often)
    assert len(due) == MOST_MADE_UP + GRACE.seconds + 1
    assert sum(missed) == MOST_MADE_UP
    assert due == [now - timedelta(seconds=n) for n in reversed(range(len(due)))]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200_000), st.sampled_from([0, 50, 3000, 9000]), st.integers(1, 7))
def test_with_jitter_and_a_few_at_once_every_time_starts_once_in_order(
    late: int, jitter: int, most: int
) -> None:
    now, first, found = MIDNIGHT + timedelta(seconds=late), MIDNIGHT, []

    def delay(time: datetime) -> timedelta:
        return timedelta(seconds=time.hour * 997 % (jitter + 1))

    while True:
        got = take(HOURLY, first, now, "all", delay, timedelta(seconds=jitter), most)
        found += [it.time for it in got.due]
        assert got.next is not None
        first = got.next
        if not got.due:
            break
    assert found == [MIDNIGHT + n * HOUR for n in range(len(found))]
    assert first + delay(first) > now
