"""A run again keeps what was caught, undone, cancelled or cut off inside frames."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import events as e
from runner.engine.again import Again, RerunImpossible
from runner.engine.earlier import Origin
from tests.engine.frames import frame, inside
from tests.engine.reused import go_on, why
from tests.engine.reused_frames import (
    DONE,
    again,
    each,
    first,
    nodes_of,
    plan,
    succeeded,
)

TRIES = plan(
    {"m": "trigger.manual", "f": frame("try"), "pay": inside("pay"), "bad": inside("pay"),
     "told": inside("pay"), "tidy": inside("pay"), "end": "pay"},
    "m.out -> f.in", "f.try -> pay.in", "pay.out -> bad.in", "bad.out -> f.result",
    "f.catch -> told.in", "told.out -> f.result", "f.finally -> tidy.in", "f.out -> end.in",
)  # fmt: skip


def test_what_caught_an_error_is_taken_over_with_the_error() -> None:
    begun = again(TRIES, first(TRIES, 1, "f[try]/bad", "end"))
    result = go_on(TRIES, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])
    assert begun.reused["f[try]/bad"] == "f[try]/bad"
    assert begun.reused["f[catch]/told"] == "f[catch]/told"
    assert why(begun) == {"end": "failed"}


def test_a_bypassed_frame_in_what_is_taken_over_passes_on_in_its_turn() -> None:
    drawing = plan(
        {**nodes_of(TRIES), "g": {**inside("frame.group", settings={"bypass": True})},
         "idle": inside("set", "g")},
        *map(str, TRIES.edges), "f.catch -> g.in", "g.start -> idle.in", "idle.out -> g.result",
        "g.out -> f.result",
    )  # fmt: skip
    origin = first(drawing, 1, "f[try]/bad")
    begun = again(drawing, origin)
    assert begun.reused["f[catch]/g"] == "f[catch]/g"
    assert go_on(drawing, begun).outputs == {"end": [[origin_of_error(origin), None], None]}


def origin_of_error(origin: Origin) -> Any:
    """Return what the catch part of the frame began with."""
    begun = next(it for it in origin.events if it.step == "f[try]/bad" and "error" in it.data)
    return {"step": "f[try]/bad", **begun.data["error"]}


def test_what_cleans_up_after_steps_that_run_again_cleans_up_again() -> None:
    begun = again(TRIES, first(TRIES, 1, "f[try]/bad", "f[catch]/told"))
    assert go_on(TRIES, begun).status == "succeeded"
    assert DONE == ["f[try]/bad", "f[finally]/tidy", "end"]


SAGA = plan(
    {"m": "trigger.manual", "f": frame("each", concurrency=2),
     "pay": inside("pay", settings={"compensate": True}), "back": inside("pay"),
     "mail": inside("pay"), "end": "pay"},
    "m.out -> f.in", "f.item -> pay.in", "pay.compensate -> back.in", "pay.out -> mail.in",
    "mail.out -> f.result", "f.out -> end.in",
)  # fmt: skip


def test_what_was_undone_is_done_again() -> None:
    origin = first(SAGA, [1, 2], "end")
    assert sorted(it for it in succeeded(origin) if "[c" in it) == [
        "f[0]/pay[compensate]/back",
        "f[1]/pay[compensate]/back",
    ]
    begun = again(SAGA, origin)
    assert go_on(SAGA, begun).status == "succeeded"
    assert sorted(DONE) == ["end", "f[0]/mail", "f[0]/pay", "f[1]/mail", "f[1]/pay"]
    assert why(begun)["f[0]/pay"] == "undone"
    assert not any("[compensate]" in step for step in why(begun))


def test_a_step_that_was_undone_outside_of_frames_is_done_again() -> None:
    drawing = plan(
        {"m": "trigger.manual", "pay": {"kind": "pay", "settings": {"compensate": True}},
         "back": "pay", "end": "pay"},
        "m.out -> pay.in", "pay.compensate -> back.in", "pay.out -> end.in",
    )  # fmt: skip
    begun = again(drawing, first(drawing, 1, "end"))
    assert go_on(drawing, begun).status == "succeeded"
    assert DONE == ["pay", "end"]
    assert why(begun) == {"pay": "undone", "end": "failed"}


def test_a_step_that_undid_another_is_nowhere_to_begin() -> None:
    origin = first(SAGA, [1], "end")
    with pytest.raises(RerunImpossible, match="run to undo another") as refused:
        again(SAGA, origin, Again(steps=frozenset({"f[0]/pay[compensate]/back"})))
    assert refused.value.code == "undoing_step"


def test_a_frame_that_was_tried_again_goes_on_in_its_last_attempt() -> None:
    retry = {"retry": {"attempts": 2, "delay": 0}}
    drawing = each(retry)
    origin = first(drawing, [1, 2], "f[1]/pay", "f~2[1]/mail")
    begun = again(drawing, origin)
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["f[1]/mail", "end"])
    assert begun.reused["f[1]/pay"] == "f~2[1]/pay"
    assert why(begun)["f[0]/pay"] == "retried"
    with pytest.raises(RerunImpossible, match="tried again after") as refused:
        again(drawing, origin, Again(steps=frozenset({"f[0]/pay"})))
    assert refused.value.code == "superseded_step"


def test_a_frame_that_did_well_at_last_is_taken_over_with_all_its_attempts() -> None:
    drawing = each({"retry": {"attempts": 2, "delay": 0}})
    begun = again(drawing, first(drawing, [1, 2], "f[1]/pay", "end"))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])
    assert begun.reused["f~2[1]/mail"] == "f~2[1]/mail"


def test_a_race_that_was_won_is_not_run_again() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("race"), "a": inside("pay"), "b": inside("hang"),
         "end": "pay"},
        "m.out -> f.in", "f.start -> a.in", "f.start -> b.in", "a.out -> f.first",
        "b.out -> f.first", "f.out -> end.in",
    )  # fmt: skip
    begun = again(drawing, first(drawing, 1, "end"))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])
    cancelled = [it.step for it in begun.events if it.type == e.STEP_CANCELLED]
    assert cancelled == ["f/b"]


def test_enough_results_are_enough_again() -> None:
    for rest in ("cancel", "finish"):
        drawing = each(concurrency=3, enough=2, rest=rest)
        DONE.clear()
        begun = again(drawing, first(drawing, [1, 2, 3], "end"))
        result = go_on(drawing, begun)
        assert (result.status, DONE) == ("succeeded", ["end"]), rest


def test_what_had_ended_when_enough_had_is_taken_over_and_not_told_as_cancelled() -> None:
    nodes = {
        "m": "trigger.manual",
        "f": frame("each", list=[1, 2], concurrency=2, enough=1, rest="cancel"),
        # A step for no items ends in the turn in which it begins, also when the other one has.
        "p": inside("pay", settings={"each": {"list": "{{ [] }}"}}),
    }
    drawing = plan(nodes, "m.out -> f.in", "f.item -> p.in", "p.out -> f.result")
    origin = first(drawing, 0)
    paid = {it for it in succeeded(origin) if "/p" in it}
    assert paid == {"f[0]/p", "f[1]/p"}
    begun = again(drawing, origin)
    assert paid <= begun.reused.keys()
    assert not [it.step for it in begun.events if it.type == e.STEP_CANCELLED]


def test_a_join_that_cancels_the_late_cancels_them_in_what_is_taken_over() -> None:
    drawing = plan(
        {"m": "trigger.manual", "a": "pay", "b": "hang",
         "j": {"kind": "flow.join", "parameters": {"wait_for": "first", "late": "cancel"}},
         "end": "pay"},
        "m.out -> a.in", "m.out -> b.in", "a.out -> j.in", "b.out -> j.in", "j.out -> end.in",
    )  # fmt: skip
    begun = again(drawing, first(drawing, 1, "end"))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])


def test_a_timeout_that_was_handled_is_taken_over() -> None:
    drawing = plan(
        {"m": "trigger.manual",
         "f": frame("limit", {"on_error": "route"}, seconds=0.05),
         "pay": inside("pay"), "h": inside("hang"), "end": "pay"},
        "m.out -> f.in", "f.start -> pay.in", "pay.out -> h.in", "h.out -> f.result",
        "f.error -> end.in",
    )  # fmt: skip
    begun = again(drawing, first(drawing, 1, "end"))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", ["end"])


def test_what_was_done_of_a_list_and_undone_is_taken_over_with_what_undid_it() -> None:
    each = {"each": {"list": "{{ [0, 60] }}", "concurrency": 2}, "compensate": True}
    drawing = plan(
        {"m": "trigger.manual", "f": frame("limit", {"on_error": "route"}, seconds=0.05),
         "w": inside("wait", settings=each, seconds="{{ item }}"), "back": inside("pay"),
         "end": "pay"},
        "m.out -> f.in", "f.start -> w.in", "w.out -> f.result", "w.compensate -> back.in",
        "f.error -> end.in",
    )  # fmt: skip
    origin = first(drawing, 1, "end")
    begun = again(drawing, origin)
    assert go_on(drawing, begun).status == "succeeded"
    assert DONE == ["end"]
    kept = ["f/w[0]", "f/w[compensate]/back"]
    assert [it for it in succeeded(origin) if it in kept] == kept
    assert [it for it in begun.reused if it in kept] == kept


def test_a_stop_node_ends_what_is_taken_over() -> None:
    drawing = plan(
        {"m": "trigger.manual", "a": "pay", "s": "flow.stop", "h": "hang"},
        "m.out -> a.in", "a.out -> s.in", "m.out -> h.in",
    )  # fmt: skip
    begun = again(drawing, first(drawing, 1))
    result = go_on(drawing, begun)
    assert (result.status, DONE) == ("succeeded", [])
