"""A run again goes on inside frames: what was done there is not done again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from runner.engine import Event, Execution, MemoryJournal, NodeError, Result, run
from runner.engine import events as e
from runner.engine.again import Again, RerunImpossible
from runner.engine.earlier import Origin
from runner.engine.reuse import Reuse, reuse
from runner.engine.stand_ins import mocks_of
from runner.graph import Plan, compile, to_json
from runner.graph.spec import Effect, Runs
from runner.nodes import node_types
from tests.engine.builder import LOOSE, TYPES, Anything, declare
from tests.engine.frames import drawn, frame, inside

DONE: list[str] = []
BROKEN: set[str] = set()


@declare("pay", parameters=Anything, inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
async def pay(step: Any) -> Any:
    """Change the world, where that is not broken; `value` is a part of what it gives."""
    await asyncio.sleep(0)
    if step.path in BROKEN:
        raise NodeError("no luck")
    DONE.append(step.path)
    return [step.input, step.parameters.value]


ALL = {
    **TYPES,
    **{kind: it for kind, it in node_types().items() if kind.startswith(("frame.", "flow."))},
    "pay": pay,
}


@pytest.fixture(autouse=True)
def world() -> Iterator[None]:
    DONE.clear()
    BROKEN.clear()
    yield
    DONE.clear()
    BROKEN.clear()


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    return compile(drawn(nodes, *edges, **document), ALL)


def first(drawing: Plan, inputs: Any, *broken: str, **options: Any) -> Origin:
    """Run it while these steps are broken; then all is well."""
    BROKEN.update(broken)
    result = asyncio.run(run(drawing, inputs, run_id="first", **options))
    BROKEN.clear()
    DONE.clear()
    return Origin("first", drawing, result.events)


def succeeded(origin: Origin) -> list[str]:
    return [it.step for it in origin.events if it.type == e.STEP_SUCCEEDED and it.step]


def again(drawing: Plan, origin: Origin, how: Again | None = None, **options: Any) -> Reuse:
    begun = origin.events[0]
    queued = Event(1, 5.0, e.RUN_QUEUED, None, {**begun.data, **options})
    return reuse(drawing, origin, queued, how, started=5.0)


def go_on(drawing: Plan, begun: Reuse) -> Result:
    journal = MemoryJournal()
    for event in begun.events:
        journal.append(event)
    execution = Execution(drawing, run_id="second", journal=journal, history=begun.events)
    return asyncio.run(asyncio.wait_for(execution.run(), 10))


def why(begun: Reuse) -> dict[str, str]:
    return {it.step: it.code for it in begun.repeated}


def each(settings: Any = None, **parameters: Any) -> Plan:
    """Pay for each item of the inputs, and send word of it; then say that all is done."""
    return plan(
        {"m": "trigger.manual", "f": frame("each", settings, **parameters),
         "pay": inside("pay"), "mail": inside("pay"), "end": "pay"},
        "m.out -> f.in", "f.item -> pay.in", "pay.out -> mail.in", "mail.out -> f.result",
        "f.out -> end.in",
    )  # fmt: skip


def nodes_of(drawing: Plan) -> dict[str, Any]:
    found: dict[str, Any] = to_json(drawing.document)["nodes"]
    return found


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


def most_at_once(result: Result, node: str) -> int:
    """Return how many steps of a node were under way at the same time, at most."""
    most = now = 0
    for event in result.events:
        if event.step and event.step.endswith(f"/{node}") and "reused" not in event.data:
            now += (event.type == e.STEP_STARTED) - (event.type in e.STEP_ENDS)
            most = max(most, now)
    return most


@pytest.mark.parametrize("concurrency", [1, 2])
def test_no_more_items_than_allowed_go_on_at_once(concurrency: int) -> None:
    """Each item has been begun, so each has something to take over; they still take turns."""
    old = each(concurrency=concurrency)
    nodes = nodes_of(old)
    nodes["mail"]["parameters"] = {"value": "new"}
    new = plan(nodes, *map(str, old.document.edges))
    begun = again(new, first(old, [1, 2, 3, 4, 5]))
    held = [it.data["places"] for it in begun.events if it.type == e.STEP_HELD]
    assert held == [list(range(concurrency, 5))]
    result = go_on(new, begun)
    assert [*(f"f[{n}]/mail" for n in range(5)), "end"] == DONE
    assert most_at_once(result, "mail") == concurrency
    assert result.outputs["end"][0] == [[[n, None], "new"] for n in (1, 2, 3, 4, 5)]
    for cut in range(len(begun.events), len(result.events)):
        rest = Execution(new, run_id="second", history=result.events[:cut])
        assert asyncio.run(rest.run()).outputs == result.outputs


def test_items_that_wait_for_their_turn_end_with_their_frame() -> None:
    old = each()
    nodes = nodes_of(old)
    nodes["mail"]["parameters"] = {"value": "new"}
    new = plan(nodes, *map(str, old.document.edges))
    begun = again(new, first(old, [1, 2, 3]))
    BROKEN.add("f[1]/mail")
    result = go_on(new, begun)
    assert (result.status, DONE) == ("failed", ["f[0]/mail"])
    cancelled = [it.step for it in result.events if it.type == e.STEP_CANCELLED]
    assert cancelled == ["f[2]/mail"]
    # What is tried then knows what each of the runs before it had done.
    BROKEN.clear()
    DONE.clear()
    third = go_on(new, again(new, Origin("second", new, result.events)))
    assert (third.status, DONE) == ("succeeded", ["f[1]/mail", "f[2]/mail", "end"])


def test_the_time_of_a_frame_that_waits_for_its_turn_does_not_run() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each"),
         "g": {**frame("limit", seconds=0.4), "frame": "f"},
         "pay": inside("pay", "g"), "w": inside("wait", "g", seconds=0.25)},
        "m.out -> f.in", "f.item -> g.in", "g.start -> pay.in", "pay.out -> w.in",
        "w.out -> g.result", "g.out -> f.result",
    )  # fmt: skip
    nodes = nodes_of(drawing)
    origin = first(drawing, [1, 2, 3])
    nodes["w"]["parameters"] = {"seconds": 0.26}
    new = plan(nodes, *map(str, drawing.document.edges))
    begun = again(new, origin)
    moved = [it._replace(time=time.time()) for it in begun.events]
    result = go_on(new, Reuse(moved, begun.reused, begun.repeated))
    assert (result.status, DONE) == ("succeeded", [])


def test_frames_that_take_a_key_in_turn_are_not_begun_out_of_turn() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": frame("each", concurrency=2),
         "g": {**frame("group", key="k"), "frame": "f"},
         "pay": inside("pay", "g"), "mail": inside("pay", "g")},
        "m.out -> f.in", "f.item -> g.in", "g.start -> pay.in", "pay.out -> mail.in",
        "mail.out -> g.result", "g.out -> f.result",
    )  # fmt: skip
    origin = first(drawing, [1, 2, 3, 4], "f[2]/g/mail")
    result = go_on(drawing, again(drawing, origin))
    assert result.status == "succeeded"
    assert "f[0]/g/pay" not in DONE
    assert "f[2]/g/pay" not in DONE
    nodes = nodes_of(drawing)
    nodes["mail"]["parameters"] = {"value": "new"}
    new = plan(nodes, *map(str, drawing.document.edges))
    assert go_on(new, again(new, origin)).status == "succeeded"


@pytest.mark.parametrize("broken", ["f[1]/mail", "end"])
def test_a_run_again_that_is_cut_anywhere_goes_on_to_the_same_end(broken: str) -> None:
    drawing = each(concurrency=2)
    begun = again(drawing, first(drawing, [1, 2, 3], broken))
    result = go_on(drawing, begun)
    for cut in range(len(begun.events), len(result.events)):
        rest = Execution(drawing, run_id="second", history=result.events[:cut])
        assert asyncio.run(rest.run()).outputs == result.outputs
