"""A run that is cut at any event goes on to the same end: its state is a fold over its events."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.engine import Event, NodeError, RunState, Step, run
from runner.engine.parking import STAYS
from runner.graph import Plan, compile, load
from runner.graph.spec import Runs
from runner.nodes import node_types
from tests.engine.builder import LOOSE, declare, plan
from tests.thorough import times

BRANCHING = plan(
    {
        "m": "trigger.manual",
        "q": {"kind": "if", "parameters": {"condition": "{{ input > 0 }}"}},
        "a": "async",
        "b": {"kind": "set", "parameters": {"value": "{{ [run.id, input] }}"}},
        "x": "external",
        "j": {"kind": "join", "parameters": {"wait_for": "possible"}},
        "o": {"kind": "flow.output", "parameters": {"name": "all"}},
        "never": "pass",
    },
    "m.out -> q", "q.true -> a", "q.false -> never", "never.out -> j", "a.out -> x", "a.out -> b",
    "x.out -> j", "b.out -> j", "j.out -> o",
)  # fmt: skip


def ended(events: list[Event] | tuple[Event, ...]) -> list[str | None]:
    return [e.step for e in events if e.type in ("step.succeeded", "step.failed", "step.skipped")]


async def test_cut_at_every_event_a_run_gives_the_same_outputs_and_repeats_no_finished_step() -> (
    None
):
    whole = await run(BRANCHING, 5, run_id="r")
    assert whole.outputs == {"all": ["r:x", ["r", 5]]}
    for cut in range(len(whole.events) + 1):
        history = whole.events[:cut]
        rest = await run(BRANCHING, 5, run_id="r", history=history)
        assert (rest.status, rest.outputs) == (whole.status, whole.outputs)
        done = ended([*history, *rest.events])
        assert len(done) == len(set(done))
        sequence = [event.seq for event in (*history, *rest.events)]
        assert sequence == list(range(1, len(sequence) + 1))


@pytest.mark.parametrize("each", [False, True], ids=["step", "item"])
async def test_a_pause_before_another_attempt_goes_on_after_a_crash(each: bool) -> None:
    began: list[float] = []

    @declare("refused", inputs=LOOSE, runs=Runs.ASYNC)
    async def refused(step: Step) -> str:
        """Fail the first time."""
        began.append(time.monotonic())
        if step.attempt == 1:
            raise NodeError("Come again.", retry_after=0.6)
        return "done"

    told: dict[str, Any] = {"retry": {"attempts": 2}}
    if each:
        told["each"] = {"list": "{{ [1] }}"}
    drawn = compile(
        load({"nodes": {"x": {"kind": "refused", "settings": told}}}), {"refused": refused}
    )
    whole = await run(drawn, run_id="r")
    assert whole.status == "succeeded"
    place = next(n for n, it in enumerate(whole.events) if it.type == "step.retrying")
    # As if the process had ended now: the journal has the first attempt, and the pause is ahead.
    history = whole.events[: place + 1]
    later = time.time() - history[-1].time
    began.clear()
    history = tuple(event._replace(time=event.time + later) for event in history)
    asked = time.monotonic()
    rest = await run(drawn, run_id="r", history=history)
    assert rest.status == "succeeded"
    [second] = began
    assert second - asked >= 0.55


async def test_a_pause_is_no_longer_than_it_can_have_been_though_the_clock_was_set_back() -> None:
    began: list[float] = []

    @declare("refused", inputs=LOOSE, runs=Runs.ASYNC)
    async def refused(step: Step) -> str:
        """Fail the first time."""
        began.append(time.monotonic())
        if step.attempt == 1:
            raise NodeError("Come again.")
        return "done"

    told = {"retry": {"attempts": 2, "delay": 0.1, "backoff": "fixed"}}
    drawn = compile(
        load({"nodes": {"x": {"kind": "refused", "settings": told}}}), {"refused": refused}
    )
    whole = await run(drawn, run_id="r")
    place = next(n for n, it in enumerate(whole.events) if it.type == "step.retrying")
    history = tuple(it._replace(time=it.time + 86_400) for it in whole.events[: place + 1])
    asked = time.monotonic()
    rest = await run(drawn, run_id="r", history=history)
    assert rest.status == "succeeded"
    assert began[-1] - asked < STAYS + 20


async def test_a_step_in_flight_is_repeated_with_the_same_key() -> None:
    drawn = plan({"x": "external"})
    whole = await run(drawn, run_id="r")
    history = [e for e in whole.events if e.type in ("run.queued", "run.started", "step.started")]
    rest = await run(drawn, run_id="r", history=history)
    assert rest.events[0].type == "run.resumed"
    assert rest.events[0].data["repeats"] == ["x"]
    assert rest.outputs == {"x": "r:x"}


async def test_a_step_that_says_at_most_once_fails_as_interrupted() -> None:
    drawn = plan({"x": {"kind": "external", "settings": {"at_most_once": True}}})
    whole = await run(drawn)
    rest = await run(drawn, history=whole.events[:3])
    assert rest.error is not None
    assert rest.error["code"] == "interrupted"


async def test_a_step_that_the_end_of_an_interrupted_one_cancels_does_not_begin_again() -> None:
    begun: list[str] = []

    @declare("noted", inputs=LOOSE, runs=Runs.ASYNC)
    async def noted(step: Step) -> None:
        begun.append(step.idempotency_key)
        await asyncio.Event().wait()

    once = {"at_most_once": True, "on_error": "route"}
    document = load(
        {
            "format": "conductor/1",
            "nodes": {
                "once": {"kind": "noted", "settings": once},
                "late": {"kind": "noted"},
                "j": {"kind": "flow.join", "parameters": {"wait_for": "first", "late": "cancel"}},
            },
            "edges": ["once.error -> j.in", "late.out -> j.in"],
        }
    )
    drawn = compile(document, {"noted": noted, "flow.join": node_types()["flow.join"]})
    begins = [
        Event(1, 1000.0, "run.queued", None, {"inputs": {}}),
        Event(2, 1000.0, "run.started", None, {}),
        Event(3, 1000.0, "step.started", "once", {"attempt": 1, "inputs": {}}),
        Event(4, 1000.0, "step.started", "late", {"attempt": 1, "inputs": {}}),
    ]
    rest = await asyncio.wait_for(run(drawn, history=begins), 2)
    assert (rest.status, begun) == ("succeeded", [])
    assert ("step.cancelled", "late") in [(event.type, event.step) for event in rest.events]


async def test_a_wait_keeps_its_moment_over_a_restart() -> None:
    drawn = plan({"w": {"kind": "wait", "parameters": {"seconds": 3600}}})
    history = [
        Event(1, 1000.0, "run.queued", None, {"inputs": 7}),
        Event(2, 1000.0, "run.started", None, {}),
        Event(3, 1000.0, "step.started", "w", {"attempt": 1, "inputs": {}}),
        Event(4, 1000.0, "step.waiting", "w", {"until": 4600.0}),
    ]
    rest = await run(drawn, history=history)
    assert rest.outputs == {"w": 7}
    assert "step.waiting" not in [event.type for event in rest.events]


async def test_a_run_cut_while_it_was_being_ended_ends_the_same_way() -> None:
    drawn = plan({"h": "hang", "i": "hang"}, settings={"timeout": 0.01})
    whole = await run(drawn)
    cut = next(n for n, e in enumerate(whole.events, 1) if e.type == "step.cancelled")
    # The limit of the run has not passed for a history that seems to be young.
    young = [event._replace(time=event.time + 1e6) for event in whole.events[:cut]]
    rest = await run(drawn, history=young)
    assert (rest.status, rest.error) == (whole.status, whole.error)


async def test_a_run_that_has_ended_is_not_run_again() -> None:
    whole = await run(BRANCHING, 5)
    again = await run(BRANCHING, 5, history=whole.events)
    assert (again.status, again.outputs, again.events) == (whole.status, whole.outputs, ())


def random_plan(seed: int) -> Plan:
    """Return a random drawing without circles: branches, joins, pairs and failures."""
    dice = random.Random(seed)
    nodes: dict[str, Any] = {"n0": "trigger.manual"}
    edges: list[str] = []
    for number in range(1, dice.randint(3, 14)):
        name = f"n{number}"
        kind = dice.choice(["pass", "async", "if", "join", "pair", "fail", "external", "thread"])
        node: dict[str, Any] = {"kind": kind}
        if kind == "if":
            node["parameters"] = {"condition": dice.random() < 0.5}
        if kind == "join":
            node["parameters"] = {"wait_for": dice.choice(["all", "first", "n", "possible"])}
        if kind == "fail":
            node["settings"] = {"on_error": dice.choice(["route", "continue", "continue", "fail"])}
        nodes[name] = node
        ports = ["a", "b"] if kind == "pair" else ["in"]
        wanted = [*ports, *(["in"] if kind != "pair" and dice.random() < 0.5 else [])]
        for port in wanted:
            source = f"n{dice.randrange(number)}"
            before = nodes[source]
            from_kind = before if isinstance(before, str) else before["kind"]
            out = dice.choice(["true", "false"]) if from_kind == "if" else "out"
            edge = f"{source}.{out} -> {name}.{port}"
            if edge not in edges:
                edges.append(edge)
    return plan(nodes, *edges, settings={"on_failure": "finish"})


@settings(max_examples=times(25), deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
async def test_random_drawings_end_and_give_the_same_after_a_cut(
    seed: int, data: st.DataObject
) -> None:
    drawn = random_plan(seed)
    whole = await run(drawn, 1, run_id="r")
    assert whole.status in ("succeeded", "failed")
    cut = data.draw(st.integers(0, len(whole.events)))
    rest = await run(drawn, 1, run_id="r", history=whole.events[:cut])
    assert rest.status == whole.status
    both = [*whole.events[:cut], *rest.events]
    assert sorted(map(str, ended(both))) == sorted(map(str, ended(whole.events)))
    state = RunState.fold(drawn, both)
    assert state.status == whole.status
    assert not state.ready
    assert not state.running


@pytest.mark.parametrize("cut", [0, 1, 5, 9])
async def test_the_same_events_give_the_same_state(cut: int) -> None:
    whole = await run(BRANCHING, 5)
    states = [RunState.fold(BRANCHING, whole.events[:cut]) for _ in range(2)]
    assert list(states[0].ready) == list(states[1].ready)
    assert list(states[0].running) == list(states[1].running)
    assert states[0].root.values == states[1].root.values
