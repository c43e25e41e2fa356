"""Moments: dates and times in time zones, also those that clocks leave out or show twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runner.engine import Event, Execution, run
from runner.graph import DocumentInvalid, compile, load
from runner.nodes import node_types
from runner.nodes.waiting import verdict
from runner.timetable import moment_of


def shown(text: str, zone: str = "UTC") -> str:
    return datetime.fromtimestamp(moment_of(text, zone), UTC).isoformat()


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2027-03-01", "UTC", "2027-03-01T00:00:00+00:00"),
        ("2027-03-01", "Europe/Berlin", "2027-02-28T23:00:00+00:00"),
        ("2027-07-01T09:30", "Europe/Berlin", "2027-07-01T07:30:00+00:00"),
        ("2027-07-01T09:30Z", "Europe/Berlin", "2027-07-01T09:30:00+00:00"),
        ("2027-07-01T09:30+05:30", "Europe/Berlin", "2027-07-01T04:00:00+00:00"),
        # Left out when clocks are set forward: an hour later by the clock (03:30 in summer time).
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00+00:00"),
        # Shown twice when they are set back: the first, still in summer time.
        ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00+00:00"),
    ],
)
def test_a_moment(text: str, zone: str, moment: str) -> None:
    assert shown(text, zone) == moment


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("tomorrow", "UTC", "'tomorrow' is no date or time"),
        ("2027-02-30", "UTC", "'2027-02-30' is no date or time"),
        ("0001-01-01", "Asia/Tokyo", "'0001-01-01' is no date or time"),
        ("9999-12-31T23:59", "America/New_York", "'9999-12-31T23:59' is no date or time"),
        ("2027-03-01", "Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("2027-03-01", "../../etc/passwd", "is no time zone"),
    ],
)
def test_what_is_no_moment_is_named_in_the_drawing(text: str, zone: str, said: str) -> None:
    node = {"kind": "flow.wait", "parameters": {"until": text, "time_zone": zone}}
    with pytest.raises(DocumentInvalid) as caught:
        compile(load({"nodes": {"w": node}, "edges": []}), node_types())
    assert any(said in problem.message for problem in caught.value.problems)


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    node = {"kind": "flow.wait", "parameters": {"until": "2026-01-01", "time_zone": "Asia/Tokyo"}}
    plan = compile(load({"nodes": {"w": node}, "edges": []}), node_types())
    result = await Execution(plan, on_parked=lambda: None).run()
    assert result.status == "succeeded"


async def test_a_date_to_come_parks_the_run_until_then() -> None:
    node = {"kind": "flow.wait", "parameters": {"until": "2090-01-01", "time_zone": "Asia/Tokyo"}}
    plan = compile(load({"nodes": {"w": node}, "edges": []}), node_types())
    result = await Execution(plan, on_parked=lambda: None).run()
    assert result.status == "waiting"
    assert result.until == moment_of("2090-01-01", "Asia/Tokyo")


def decisions(*given: str) -> list[dict[str, Any]]:
    return [{"decision": decision} for decision in given]


def test_a_verdict_is_the_first_that_enough_have_given() -> None:
    assert verdict([], 1, 1) is None
    assert verdict(decisions("approve"), 1, 1) == "approved"
    assert verdict(decisions("approve"), 2, 1) is None
    assert verdict(decisions("approve", "reject", "approve"), 2, 1) == "rejected"
    assert verdict(decisions("approve", "reject", "approve"), 2, 2) == "approved"


async def test_an_approval_that_expires_says_what_was_decided() -> None:
    parameters = {"title": "Pay?", "users": ["anna", "ben"], "quorum": 2, "seconds": 3600}
    plan = compile(
        load({"nodes": {"a": {"kind": "flow.approval", "parameters": parameters}}, "edges": []}),
        node_types(),
    )
    first = await Execution(plan, run_id="r", on_parked=lambda: None).run()
    execution = Execution(plan, run_id="r", history=first.events, on_parked=lambda: None)
    execution.resume("a", {"by": "anna", "decision": "approve"}, "s")
    second = await execution.run()
    assert second.status == "waiting"
    assert [e.data["for"]["text"] for e in second.events if e.type == "step.waiting"] == [
        "an approval by anna or ben (1 of 2)"
    ]
    past: list[Event] = [
        e._replace(data={**e.data, "until": 1.0}) if e.type == "step.waiting" else e
        for e in (*first.events, *second.events)
    ]
    result = await run(plan, run_id="r", history=past)
    told = {"by": "anna", "decision": "approve"}
    [ended] = [e for e in result.events if e.type == "step.succeeded"]
    assert ended.data["outputs"] == {
        "expired": {"decision": "expired", "value": None, "decisions": [told]}
    }
