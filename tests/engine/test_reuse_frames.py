"""A run again goes on inside frames: what was done there is not done again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runner.engine import Execution
from runner.engine import events as e
from runner.engine.again import Again
from runner.engine.earlier import Origin
from runner.engine.stand_ins import mocks_of
from runner.graph import Plan
from tests.engine.frames import frame, inside
from tests.engine.reused import go_on, why
from tests.engine.reused_frames import (
    DONE,
    again,
    each,
    first,
    nodes_of,
    plan,
)


def test_what_comes_after_a_frame_is_repeated_without_the_frame() -> None:
    drawing = each(concurrency=2)
    origin = first(drawing, [1, 2, 3], "end")
    begun = again(drawing, origin)
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])
    assert result.outputs == {"end": [[[[n, None], None] for n in (1, 2, 3)], None]}
    assert why(begun) == {"end": "failed"}
    assert begun.reused["f"] == "f"
    assert begun.reused["f[1]/mail"] == "f[1]/mail"


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_a_frame_goes_on_at_the_item_that_failed(concurrency: int) -> None:
    drawing = each(concurrency=concurrency)
    origin = first(drawing, [1, 2, 3, 4, 5], "f[2]/mail")
    was = {event.step for event in origin.events if event.type == e.STEP_SUCCEEDED}
    begun = again(drawing, origin)
    result = go_on(drawing, begun)
    assert result.status == "succeeded"
    everything = [f"f[{n}]/{node}" for n in range(5) for node in ("pay", "mail")]
    assert set(DONE) == {*everything, "end"} - was
    assert sorted(DONE) == sorted(set(DONE))
    assert "f[2]/pay" not in DONE
    assert why(begun)["f"] == "failed"
    assert why(begun)["f[2]/mail"] == "failed"


def test_items_that_were_done_are_taken_over_whichever_came_before_them() -> None:
    """One item at a time: the one that failed must not keep the later ones from being known."""
    drawing = each(errors="collect")
    origin = first(drawing, [1, 2, 3, 4], "f[1]/mail", "end")
    begun = again(drawing, origin, Again(steps=frozenset({"f[1]/mail"})))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["f[1]/mail", "end"])
    assert result.outputs["end"][0] == [[[n, None], None] for n in (1, 2, 3, 4)]
    opened = next(it for it in begun.events if it.step == "f" and it.type == e.STEP_STARTED)
    assert opened.data["frame"]["again"] == [0, 1, 2, 3]
    assert why(begun)["f"] == "inner_repeated"
    # A run again of that run knows all of it.
    DONE.clear()
    second = Origin("second", drawing, result.events)
    assert go_on(drawing, again(drawing, second)).outputs == result.outputs
    assert DONE == []


def test_errors_that_a_frame_collects_are_no_reason_to_repeat_it() -> None:
    drawing = each(errors="collect")
    origin = first(drawing, [1, 2], "f[0]/mail", "end")
    begun = again(drawing, origin)
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])
    assert result.outputs["end"][0] == [None, [[2, None], None]]
    assert why(begun) == {"end": "failed"}


def test_one_step_of_one_item_is_run_again() -> None:
    drawing = each(concurrency=2)
    begun = again(drawing, first(drawing, [1, 2, 3]), Again(steps=frozenset({"f[1]/pay"})))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["f[1]/pay", "f[1]/mail", "end"])
    assert why(begun) == {
        "f": "inner_repeated", "f[1]/pay": "asked", "f[1]/mail": "after_repeated",
        "end": "after_repeated",
    }  # fmt: skip


def test_one_step_of_one_item_gets_other_values() -> None:
    drawing = each()
    begun = again(drawing, first(drawing, [1, 2]), Again(inputs={"f[1]/mail": {"in": "x"}}))
    result = go_on(drawing, begun)
    assert DONE == ["f[1]/mail", "end"]
    assert result.outputs["end"][0] == [[[1, None], None], ["x", None]]


def test_a_node_that_was_changed_inside_a_frame_runs_again_for_each_item() -> None:
    old = each()
    nodes = nodes_of(old)
    nodes["mail"]["parameters"] = {"value": "new"}
    new = plan(nodes, *map(str, old.document.edges))
    begun = again(new, first(old, [1, 2]))
    result = go_on(new, begun)
    assert DONE == ["f[0]/mail", "f[1]/mail", "end"]
    assert result.outputs["end"][0] == [[[1, None], "new"], [[2, None], "new"]]
    codes = why(begun)
    assert (codes["f[0]/mail"], codes["f"]) == ("parameters_changed", "inner_repeated")


def test_an_edge_that_was_changed_inside_a_frame_is_followed() -> None:
    old = each()
    new = plan(
        nodes_of(old), "m.out -> f.in", "f.item -> mail.in", "mail.out -> pay.in",
        "pay.out -> f.result", "f.out -> end.in",
    )  # fmt: skip
    result = go_on(new, again(new, first(old, [1])))
    assert DONE == ["f[0]/mail", "f[0]/pay", "end"]
    assert result.outputs["end"][0] == [[[1, None], None]]


def test_other_items_are_another_frame() -> None:
    drawing = each()
    origin = first(drawing, [1, 2])
    begun = again(drawing, origin, inputs=[1, 2, 3])
    go_on(drawing, begun)
    assert len(DONE) == 7
    assert why(begun)["f[0]/pay"] == "frame_repeated"


def test_the_item_is_one_of_the_values_that_a_step_depends_on() -> None:
    """Both iterations give the node inside the same value, but it reads the item as well."""
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each"), "same": inside("set", value=7),
         "pay": inside("pay", value="{{ item }}")},
        "m.out -> f.in", "f.item -> same.in", "same.out -> pay.in", "pay.out -> f.result",
    )  # fmt: skip
    begun = again(drawing, first(drawing, [1, 2]), Again(steps=frozenset({"f[0]/pay"})))
    assert go_on(drawing, begun).outputs == {"f": [[7, 1], [7, 2]]}
    assert DONE == ["f[0]/pay"]


def rounds(**parameters: Any) -> Plan:
    return plan(
        {"m": "trigger.manual", "f": frame("repeat", **parameters),
         "more": inside("set", value="{{ input + 1 }}"), "pay": inside("pay"),
         "last": inside("set", value="{{ input[0] }}"), "end": "pay"},
        "m.out -> f.in", "f.value -> more.in", "more.out -> pay.in", "pay.out -> last.in",
        "last.out -> f.next", "f.out -> end.in",
    )  # fmt: skip


def test_a_repeat_goes_on_in_the_round_that_failed() -> None:
    drawing = rounds(until="{{ input >= 4 }}")
    begun = again(drawing, first(drawing, 0, "f[2]/pay"))
    result = go_on(drawing, begun)
    assert (result.outputs, DONE) == ({"end": [4, None]}, ["f[2]/pay", "f[3]/pay", "end"])
    assert [it.data for it in begun.events if it.type == e.STEP_DECIDED] == [
        {"round": 0, "done": False}, {"round": 1, "done": False},
    ]  # fmt: skip


def test_a_condition_that_was_changed_is_asked_anew() -> None:
    begun = again(rounds(until="{{ input >= 2 }}"), first(rounds(until="{{ input >= 4 }}"), 0))
    assert why(begun)["f"] == "parameters_changed"
    result = go_on(rounds(until="{{ input >= 2 }}"), begun)
    assert result.outputs == {"end": [2, None]}


def test_frames_in_frames_go_on_where_they_failed() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each"), "g": {**frame("each"), "frame": "f"},
         "pay": inside("pay", "g"), "sum": inside("pay")},
        "m.out -> f.in", "f.item -> g.in", "g.item -> pay.in", "pay.out -> g.result",
        "g.out -> sum.in", "sum.out -> f.result",
    )  # fmt: skip
    begun = again(drawing, first(drawing, [[1, 2], [3, 4]], "f[1]/g[1]/pay"))
    assert go_on(drawing, begun).status == "succeeded"
    assert DONE == ["f[1]/g[1]/pay", "f[1]/sum"]
    assert begun.reused["f[0]/g"] == "f[0]/g"


def test_an_item_of_a_step_inside_a_frame_runs_again_alone() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each"),
         "pay": inside("pay", settings={"each": {}})},
        "m.out -> f.in", "f.item -> pay.in", "pay.out -> f.result",
    )  # fmt: skip
    origin = first(drawing, [[1, 2], [3, 4]])
    begun = again(drawing, origin, Again(steps=frozenset({"f[1]/pay[0]"})))
    assert go_on(drawing, begun).status == "succeeded"
    assert DONE == ["f[1]/pay[0]"]


def test_what_was_mocked_inside_a_frame_is_not_taken_over() -> None:
    drawing = each()
    mocks = mocks_of(drawing, {"pay": {"outputs": {"out": "mock"}}})
    origin = first(drawing, [1, 2], stand_ins=mocks)
    begun = again(drawing, origin, stand_ins={})
    go_on(drawing, begun)
    assert sorted(DONE) == ["end", "f[0]/mail", "f[0]/pay", "f[1]/mail", "f[1]/pay"]
    assert why(begun)["f[0]/pay"] == "stood_in"
    DONE.clear()
    result = go_on(drawing, again(drawing, origin))
    assert (result.status, DONE) == ("succeeded", [])


@pytest.mark.parametrize("broken", ["f[1]/mail", "end"])
def test_a_run_again_that_is_cut_anywhere_goes_on_to_the_same_end(broken: str) -> None:
    drawing = each(concurrency=2)
    begun = again(drawing, first(drawing, [1, 2, 3], broken))
    result = go_on(drawing, begun)
    for cut in range(len(begun.events), len(result.events)):
        rest = Execution(drawing, run_id="second", history=result.events[:cut])
        assert asyncio.run(rest.run()).outputs == result.outputs
