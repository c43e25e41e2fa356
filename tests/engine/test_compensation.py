"""Compensation: what a run has done is undone, the last first, when it fails or is cancelled."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from runner.engine import Execution, Result
from runner.graph import Plan, compile, validate
from runner.nodes import node_types
from tests.engine.builder import TYPES
from tests.engine.cutting import goes_on_from_everywhere
from tests.engine.frames import FRAMES, drawn
from tests.engine.virtual_time import run_at

ALL = {
    **TYPES,
    **FRAMES,
    "flow.stop": node_types()["flow.stop"],
}
UNDONE = {"compensate": True}


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    return compile(drawn(nodes, *edges, **document), ALL)


def does(value: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "set", "parameters": {"value": value}, "settings": UNDONE, **fields}


def undone(result: Result) -> list[tuple[str, Any]]:
    """Return what was undone, in that order, with what it got."""
    return [
        (event.step, event.data["outputs"]["out"])
        for event in result.events
        if event.step and "[compensate]/" in event.step and event.type == "step.succeeded"
    ]


ORDER: dict[str, Any] = {
    "m": "trigger.manual", "reserve": does("r1"), "charge": does("c1"), "w": "async",
    "release": "async", "refund": "async", "ship": "fail",
}  # fmt: skip
EDGES = (
    "m.out -> reserve.in", "reserve.out -> charge.in", "charge.out -> w.in", "w.out -> ship.in",
    "reserve.compensate -> release.in", "charge.compensate -> refund.in",
)  # fmt: skip
ORDERED = [("charge[compensate]/refund", "c1"), ("reserve[compensate]/release", "r1")]


async def test_a_run_that_fails_in_its_first_turn_undoes_what_it_did() -> None:
    nodes = {"m": "trigger.manual", "reserve": does("r1"), "release": "set", "ship": "fail"}
    edges = ("m.out -> reserve.in", "reserve.out -> ship.in", "reserve.compensate -> release.in")
    execution = Execution(plan(nodes, *edges))
    assert not execution.at_once()
    result = await execution.run()
    assert (result.status, undone(result)) == ("failed", [("reserve[compensate]/release", None)])


async def test_what_ended_well_is_undone_the_last_first() -> None:
    result = await goes_on_from_everywhere(plan(ORDER, *EDGES))
    assert (result.status, undone(result)) == ("failed", ORDERED)
    assert result.error is not None
    assert result.error["step"] == "ship"
    assert result.events[-1].type == "run.failed"


async def test_a_run_that_ends_well_undoes_nothing() -> None:
    result = await goes_on_from_everywhere(plan({**ORDER, "ship": "pass"}, *EDGES))
    assert (result.status, undone(result)) == ("succeeded", [])
    skipped = [event.step for event in result.events if event.type == "step.skipped"]
    assert skipped == ["release", "refund"]


async def test_where_other_branches_end_first_it_is_undone_after_them() -> None:
    drawing = plan(
        {**ORDER, "late": does("l1"), "back": "async"},
        *EDGES, "m.out -> late.in", "late.compensate -> back.in",
        settings={"on_failure": "finish"},
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert sorted(undone(result)) == sorted([*ORDERED, ("late[compensate]/back", "l1")])


@pytest.mark.parametrize("frame", [False, True])
async def test_branches_that_wait_end_before_anything_is_undone(frame: bool) -> None:
    """A step that waits, or a frame that is tried again, has nothing that moves meanwhile."""
    waits: dict[str, Any] = {"kind": "wait", "parameters": {"seconds": 0.05}}
    retry = {"attempts": 2, "delay": 0.05, "backoff": "fixed"}
    nodes = {**ORDER, "late": waits, "end": "async"}
    edges = [*EDGES, "m.out -> late.in", "late.out -> end.in"]
    if frame:
        nodes["late"] = {"kind": "frame.group", "settings": {"retry": retry}}
        nodes["odd"] = {"kind": "fail", "frame": "late"}
        edges += ["late.start -> odd.in", "odd.out -> late.result"]
    drawing = plan(nodes, *edges, settings={"on_failure": "finish"})
    result = await goes_on_from_everywhere(drawing)
    assert (result.status, undone(result)) == ("failed", ORDERED)
    ends = [it.step for it in result.events if it.type in ("step.succeeded", "step.failed")]
    last = "late" if frame else "end"
    assert ends.index(last) < ends.index("charge[compensate]/refund")
    assert ("late~2/odd" in ends) is frame


def test_a_branch_that_is_parked_for_long_ends_before_anything_is_undone() -> None:
    nodes = {**ORDER, "late": {"kind": "wait", "parameters": {"seconds": 60}}, "end": "async"}
    edges = [*EDGES, "m.out -> late.in", "late.out -> end.in"]
    drawing = plan(nodes, *edges, settings={"on_failure": "finish"})
    result = run_at(1000.0, Execution(drawing).run())
    assert (result.status, undone(result)) == ("failed", ORDERED)
    ends = [it.step for it in result.events if it.type == "step.succeeded"]
    assert ends.index("end") < ends.index("charge[compensate]/refund")


async def test_a_run_that_has_failed_is_undone_also_where_a_stop_node_ends_it() -> None:
    drawing = plan(
        {**ORDER, "late": "async", "stop": "flow.stop"},
        *EDGES, "ship.out -> late.in", "w.out -> stop.in",
        settings={"on_failure": "finish"},
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert (result.status, undone(result)) == ("failed", ORDERED)


async def test_a_cancelled_run_undoes_what_it_did() -> None:
    drawing = plan({**ORDER, "ship": "hang"}, *EDGES)
    execution = Execution(drawing)
    task = asyncio.create_task(execution.run())
    while "ship" not in execution.state.running:
        await asyncio.sleep(0)
    execution.cancel("no longer wanted")
    result = await task
    assert (result.status, undone(result)) == ("cancelled", ORDERED)
    assert result.events[-1].data == {"reason": "no longer wanted"}


async def test_each_firing_is_undone_with_what_it_gave() -> None:
    drawing = plan(
        {"m": "trigger.manual", "n": does("{{ input + 1 }}"), "u": "async",
         "q": {"kind": "if", "parameters": {"condition": "{{ input < 3 }}"}}, "bad": "fail"},
        "m.out -> n.in", "n.out -> q.in", "q.true -> n.in", "q.false -> bad.in",
        "n.compensate -> u.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, 0)
    assert undone(result) == [
        ("n#3[compensate]/u", 3), ("n#2[compensate]/u", 2), ("n[compensate]/u", 1),
    ]  # fmt: skip


def charged(last: str, **settings: Any) -> dict[str, Any]:
    """Return a node that goes through a list of three, one by one, of which the last differs."""
    each = {"list": "{{ [1, 2, 3] }}", "concurrency": 1}
    seconds = "{{ 0 if item < 3 else " + last + " }}"
    return {
        "kind": "wait",
        "parameters": {"seconds": seconds},
        "settings": {**UNDONE, "each": each, **settings},
    }


@pytest.mark.parametrize("on_error", ["fail", "route"])
async def test_items_that_had_ended_well_are_undone_when_another_fails(on_error: str) -> None:
    drawing = plan(
        {"m": "trigger.manual", "a": charged("'bad'", on_error=on_error), "u": "async",
         "later": "fail"},
        "m.out -> a.in", "a.compensate -> u.in", "a.out -> later.in",
        *(["a.error -> later.in"] if on_error == "route" else []),
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert (result.status, undone(result)) == ("failed", [("a[compensate]/u", [1, 2])])


async def test_items_that_had_ended_well_are_undone_when_the_run_is_cancelled() -> None:
    drawing = plan(
        {"m": "trigger.manual", "a": charged("3"), "u": "async"},
        "m.out -> a.in", "a.compensate -> u.in",
    )  # fmt: skip
    execution = Execution(drawing)
    task = asyncio.create_task(execution.run())
    while len(getattr(execution.state.running.get("a"), "items", None) or {}) < 3:
        await asyncio.sleep(0)
    execution.cancel("no longer wanted")
    result = await task
    assert (result.status, undone(result)) == ("cancelled", [("a[compensate]/u", [1, 2])])


async def test_what_cannot_be_undone_is_told_and_the_rest_is_undone() -> None:
    result = await goes_on_from_everywhere(plan({**ORDER, "refund": "fail"}, *EDGES))
    assert undone(result) == ORDERED[1:]
    told = result.events[-1].data["undo_errors"]
    assert [error["step"] for error in told] == ["charge[compensate]/refund"]


FRAMED: dict[str, Any] = {
    "m": "trigger.manual", "f": {"kind": "frame.try"}, "charge": does("c1", frame="f"),
    "refund": {"kind": "async", "frame": "f"}, "ship": {"kind": "fail", "frame": "f"},
    "note": {"kind": "async", "frame": "f"}, "o": "flow.output",
}  # fmt: skip
FRAMED_EDGES = (
    "m.out -> f.in", "f.try -> charge.in", "charge.out -> ship.in", "ship.out -> f.result",
    "charge.compensate -> refund.in", "f.catch -> note.in", "note.out -> f.result", "f.out -> o.in",
)  # fmt: skip


async def test_a_body_is_undone_before_its_error_is_caught() -> None:
    result = await goes_on_from_everywhere(plan(FRAMED, *FRAMED_EDGES))
    assert result.status == "succeeded"
    ended = [event.step for event in result.events if event.type == "step.succeeded"]
    assert ended == [
        "m", "f[try]/charge", "f[try]/charge[compensate]/refund", "f[catch]/note", "f", "o",
    ]  # fmt: skip


async def test_what_ended_well_in_a_frame_is_undone_with_the_run() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": {"kind": "frame.each"},
         "charge": does("{{ item }}", frame="f"), "refund": {"kind": "async", "frame": "f"},
         "bad": "fail"},
        "m.out -> f.in", "f.item -> charge.in", "charge.out -> f.result",
        "charge.compensate -> refund.in", "f.out -> bad.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, [1, 2])
    assert undone(result) == [
        ("f[1]/charge[compensate]/refund", 2), ("f[0]/charge[compensate]/refund", 1),
    ]  # fmt: skip


async def test_of_collected_errors_only_the_items_that_failed_are_undone() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": {"kind": "frame.each", "parameters": {"errors": "collect"}},
         "charge": does("{{ item }}", frame="f"), "refund": {"kind": "async", "frame": "f"},
         "q": {"kind": "if", "frame": "f", "parameters": {"condition": "{{ item == 1 }}"}},
         "bad": {"kind": "fail", "frame": "f"}},
        "m.out -> f.in", "f.item -> charge.in", "charge.out -> q.in", "q.true -> bad.in",
        "q.false -> f.result", "charge.compensate -> refund.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, [1, 2])
    assert undone(result) == [("f[0]/charge[compensate]/refund", 1)]
    assert result.status == "succeeded"


async def test_a_caught_error_tells_what_could_not_be_undone() -> None:
    nodes = {**FRAMED, "refund": {"kind": "fail", "frame": "f"}}
    result = await goes_on_from_everywhere(plan(nodes, *FRAMED_EDGES))
    (told,) = result.outputs["o"]["data"]["undo_errors"]
    assert (result.status, told["step"]) == ("succeeded", "f[try]/charge[compensate]/refund")


async def test_the_error_of_an_item_tells_what_could_not_be_undone() -> None:
    drawing = plan(
        {"m": "trigger.manual", "f": {"kind": "frame.each", "parameters": {"errors": "collect"}},
         "charge": does("{{ item }}", frame="f"), "refund": {"kind": "fail", "frame": "f"},
         "bad": {"kind": "fail", "frame": "f"}, "o": "flow.output"},
        "m.out -> f.in", "f.item -> charge.in", "charge.out -> bad.in", "bad.out -> f.result",
        "charge.compensate -> refund.in", "f.errors -> o.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing, [1, 2])
    told = [error["data"]["undo_errors"] for error in result.outputs["o"]]
    assert [[it["step"] for it in errors] for errors in told] == [
        ["f[0]/charge[compensate]/refund"], ["f[1]/charge[compensate]/refund"],
    ]  # fmt: skip


async def test_a_frame_that_is_tried_again_is_undone_first() -> None:
    retry = {"retry": {"attempts": 2, "backoff": "fixed", "delay": 0}}
    drawing = plan(
        {"m": "trigger.manual", "f": {"kind": "frame.group", "settings": retry},
         "charge": does("c", frame="f"), "refund": {"kind": "async", "frame": "f"},
         "bad": {"kind": "fail", "frame": "f"}},
        "m.out -> f.in", "f.start -> charge.in", "charge.out -> bad.in", "bad.out -> f.result",
        "charge.compensate -> refund.in",
    )  # fmt: skip
    result = await goes_on_from_everywhere(drawing)
    assert undone(result) == [
        ("f/charge[compensate]/refund", "c"), ("f~2/charge[compensate]/refund", "c"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ({"a": does("x")}, [], "compensate_without_edge"),
        (
            {"a": does("x"), "b": does("y"), "c": "pass"},
            ["a.compensate -> b.in", "b.compensate -> c.in"],
            "compensation_of_compensation",
        ),
        (
            {"a": does("x"), "b": "pass"},
            ["a.compensate -> b.in", "a.out -> b.in"],
            "compensation_not_apart",
        ),
        ({"a": "pass", "b": "pass"}, ["a.compensate -> b.in"], "unknown_port"),
    ],
)
def test_what_is_wrong_with_a_compensation_is_told(nodes: Any, edges: list[str], code: str) -> None:
    assert code in {problem.code for problem in validate(drawn(nodes, *edges), ALL)}


# --- how long all of it may take ------------------------------------------


@pytest.mark.parametrize("hangs", ["refund", "finally"])
async def test_what_cleans_up_is_cut_off_when_its_time_is_over(hangs: str) -> None:
    settings = {"cleanup_timeout": 0.1}
    if hangs == "refund":
        drawing = plan({**ORDER, "refund": "hang"}, *EDGES, settings=settings)
    else:
        nodes = {
            "m": "trigger.manual",
            "a": does("a1"),
            "undo": "async",
            "t": "frame.try",
            "x": {"kind": "fail", "frame": "t"},
            "f": {"kind": "hang", "frame": "t"},
        }
        edges = ("m.out -> a.in", "a.compensate -> undo.in", "a.out -> t.in", "t.try -> x.in")
        drawing = plan(nodes, *edges, "t.finally -> f.in", "x.out -> t.result", settings=settings)
    execution = Execution(drawing, run_id="r")
    running = asyncio.create_task(execution.run())
    if hangs == "finally":
        async with asyncio.timeout(20):
            while not any(path.endswith("/f") for path in execution.state.running):
                await asyncio.sleep(0.005)
        execution.cancel("enough")
    result = await asyncio.wait_for(running, 20)
    last = result.events[-1]
    status, left = ("cancelled", ["a"]) if hangs == "finally" else ("failed", ["charge", "reserve"])
    assert result.status == status
    (error,) = last.data["undo_errors"]
    assert (error["code"], error["not_undone"]) == ("cleanup_timeout", left)
    assert undone(result) == []
    # Cut anywhere after the time began, it ends the same way, and the time does not begin anew.
    first = next(at for at, it in enumerate(result.events) if it.type == "run.ending")
    for cut in range(first + 1, len(result.events)):
        rest = await asyncio.wait_for(
            Execution(drawing, run_id="r", history=result.events[:cut]).run(), 20
        )
        assert rest.status == status
        assert rest.events[-1].data["undo_errors"] == last.data["undo_errors"]
        assert not any(it.type == "step.started" for it in rest.events)


async def test_a_parked_cleanup_is_claimed_again_when_its_time_is_over() -> None:
    wait = {"kind": "flow.wait", "parameters": {"seconds": 100_000}}
    types = {**ALL, "flow.wait": node_types()["flow.wait"]}
    for seconds, least in ((3600, 3500), (None, 99_000)):
        document = drawn({**ORDER, "refund": wait}, *EDGES, settings={"cleanup_timeout": seconds})
        began = time.time()
        execution = Execution(compile(document, types), on_parked=lambda: None)
        result = await asyncio.wait_for(execution.run(), 20)
        assert result.status == "waiting"
        assert result.until is not None
        assert least < result.until - began < least + 2000
