"""Repeat, try, race, time limit, group: what each kind of frame does with its inside."""

from __future__ import annotations

import time
from typing import Any

import pytest

from runner.engine import Execution, MemoryJournal, Result, run
from runner.graph import Plan, compile, validate
from runner.nodes import node_types
from tests.engine.cutting import goes_on_from_everywhere
from tests.engine.frames import ALL, drawn, frame, inside, plan, steps

# --- for each -------------------------------------------------------------


async def test_a_for_each_that_feeds_itself_without_end_fails_at_its_limit() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each", {"max_firings": 5}, list="{{ [1] }}"),
         "d": inside("set", value="{{ item + 1 }}"), "o": "flow.output"},
        "m.out -> f.in", "f.item -> d.in", "d.out -> f.more", "f.out -> o.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, 3)
    assert result.error is not None
    assert (result.status, result.error["code"]) == ("failed", "too_many_items")
    assert "raise its 'max_firings'" in result.error["message"]


# --- repeat ---------------------------------------------------------------


def doubling(**parameters: Any) -> Plan:
    return plan(
        {"m": "trigger.manual", "f": frame("repeat", **parameters),
         "d": inside("set", value="{{ item * 2 }}"), "w": inside("async"), "o": "flow.output"},
        "m.out -> f.in", "f.value -> d.in", "d.out -> w.in", "w.out -> f.next", "f.out -> o.in",
    )  # fmt: skip


async def test_repeat_goes_on_until_its_condition_holds() -> None:
    result = await goes_on_from_everywhere(doubling(until="{{ input > 20 and index > 0 }}"), 3)
    assert result.outputs == {"o": 24}
    assert steps(result)[1:-2] == [f"f[{n}]/{node}" for n in range(3) for node in ("d", "w")]


async def test_without_a_condition_repeat_runs_so_many_times() -> None:
    assert (await run(doubling(most=5), 1)).outputs == {"o": 32}


async def test_repeat_fails_where_its_condition_never_holds_unless_told_to_go_on() -> None:
    result = await run(doubling(until="{{ false }}", most=3), 1)
    assert result.error is not None
    assert (result.error["code"], result.error["step"]) == ("not_done", "f")
    assert "3 times" in result.error["message"]
    on = await run(doubling(until="{{ false }}", most=3, otherwise="go on"), 1)
    assert on.outputs == {"o": 8}


async def test_a_condition_that_cannot_be_evaluated_fails_the_frame() -> None:
    result = await goes_on_from_everywhere(doubling(until="{{ input.total }}"), 1)
    assert (result.status, steps(result, "step.failed")) == ("failed", ["f"])


async def test_a_value_at_done_ends_the_repeating() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("repeat", most=9),
         "d": inside("set", value="{{ item + 1 }}"),
         "q": inside("if", condition="{{ input >= 4 }}")},
        "m.out -> f.in", "f.value -> d.in", "d.out -> q.in", "q.true -> f.done",
        "q.false -> f.next",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, 1)
    assert result.outputs == {"f": 4}


async def test_where_nothing_comes_the_next_round_has_the_same_value() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("repeat", most=3), "d": inside("async"),
         "q": inside("if", condition="{{ index == 1 }}"),
         "s": inside("set", value="{{ item + 1 }}")},
        "m.out -> f.in", "f.value -> d.in", "d.out -> q.in", "q.true -> s.in", "s.out -> f.next",
    )  # fmt: skip
    assert (await goes_on_from_everywhere(drawing, 5)).outputs == {"f": 6}


# --- try ------------------------------------------------------------------


def trying(body: str, *, catch: bool = True, cleans: bool = True, **settings: Any) -> Plan:
    nodes = {
        "m": "trigger.manual", "f": frame("try", settings), "b": inside(body), "o": "flow.output",
        "c": inside("set", value="{{ ['caught', input.step, input.message] }}"),
        "z": inside("set", value="{{ input }}"), "y": inside("async"),
    }  # fmt: skip
    edges = ["m.out -> f.in", "f.try -> b.in", "b.out -> f.result", "f.out -> o.in"]
    if catch:
        edges += ["f.catch -> c.in", "c.out -> f.result"]
    else:
        del nodes["c"]
    if cleans:
        edges += ["f.finally -> z.in", "z.out -> y.in"]
    else:
        del nodes["z"], nodes["y"]
    return plan(nodes, *edges)


def output_of(result: Result, step: str) -> Any:
    return next(
        event.data["outputs"]["out"]
        for event in result.events
        if event.step == step and event.type == "step.succeeded"
    )


async def test_a_body_that_ends_well_is_followed_by_the_finally_part_alone() -> None:
    result = await goes_on_from_everywhere(trying("async"), 7)
    assert result.outputs == {"o": 7}
    assert steps(result) == ["m", "f[try]/b", "f[finally]/z", "f[finally]/y", "f", "o"]
    assert output_of(result, "f[finally]/z") == {"result": 7}


