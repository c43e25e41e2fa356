"""What a join does with those that come late: swallows them, waits for them, or cancels them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runner.engine import Event, Step, run
from runner.graph import Plan, compile, load
from runner.graph.spec import Runs
from tests.engine.builder import TYPES, declare, plan
from tests.patience import PATIENCE


class Cancelled:
    """What was really cancelled, and what went on all the same."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def plan(self, nodes: dict[str, Any], *edges: str) -> Plan:
        @declare("hangs", runs=Runs.ASYNC)
        async def hangs(step: Step) -> None:
            """Wait for ever, and tell when that is ended."""
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.steps.append(step.path)
                raise

        full = {name: {"kind": it} if isinstance(it, str) else it for name, it in nodes.items()}
        given = {"format": "conductor/1", "nodes": full, "edges": [*edges]}
        types = {**TYPES, "hangs": hangs}
        # The test's own join has no `late`; the real one does.
        from runner.nodes import node_types

        real = {kind: node_types()[kind] for kind in ("flow.join", "frame.each")}
        return compile(load(given), {**types, **real})


FIRST = {"kind": "flow.join", "parameters": {"wait_for": "first", "late": "cancel"}}


def ends(events: tuple[Event, ...]) -> dict[str | None, str]:
    return {e.step: e.type for e in events if e.type.startswith("step.") and e.step}


async def test_the_code_of_a_late_step_is_cancelled_and_so_is_what_waits_behind_it() -> None:
    seen = Cancelled()
    drawn = seen.plan(
        {"m": "trigger.manual", "a": "async", "h": "hangs", "w": "async", "p": "pair", "j": FIRST},
        "m.out -> a.in", "m.out -> h.in", "m.out -> w.in", "h.out -> p.a", "w.out -> p.b",
        "p.out -> j.in", "a.out -> j.in",
    )  # fmt: skip
    result = await run(drawn, 1)
    assert result.outputs == {"j": [1]}
    assert seen.steps == ["h"]
    found = ends(result.events)
    assert found["h"] == "step.cancelled"
    # The token that had come to `p` is gone with its branch.
    assert found["p"] == "step.skipped"


async def test_a_step_that_leads_elsewhere_too_is_not_cancelled() -> None:
    drawn = Cancelled().plan(
        {"m": "trigger.manual", "a": "pass", "b": "async", "side": "pass", "j": FIRST},
        "m.out -> a.in", "m.out -> b.in", "b.out -> side.in", "b.out -> j.in", "a.out -> j.in",
    )  # fmt: skip
    result = await run(drawn, 1)
    assert ends(result.events)["b"] == "step.succeeded"
    assert result.outputs == {"side": 1, "j": [1]}


async def test_cut_between_a_join_and_its_cancels_the_late_are_cancelled_all_the_same() -> None:
    seen = Cancelled()
    drawn = seen.plan(
        {"m": "trigger.manual", "a": "async", "h": "hangs", "i": "hangs", "j": FIRST, "z": "async"},
        "m.out -> a.in", "m.out -> h.in", "m.out -> i.in", "a.out -> j.in", "h.out -> j.in",
        "i.out -> j.in", "j.out -> z.in",
    )  # fmt: skip
    whole = await run(drawn, 1, run_id="r")
    for cut in range(len(whole.events)):
        rest = await run(drawn, 1, run_id="r", history=whole.events[:cut])
        assert rest.outputs == {"z": [1]}
        found = ends((*whole.events[:cut], *rest.events))
        assert {found["h"], found["i"]} == {"step.cancelled"}, cut


@pytest.mark.parametrize("late", ["swallow", "block", "cancel"])
async def test_what_goes_round_does_not_count_as_late(late: str) -> None:
    drawn = Cancelled().plan(
        {
            "m": "trigger.manual",
            "j": {"kind": "flow.join", "parameters": {"wait_for": "first", "late": late}},
            "n": {"kind": "set", "parameters": {"value": "{{ (nodes.get('n') or 0) + 1 }}"}},
            "q": {"kind": "if", "parameters": {"condition": "{{ input < 3 }}"}},
        },
        "m.out -> j.in", "q.true -> j.in", "j.out -> n.in", "n.out -> q.in",
    )  # fmt: skip
    result = await run(drawn, 0)
    assert [e.step for e in result.events if e.type == "step.succeeded"][-3:] == [
        "j#3",
        "n#3",
        "q#3",
    ]


async def test_a_frame_that_leads_only_to_the_join_is_cancelled_with_all_that_is_in_it() -> None:
    seen = Cancelled()
    drawn = seen.plan(
        {
            "m": "trigger.manual",
            "f": {"kind": "frame.each", "parameters": {"list": [1, 2], "concurrency": 1}},
            "h": {"kind": "hangs", "frame": "f"},
            "a": "async",
            "j": FIRST,
        },
        "m.out -> f.in", "f.item -> h.in", "h.out -> f.result", "f.out -> j.in",
        "m.out -> a.in", "a.out -> j.in",
    )  # fmt: skip
    result = await asyncio.wait_for(run(drawn, 1), PATIENCE)
    found = ends(result.events)
    assert result.outputs == {"j": [1]}
    assert (found["f"], found["f[0]/h"]) == ("step.cancelled", "step.cancelled")
    assert seen.steps == ["f[0]/h"]
    assert "f[1]/h" not in found


@pytest.mark.parametrize("late", ["swallow", "block", "cancel"])
async def test_a_loop_through_a_join_has_one_round_each_turn(late: str) -> None:
    drawn = Cancelled().plan(
        {
            "m": "trigger.manual",
            "n": {"kind": "set", "parameters": {"value": "{{ (nodes.get('n') or 0) + 1 }}"}},
            "a": "pass",
            "b": "async",
            "j": {"kind": "flow.join", "parameters": {"wait_for": "first", "late": late}},
            "q": {"kind": "if", "parameters": {"condition": "{{ nodes['n'] < 4 }}"}},
        },
        "m.out -> n.in", "n.out -> a.in", "n.out -> b.in", "a.out -> j.in", "b.out -> j.in",
        "j.out -> q.in", "q.true -> n.in",
    )  # fmt: skip
    result = await run(drawn, 0)
    fired = [e.step for e in result.events if e.type == "step.succeeded"]
    assert sum((step or "").startswith("j") for step in fired) == 4
    assert result.status == "succeeded"


def test_without_late_branches_nothing_is_computed() -> None:
    assert plan({"m": "trigger.manual", "j": "join"}, "m.out -> j").overtakes == {}
