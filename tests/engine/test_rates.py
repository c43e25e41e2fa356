"""A step that waits for its turn, since its node has a rate, says so and until when."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import Execution, rates
from runner.engine.events import Event
from runner.engine.explain import explain
from runner.graph import Plan
from tests.engine.builder import plan

RATE = {"rate": {"per_second": 25}}
TURN = ("step.started", "step.waiting", "step.resumed", "step.succeeded")


def drawn(**settings: Any) -> Plan:
    nodes = {"m": "trigger.manual", "a": {"kind": "pass", "settings": {**RATE, **settings}}}
    return plan({**nodes, "b": "pass"}, "m.out -> a", "m.out -> b", "b.out -> a")


def of(events: tuple[Event, ...], step: str) -> tuple[str, ...]:
    return tuple(event.type for event in events if event.step == step)


@pytest.fixture(autouse=True)
def every_wait_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "TOLD", 0.001)


async def test_a_step_waits_for_its_rate_as_its_events_and_its_reasons_say() -> None:
    two = drawn()
    events = (await Execution(two, 1).run()).events
    assert of(events, "a") == ("step.started", "step.succeeded")
    assert of(events, "a#2") == TURN
    at = next(it.seq for it in events if it.type == "step.waiting")
    waiting, going_on = events[at - 1 : at + 1]
    # However late a busy machine looks: not before it was to, nor was that later than its turn.
    assert waiting.data["until"] <= waiting.time + 1 / 25 + 0.001
    assert going_on.time > waiting.data["until"] - 0.03
    waits = explain(two, events[:at], "a#2")[0]
    assert waits.status == "waiting"
    assert waits.reasons[0].message.endswith("its rate is 25 attempts a second.")
    assert explain(two, events[: at + 1], "a#2")[0].reasons[0].code == "running"


async def test_items_of_a_list_wait_for_the_rate_each_by_itself() -> None:
    events = (await Execution(drawn(each=True), [1, 2]).run()).events
    assert of(events, "a[1]") == TURN
    at = next(it.seq for it in events if it.type == "step.waiting")
    whole = explain(drawn(each=True), events[:at], "a")[0].reasons[0]
    assert whole.message.startswith("It goes through its list of 2 items: ")
    assert whole.message.endswith(" under way (1 of them waiting).")
    second = explain(drawn(each=True), events[:at], "a[1]")[0]
    assert (second.step, second.status) == ("a[1]", "waiting")
    assert second.reasons[0].message.startswith("It waits for its turn until ")


async def test_a_step_that_is_begun_anew_does_not_go_on_waiting_in_name() -> None:
    whole = (await Execution(drawn(), 1).run()).events
    cut = next(it.seq for it in whole if it.type == "step.waiting")
    rest = (await Execution(drawn(), history=list(whole[:cut])).run()).events
    # Whoever has begun it anew has its turn at once.
    assert of(rest, "a#2") == ("step.resumed", "step.succeeded")
