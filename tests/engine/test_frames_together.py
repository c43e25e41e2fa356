"""Frames and what is around them: keys, cancelling together, values from outside."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import run
from runner.engine.explain import explain
from runner.graph import Plan
from tests.engine.cutting import goes_on_from_everywhere
from tests.engine.frames import frame, inside, plan, steps

# --- keys, and cancelling together ----------------------------------------


def keyed(one: Any, two: Any, **more: Any) -> Plan:
    return plan(
        {"m": "trigger.manual", "f": frame("group", key=one, **more),
         "g": frame("group", key=two, **more),
         "a": inside("async"), "b": inside("async"), "c": inside("async", "g"),
         "d": inside("async", "g")},
        "m.out -> f.in", "m.out -> g.in", "f.start -> a.in", "a.out -> b.in", "b.out -> f.result",
        "g.start -> c.in", "c.out -> d.in", "d.out -> g.result",
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["run", "owner"])
async def test_frames_with_the_same_key_run_one_after_the_other(scope: str) -> None:
    result = await goes_on_from_everywhere(keyed("k", "{{ 'k' }}", scope=scope))
    order = [step for step in steps(result) if step and "/" in step]
    assert order == ["f/a", "f/b", "g/c", "g/d"]
    free = await run(keyed("k", "other"))
    assert [step for step in steps(free) if step and "/" in step] != order


async def test_why_says_which_frame_has_the_key_that_another_waits_for() -> None:
    drawing = keyed("k", "k")
    events = (await run(drawing)).events
    told = [(at, it.type) for at, it in enumerate(events, 1) if it.step == "g"]
    assert [kind for _, kind in told[1:3]] == ["step.waiting", "step.resumed"]
    (why,) = explain(drawing, events[: told[1][0]], "g")
    assert (why.status, why.reasons[0].code, why.reasons[0].step) == (
        "waiting", "waits_for_key", "f",
    )  # fmt: skip
    assert why.reasons[0].message == "It waits for the key 'k' of this run, which `f` has."
    (why,) = explain(drawing, events[: told[2][0]], "g")
    assert (why.status, why.reasons[0].code) == ("running", "running")


async def test_a_key_that_is_held_around_is_not_waited_for() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("group", key="k"),
         "g": {**frame("group", key="k"), "frame": "f"}, "a": inside("async", "g")},
        "m.out -> f.in", "f.start -> g.in", "g.start -> a.in", "a.out -> g.result",
        "g.out -> f.result",
    )  # fmt: skip
    assert (await run(drawing, 1)).outputs == {"f": 1}


async def test_frames_that_wait_for_each_other_fail_the_run_with_the_reason() -> None:
    nodes: dict[str, Any] = {"m": "trigger.manual"}
    edges = []
    for outer, inner, key, other in (("f", "p", "1", "2"), ("g", "q", "2", "1")):
        nodes |= {
            outer: frame("group", key=key), f"{outer}a": inside("async", outer),
            inner: {**frame("group", key=other), "frame": outer},
            f"{inner}a": inside("async", inner),
        }  # fmt: skip
        edges += [
            f"m.out -> {outer}.in", f"{outer}.start -> {outer}a.in", f"{outer}a.out -> {inner}.in",
            f"{inner}.start -> {inner}a.in", f"{inner}a.out -> {inner}.result",
            f"{inner}.out -> {outer}.result",
        ]  # fmt: skip
    result = await run(plan(nodes, *edges))
    assert result.error is not None
    assert (result.status, result.error["code"]) == ("failed", "deadlock")
    assert result.error["message"] == (
        "Frames wait for one another: f/p waits for the key '2' of this run, which g has; "
        "g/q waits for the key '1' of this run, which f has. "
        "Take the keys in the same order everywhere."
    )


async def test_what_comes_at_cancel_cancels_all_that_is_inside() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("group"), "h": inside("hang"), "i": inside("hang"),
         "a": "async", "o": "flow.output"},
        "m.out -> f.in", "f.start -> h.in", "f.start -> i.in", "h.out -> f.result",
        "m.out -> a.in", "a.out -> f.cancel", "f.cancelled -> o.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, 8)
    assert result.outputs == {"o": 8}
    assert sorted(map(str, steps(result, "step.cancelled"))) == ["f/h", "f/i"]


async def test_a_node_inside_can_cancel_the_group_and_a_closed_one_is_let_be() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("group"), "h": inside("hang"), "a": inside("async"),
         "o": "flow.output"},
        "m.out -> f.in", "f.start -> h.in", "f.start -> a.in", "h.out -> f.result",
        "a.out -> f.cancel", "m.out -> f.cancel", "f.cancelled -> o.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, 8)
    assert result.outputs == {"o": 8}


# --- values from outside --------------------------------------------------


CAPTURING = plan(
    {"m": "trigger.manual", "r": "async", "f": frame("each", list="{{ nodes['m'] }}"),
     "g": {**frame("repeat", most=2), "frame": "f"}, "p": inside("pair", "g"),
     "s": inside("set", "g", value="{{ [input.a, input.b] }}"), "o": "flow.output"},
    "m.out -> r.in", "r.out -> p.b", "f.item -> g.in", "g.value -> p.a", "p.out -> s.in",
    "s.out -> g.next", "g.out -> f.result", "f.out -> o.in",
)  # fmt: skip


async def test_a_value_from_outside_is_there_for_every_firing_inside() -> None:
    result = await goes_on_from_everywhere(CAPTURING, [1, 2])
    assert result.outputs == {"o": [[[n, [1, 2]], [1, 2]] for n in (1, 2)]}


async def test_a_frame_waits_for_the_values_that_its_inside_takes() -> None:
    result = await run(CAPTURING, [1])
    order = [event.step for event in result.events if event.type == "step.started"]
    assert order.index("r") < order.index("f")


async def test_a_frame_whose_inside_lacks_a_required_value_is_skipped() -> None:
    drawing = plan(
        {"m": "trigger.manual", "q": "if", "f": frame("group"), "p": inside("pair")},
        "m.out -> q.in", "q.true -> p.a", "m.out -> f.in", "f.start -> p.b", "p.out -> f.result",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    skipped = next(it for it in result.events if it.type == "step.skipped" and it.step == "f")
    assert "'p.a'" in skipped.data["reason"]


async def test_a_node_with_nothing_but_values_from_outside_fires_once_in_each_iteration() -> None:
    drawing = plan(
        {"m": "trigger.manual", "r": "async", "f": frame("each", list="{{ [1, 2] }}"),
         "a": inside("async")},
        "m.out -> r.in", "r.out -> a.in", "a.out -> f.result",
    )  # fmt: skip
    assert (await goes_on_from_everywhere(drawing, "x")).outputs == {"f": ["x", "x"]}
