"""Frames: nodes that hold nodes and say how they run."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import RunState, run
from runner.graph import Plan, compile, validate
from tests.engine.frames import ALL, drawn, inside, plan, steps


def each(**parameters: Any) -> dict[str, Any]:
    return {"kind": "frame.each", "parameters": parameters}


DOUBLE = plan(
    {
        "m": "trigger.manual",
        "f": each(),
        "a": inside("async"),
        "b": inside("set", value="{{ [index, item * 2, input] }}"),
        "o": "flow.output",
    },
    "m.out -> f.in", "f.item -> a.in", "a.out -> b.in", "b.out -> f.result", "f.out -> o.in",
)  # fmt: skip


async def test_the_inside_runs_for_each_item_in_order() -> None:
    result = await run(DOUBLE, [3, 4])
    assert result.outputs == {"o": [[0, 6, 3], [1, 8, 4]]}
    assert steps(result) == ["m", "f[0]/a", "f[0]/b", "f[1]/a", "f[1]/b", "f", "o"]


async def test_an_empty_list_gives_an_empty_list_and_what_is_inside_is_skipped() -> None:
    result = await run(DOUBLE, [])
    assert result.outputs == {"o": []}
    assert steps(result, "step.skipped") == ["a", "b"]


async def test_what_is_no_list_fails_the_frame() -> None:
    result = await run(DOUBLE, {"n": 1})
    assert result.error is not None
    assert (result.error["kind"], result.error["step"]) == ("not_a_list", "f")


async def test_as_many_iterations_run_at_the_same_time_as_it_says() -> None:
    document = drawn(
        {"m": "trigger.manual", "f": each(concurrency=2), "a": inside("async")},
        "m.out -> f.in", "f.item -> a.in", "a.out -> f.result",
    )  # fmt: skip
    result = await run(compile(document, ALL), [1, 2, 3, 4])
    most = now = 0
    for event in result.events:
        if event.step and event.step.endswith("/a"):
            now += {"step.started": 1, "step.succeeded": -1}[event.type]
            most = max(most, now)
    assert (result.outputs, most) == ({"f": [1, 2, 3, 4]}, 2)


NESTED = plan(
    {
        "m": "trigger.manual",
        "f": each(list="{{ input }}", concurrency=2),
        "g": {**each(), "frame": "f"},
        "a": inside("set", "g", value="{{ [item, nodes['m']] }}"),
        "j": inside("join", "g"),
        "x": inside("async", "g"),
    },
    "m.out -> f.in", "f.item -> g.in", "g.item -> a.in", "g.item -> x.in", "a.out -> j.in",
    "x.out -> j.in", "j.out -> g.result", "g.out -> f.result",
)  # fmt: skip


async def test_frames_are_nested_and_read_what_is_outside() -> None:
    given = [[1], [2, 3]]
    result = await run(NESTED, given)
    assert result.outputs == {"f": [[[[1, given], 1]], [[[2, given], 2], [[3, given], 3]]]}
    assert "f[1]/g[1]/j" in steps(result)


async def test_a_frame_without_a_value_that_a_parameter_inside_needs_is_skipped() -> None:
    drawing = plan(
        {
            "m": "trigger.manual",
            "n": {"kind": "set", "parameters": {"value": 7}},
            "l": {"kind": "set", "parameters": {"value": [1, 2]}},
            "f": each(),
            "x": {**inside("number"), "promoted": ["value"]},
            "o": "flow.output",
        },
        "m.out -> l.in", "m.out -> n.in", "l.out -> f.in", "m.out -> f.in", "n.out -> x.value",
        "f.item -> x.in", "x.out -> f.result", "f.out -> o.in",
    )  # fmt: skip
    result = await run(drawing, [3])
    assert result.status == "succeeded"
    assert (steps(result, "step.failed"), steps(result, "step.skipped")) == ([], ["f#2"])


def failing(**parameters: Any) -> Plan:
    return plan(
        {
            "m": "trigger.manual",
            "f": {**each(**parameters), "settings": {"on_error": "route"}},
            "q": inside("if", condition="{{ input == 0 }}"),
            "bad": inside("fail"),
            "h": inside("hang"),
            "ok": inside("async"),
        },
        "m.out -> f.in", "f.item -> q.in", "q.true -> bad.in", "q.true -> h.in",
        "q.false -> ok.in", "ok.out -> f.result",
    )  # fmt: skip


async def test_the_first_error_ends_the_frame_and_cancels_what_runs_in_it() -> None:
    result = await run(failing(concurrency=3), [1, 0, 2, 3])
    assert result.status == "succeeded"
    assert set(steps(result, "step.failed")) == {"f[1]/bad", "f"}
    assert "f[1]/h" in steps(result, "step.cancelled")
    failed = next(e for e in result.events if e.type == "step.failed" and e.step == "f")
    assert failed.data["outputs"]["error"]["message"] == "no luck"


async def test_collected_errors_stand_beside_the_results() -> None:
    result = await run(failing(errors="collect"), [1, 0, 2])
    end = next(e for e in result.events if e.type == "step.succeeded" and e.step == "f")
    assert end.data["outputs"]["out"] == [1, None, 2]
    assert [error["index"] for error in end.data["outputs"]["errors"]] == [1]


async def test_a_failing_run_begins_no_more_iterations() -> None:
    document = drawn(
        {"f": each(list="{{ [1, 2, 3] }}"), "h": inside("hang"), "a": "async", "bad": "fail"},
        "f.item -> h.in", "h.out -> f.result", "a.out -> bad.in",
    )  # fmt: skip
    result = await run(compile(document, ALL))
    assert result.status == "failed"
    assert steps(result, "step.cancelled") == ["f", "f[0]/h"]


@pytest.mark.parametrize(
    ("cut_plan", "given"),
    [
        (DOUBLE, [3, 4]),
        (NESTED, [[1], [2, 3]]),
        (failing(concurrency=3), [1, 0, 2, 3]),
        (failing(errors="collect", concurrency=2), [1, 0, 2, 0]),
    ],
)
async def test_cut_at_every_event_a_frame_goes_on_to_the_same_end(
    cut_plan: Plan, given: Any
) -> None:
    whole = await run(cut_plan, given, run_id="r")
    for cut in range(len(whole.events)):
        history = whole.events[:cut]
        rest = await run(cut_plan, given, run_id="r", history=history)
        assert (rest.status, rest.outputs) == (whole.status, whole.outputs)
        ends = [
            event.step
            for event in (*history, *rest.events)
            if event.type in ("step.succeeded", "step.failed", "step.cancelled", "step.skipped")
        ]
        assert len(ends) == len(set(ends))
        assert not RunState.fold(cut_plan, (*history, *rest.events)).running


async def test_an_item_may_go_straight_to_the_end() -> None:
    drawn_straight = plan(
        {"m": "trigger.manual", "f": each()}, "m.out -> f.in", "f.item -> f.result"
    )
    assert (await run(drawn_straight, [1, 2])).outputs == {"f": [1, 2]}


async def test_what_waits_in_vain_from_the_beginning_of_an_iteration_waits_no_more() -> None:
    drawn_join = plan(
        {
            "m": "trigger.manual",
            "f": each(),
            "j": inside("join"),
            "again": inside("if", condition=False),
        },
        "m.out -> f.in", "f.item -> j.in", "again.true -> j.in", "j.out -> again.in",
        "j.out -> f.result",
    )  # fmt: skip
    result = await run(drawn_join, [1, 2])
    assert result.outputs == {"f": [[1], [2]]}


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ({"f": each()}, [], "frame_without_end"),
        ({"a": inside("pass", "b"), "b": "pass"}, [], "not_a_frame"),
        ({"f": each(), "m": inside("trigger.manual")}, [], "trigger_in_frame"),
        ({"f": {**each(), "frame": "f"}}, [], "frame_circle"),
        ({"f": each(), "a": inside("pass"), "b": "pass"}, ["a.out -> b.in"], "edge_crosses_frame"),
        ({"f": each(), "b": "pass"}, ["f.item -> b.in"], "edge_crosses_frame"),
    ],
)
def test_what_is_wrong_with_a_frame_is_told(nodes: Any, edges: list[str], code: str) -> None:
    assert code in {problem.code for problem in validate(drawn(nodes, *edges), ALL)}