async def test_an_error_of_the_body_is_caught() -> None:
    result = await goes_on_from_everywhere(trying("fail"), 7)
    assert result.outputs == {"o": ["caught", "f[try]/b", "no luck"]}
    assert steps(result, "step.failed") == ["f[try]/b"]
    assert "f[finally]/y" in steps(result)


async def test_without_a_catch_the_error_is_the_frames_after_it_has_cleaned_up() -> None:
    result = await goes_on_from_everywhere(trying("fail", catch=False), 7)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["step"] == "f"
    assert [it.step for it in result.events if it.type in ("step.failed", "step.succeeded")] == [
        "m", "f[try]/b", "f[finally]/z", "f[finally]/y", "f",
    ]  # fmt: skip
    assert output_of(result, "f[finally]/z")["message"] == "no luck"


async def test_an_error_of_the_catch_is_the_frames() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("try"), "b": inside("fail"),
         "c": inside("fail", message="worse"), "z": inside("async")},
        "m.out -> f.in", "f.try -> b.in", "b.out -> f.result", "f.catch -> c.in",
        "f.finally -> z.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert result.error is not None
    assert (result.error["message"], "f[finally]/z" in steps(result)) == ("worse", True)


HANGING = {
    "m": "trigger.manual", "f": frame("try"), "g": {**frame("group"), "frame": "f"},
    "h": inside("hang", "g"), "z": inside("async"), "a": "async",
}  # fmt: skip
HANGING_EDGES = (
    "m.out -> f.in", "f.try -> g.in", "g.start -> h.in", "h.out -> g.result", "g.out -> f.result",
    "f.finally -> z.in", "m.out -> a.in",
)  # fmt: skip


async def test_a_run_that_fails_elsewhere_still_cleans_up() -> None:
    drawing = plan({**HANGING, "bad": "fail"}, *HANGING_EDGES, "a.out -> bad.in")
    result = await goes_on_from_everywhere(drawing)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["step"] == "bad"
    kinds = {(event.step, event.type) for event in result.events}
    assert ("f[try]/g/h", "step.cancelled") in kinds
    assert ("f[finally]/z", "step.succeeded") in kinds
    assert ("f", "step.cancelled") in kinds


async def test_a_stop_node_and_a_cancelled_run_clean_up_as_well() -> None:
    stop = compile(
        drawn({**HANGING, "s": "flow.stop"}, *HANGING_EDGES, "a.out -> s.in"),
        {**ALL, "flow.stop": node_types()["flow.stop"]},
    )
    result = await goes_on_from_everywhere(stop, 1)
    assert (result.status, result.outputs) == ("succeeded", {"s": 1})
    assert "f[finally]/z" in steps(result)


# --- race -----------------------------------------------------------------


def racing(fast: str, slow: str, **parameters: Any) -> Plan:
    return plan(
        {"m": "trigger.manual", "f": frame("race", **parameters), "a": inside(fast),
         "b": inside(slow), "o": "flow.output"},
        "m.out -> f.in", "f.start -> a.in", "f.start -> b.in", "a.out -> f.first",
        "b.out -> f.first", "f.out -> o.in",
    )  # fmt: skip


async def test_the_first_wins_and_the_rest_is_cancelled() -> None:
    result = await goes_on_from_everywhere(racing("async", "hang"), 3)
    assert result.outputs == {"o": 3}
    assert steps(result, "step.cancelled") == ["f/b"]


async def test_a_branch_that_fails_has_lost() -> None:
    result = await goes_on_from_everywhere(racing("fail", "async"), 3)
    assert result.outputs == {"o": 3}
    lost = await goes_on_from_everywhere(racing("fail", "fail"))
    assert (lost.status, steps(lost, "step.failed")) == ("failed", ["f/a", "f/b", "f"])
    strict = await goes_on_from_everywhere(racing("fail", "hang", errors="stop"))
    assert (strict.status, steps(strict, "step.cancelled")) == ("failed", ["f/b"])


# --- time limit -----------------------------------------------------------


@pytest.mark.parametrize(
    "limited", [frame("limit", seconds=0.05), frame("group", {"timeout": 0.05})]
)
async def test_what_takes_too_long_is_cancelled_and_fails_as_a_timeout(limited: Any) -> None:
    limited = {**limited, "settings": {**limited["settings"], "on_error": "route"}}
    drawing = plan(
        {"m": "trigger.manual", "f": limited, "h": inside("hang"), "o": "flow.output"},
        "m.out -> f.in", "f.start -> h.in", "h.out -> f.result", "f.error -> o.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert result.outputs["o"]["code"] == "timeout"
    assert steps(result, "step.cancelled") == ["f/h"]


async def test_what_is_in_time_is_let_be() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("limit", seconds=60), "h": inside("async")},
        "m.out -> f.in", "f.start -> h.in", "h.out -> f.result",
    )  # fmt: skip
    assert (await run(drawing, 4)).outputs == {"f": 4}


# --- retry of a frame -----------------------------------------------------


