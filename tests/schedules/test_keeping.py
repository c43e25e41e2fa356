"""Schedules follow what is published, and the calendars that they name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runner.actions import problems_of
from runner.graph import DocumentInvalid, load
from runner.models import Calendar, Schedule
from runner.nodes.schedule import KIND
from runner.schedules.clock import delay_of
from runner.schedules.control import next_times
from runner.timetable import Timetable
from tests.schedules.conftest import HOUR, NINE, THURSDAY, Site


def rows(blueprint: Any) -> dict[str, Schedule]:
    return {row.node: row for row in Schedule.objects.filter(blueprint=blueprint)}


def test_publishing_makes_changes_disables_and_removes_schedules(site: Site) -> None:
    blueprint = site.publish(a=NINE, b={"every": 3600})
    first = rows(blueprint)
    assert first["a"].next_at == first["a"].due_at == THURSDAY + 2 * HOUR
    assert first["b"].next_at == THURSDAY + HOUR
    site.now += HOUR / 2
    off = {
        "kind": "trigger.schedule",
        "parameters": {"every": 3600},
        "settings": {"disabled": True},
    }
    site.publish(blueprint, a=NINE, b=off, c={"cron": "@hourly"})
    second = rows(blueprint)
    assert second["a"].updated == first["a"].updated
    assert (second["b"].state, second["b"].next_at) == ("disabled", None)
    assert second["c"].next_at == THURSDAY + HOUR
    site.publish(blueprint, c={"cron": "@daily"})
    assert {it.node: it.next_at for it in rows(blueprint).values()} == {"c": THURSDAY + 18 * HOUR}
    blueprint.delete()
    assert not Schedule.objects.exists()


def test_a_draft_that_is_not_published_changes_nothing(site: Site) -> None:
    blueprint = site.publish(a=NINE)
    with pytest.raises(DocumentInvalid):
        site.publish(blueprint, a={"cron": "0 0 31 2 *"})
    assert rows(blueprint)["a"].parameters == NINE


@pytest.mark.parametrize(
    ("parameters", "parameter", "said"),
    [
        ({"cron": "0 0 31 2 *"}, "cron", "never comes"),
        ({"cron": "0 99 * * *"}, "cron", "the hour '99'"),
        ({"cron": "@daily", "time_zone": "Mars/Olympus"}, "time_zone", "no time zone"),
        ({"cron": "@daily", "every": 60}, "every", "take one of them out"),
        ({}, "cron", "'cron' or 'every' must be set"),
        ({"every": -5}, "every", "at least 1"),
        ({"every": "{{ input.n }}"}, "every", "Give its value itself"),
        ({"cron": "@daily", "skip_dates": ["12-32"]}, "skip_dates", "no day such as"),
        ({"cron": "@daily", "begin": "2027-02-01", "end": "2027-01-01"}, "end", "before it begins"),
        ({"cron": "0 9 * * SUN", "skip_weekdays": ["sun"]}, "skip_weekdays", "never comes"),
        ({"cron": "@daily", "calendars": ["Berlin"]}, "calendars", "There are none yet"),
        ({"cron": "@daily", "anchor": "tomorrow"}, "anchor", "no date or time"),
    ],
)
def test_what_cannot_come_is_told_at_its_node_and_parameter(
    site: Site, parameters: dict[str, Any], parameter: str, said: str
) -> None:
    with pytest.raises(DocumentInvalid) as raised:
        site.publish(start=parameters)
    problems = raised.value.problems
    assert {(it.node, it.parameter) for it in problems} == {("start", parameter)}
    assert said in problems[-1].message
    assert not Schedule.objects.exists()


def test_each_calendar_that_is_not_kept_is_told_at_its_row_with_the_near_one(site: Site) -> None:
    Calendar.objects.create(name="Berlin", days="2027-01-14")
    Calendar.objects.create(name="Paris", days="2027-01-14")
    # Also before it is said when it comes: a half-drawn schedule names its calendars at once.
    given = {"kind": KIND, "parameters": {"calendars": ["berln", "Paris", "Oslo", ""]}}
    document = load({"format": "conductor/1", "name": "S", "nodes": {"start": given}, "edges": []})
    found = [it for it in problems_of(document) if it.code == "unknown_calendar"]
    assert [(it.node, it.parameter, it.place) for it in found] == [
        ("start", "calendars", (at,)) for at in (0, 2, 3)
    ]
    near, far, blank = (it.message for it in found)
    assert near.startswith(
        "There is no calendar 'berln'. Did you mean 'Berlin'? There are: Berlin,"
    )
    assert "Did you mean" not in far
    assert "Choose one, or remove the row." in blank


def test_a_schedule_that_has_ended_is_published_and_over(site: Site) -> None:
    row = site.schedule(**NINE, end="2026-01-01")
    assert (row.state, row.next_at) == ("over", None)


def test_a_calendar_moves_the_schedules_that_name_it(site: Site) -> None:
    calendar = Calendar.objects.create(name="Berlin", days="2027-01-14 # today")
    row = site.schedule(**NINE, calendars=["Berlin"])
    assert row.next_at == THURSDAY + 26 * HOUR
    calendar.days += "\n2027-01-15/2027-01-31"
    calendar.save()
    row.refresh_from_db()
    assert row.next_at == THURSDAY + timedelta(days=18, hours=2)
    calendar.delete()
    row.refresh_from_db()
    assert row.state == "trouble"
    assert "There is no calendar 'Berlin'" in row.error
    assert next_times(row) == []
    Calendar.objects.create(name="Berlin")
    row.refresh_from_db()
    assert (row.state, row.next_at) == ("on", THURSDAY + 2 * HOUR)


def test_an_interval_is_counted_from_its_anchor_its_begin_or_midnight(site: Site) -> None:
    thirteen = {"every": 13 * 3600, "time_zone": "Europe/Berlin"}
    assert site.schedule(**thirteen, anchor="2027-01-14T07:30").next_at == THURSDAY + HOUR / 2
    assert site.schedule(**thirteen, begin="2027-02-01T10:00").next_at == (
        THURSDAY + timedelta(days=18, hours=3)
    )
    assert site.schedule(every=86_400, time_zone="Europe/Berlin").next_at == THURSDAY + 17 * HOUR


def test_jitter_is_the_same_for_all_who_ask_and_within_its_bounds(site: Site) -> None:
    longest = timedelta(minutes=10)
    row = site.schedule(**NINE, jitter=600)
    assert row.next_at is not None
    assert row.due_at is not None
    assert row.due_at - row.next_at == delay_of(row.pk, row.next_at, longest)
    table = Timetable(zone=ZoneInfo("UTC"), every=3600)
    delays = {delay_of(row.pk, at, longest) for at in table.following(THURSDAY, 200)}
    assert len(delays) > 100
    assert timedelta() <= min(delays) < max(delays) <= longest
