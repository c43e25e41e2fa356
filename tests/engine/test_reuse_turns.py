"""Items that a run again takes over take turns: no more at once than allowed, none out of turn."""

from __future__ import annotations

import asyncio

import pytest

from runner.engine import Execution, Result
from runner.engine import events as e
from runner.engine.earlier import Origin
from runner.engine.reuse import Reuse
from tests.engine.drawn_nodes import World
from tests.engine.frames import frame, inside
from tests.engine.reference_parts import START
from tests.engine.reused import go_on
from tests.engine.reused_frames import (
    BROKEN,
    DONE,
    again,
    each,
    first,
    nodes_of,
    plan,
)
from tests.engine.test_random_graphs import Drawn, ended, run_again


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
    origin = first(drawing, [1, 2, 3], at=START)
    nodes["w"]["parameters"] = {"seconds": 0.26}
    new = plan(nodes, *map(str, drawing.document.edges))
    begun = again(new, origin)
    moved = [it._replace(time=START) for it in begun.events]
    result = go_on(new, Reuse(moved, begun.reused, begun.repeated), at=START)
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


def test_of_an_attempt_that_never_had_its_key_nothing_is_taken_over_but_that() -> None:
    drawn = {
        "nodes": {
            "m": {"kind": "trigger.manual"},
            "f": {
                "kind": "frame.group",
                "parameters": {"key": "k", "scope": "owner"},
                "settings": {
                    "timeout": 0.4,
                    "retry": {"attempts": 2, "backoff": "fixed", "delay": 0.25},
                },
            },
            "a": {"kind": "mark", "frame": "f"},
        },
        "edges": ["m.out -> f.in", "f.start -> a.in", "a.out -> f.result"],
    }
    drawing = Drawn.of(drawn, World(due={"f": START + 9, "f~2": START + 0.8}))
    origin = drawing.run()
    assert [event.step for event in origin.events if event.step and "/" in event.step] == ["f~2/a"]
    begun, after, asked = run_again(drawing, origin)
    assert ended([*begun.events, *after.events]) == ended(origin.events)
    assert not asked