async def test_a_frame_is_tried_again_as_a_whole() -> None:
    drawing = plan(
        {"m": "trigger.manual",
         "f": frame("group", {"retry": {"attempts": 3, "backoff": "fixed", "delay": 0.01}}),
         "a": inside("async"), "b": inside("fail")},
        "m.out -> f.in", "f.start -> a.in", "a.out -> b.in", "b.out -> f.result",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert steps(result, "step.failed") == ["f/b", "f~2/b", "f~3/b", "f"]
    assert steps(result) == ["m", "f/a", "f~2/a", "f~3/a"]


# --- for each: enough, further items, completing --------------------------


async def test_items_can_be_added_while_the_list_is_gone_through() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each"), "a": inside("async"),
         "q": inside("if", condition="{{ input > 0 }}"),
         "l": inside("set", value="{{ input - 1 }}")},
        "m.out -> f.in", "f.item -> a.in", "a.out -> f.result", "a.out -> q.in", "q.true -> l.in",
        "l.out -> f.more",
    )  # fmt: skip
    assert (await goes_on_from_everywhere(drawing, [2, 0])).outputs == {"f": [2, 0, 1, 0]}


def enough(rest: str) -> Plan:
    return plan(
        {"m": "trigger.manual", "f": frame("each", concurrency=3, enough=2, rest=rest),
         "q": inside("if", condition="{{ item == 'slow' }}"), "h": inside("wait", seconds=0.05),
         "o": "flow.output"},
        "m.out -> f.in", "f.item -> q.in", "q.true -> h.in", "h.out -> f.result",
        "q.false -> f.result", "f.out -> o.in",
    )  # fmt: skip


async def test_enough_items_are_waited_for_and_the_others_are_cancelled() -> None:
    result = await goes_on_from_everywhere(enough("cancel"), ["slow", "b", "c"])
    assert result.outputs == {"o": ["b", "c"]}
    assert steps(result, "step.cancelled") == ["f[0]/h"]


async def test_or_they_end_without_anybody_waiting() -> None:
    result = await goes_on_from_everywhere(enough("finish"), ["slow", "b", "c"])
    assert result.outputs == {"o": ["b", "c"]}
    order = steps(result)
    assert order.index("o") < order.index("f[0]/h") < order.index("f")


async def test_it_is_completed_from_outside_with_the_results_that_there_are() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each", concurrency=3), "h": inside("hang"),
         "q": inside("if", condition="{{ item == 'slow' }}"), "a": "wait", "o": "flow.output"},
        "m.out -> f.in", "f.item -> q.in", "q.true -> h.in", "h.out -> f.result",
        "q.false -> f.result", "f.out -> o.in", "m.out -> a.in", "a.out -> f.complete",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, ["slow", "b", "c"])
    assert result.outputs == {"o": ["b", "c"]}


async def test_completed_after_it_went_on_with_enough_it_does_not_go_on_again() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each", concurrency=3, enough=2, rest="finish"),
         "h": inside("hang"), "q": inside("if", condition="{{ item == 'slow' }}"), "a": "wait",
         "o": "flow.output"},
        "m.out -> f.in", "f.item -> q.in", "q.true -> h.in", "h.out -> f.result",
        "q.false -> f.result", "f.out -> o.in", "f.out -> a.in", "a.out -> f.complete",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, ["slow", "b", "c"])
    assert result.outputs == {"o": ["b", "c"]}
    assert steps(result, "step.succeeded").count("o") == 1
    assert "o#2" not in steps(result, "step.succeeded")


# --- what is wrong --------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ({"f": frame("each", {"each": True})}, [], "setting_on_frame"),
        ({"f": frame("group", {"at_most_once": True})}, [], "setting_on_frame"),
        (
            {"f": frame("each"), "a": inside("pass"), "b": "pass", "c": inside("pass")},
            ["b.out -> a.in", "c.out -> a.in"],
            "captured_merges",
        ),
        (
            {"f": frame("each"), "a": inside("join"), "b": "pass"},
            ["b.out -> a.in"],
            "captured_merges",
        ),
        (
            {"f": frame("each"), "g": frame("group"), "a": inside("pass")},
            ["a.out -> g.cancel"],
            "edge_crosses_frame",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(nodes: Any, edges: list[str], code: str) -> None:
    assert code in {problem.code for problem in validate(drawn(nodes, *edges), ALL)}


# --- frames and parked steps ----------------------------------------------


async def test_a_run_that_rests_wakes_when_a_frame_is_out_of_time() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("limit", seconds=60), "w": inside("wait", seconds=3600)},
        "m.out -> f.in", "f.start -> w.in", "w.out -> f.result",
    )  # fmt: skip
    before = time.time()
    journal = MemoryJournal()
    rested = await Execution(drawing, journal=journal, on_parked=lambda: None).run()
    assert rested.status == "waiting"
    assert rested.until is not None
    assert before + 60 <= rested.until <= time.time() + 60
    late = [it._replace(time=it.time - 61) for it in journal.events]
    ended = await Execution(drawing, history=late, on_parked=lambda: None).run()
    assert ended.error is not None
    assert (ended.status, ended.error["code"]) == ("failed", "timeout")
    assert "f/w" in steps(ended, "step.cancelled")
