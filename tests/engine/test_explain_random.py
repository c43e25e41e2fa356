"""Random drawings are explained: each node and iteration, and as the journal has it.

`CONDUCTOR_EXAMPLES=5000 pytest tests/engine/test_explain_random.py` tries that many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from runner.engine import Event, RunState
from runner.engine.account import node_of, scope_of
from runner.engine.events import RUN_ENDS, STEP_SKIPPED, STEP_STARTED
from runner.engine.explain import explain
from runner.engine.reasons import Explanation
from runner.graph import Plan
from runner.graph.frames import around
from tests.engine.drawings import documents
from tests.engine.test_random_graphs import CANCELS, sound
from tests.thorough import examples

MOVING = {"queued", "running", "retrying", "waiting"}
ENDED = {"succeeded", "failed", "skipped", "cancelled"}


def check(plan: Plan, events: Sequence[Event]) -> None:
    """Explain each node, firing and iteration, and compare that with the events and their fold."""
    state = RunState.fold(plan, events)
    over = bool(events) and events[-1].type in RUN_ENDS
    paths = dict.fromkeys(it.step for it in events if it.step and not it.step.endswith("]"))
    scopes = dict.fromkeys(scope for path in paths if (scope := scope_of(path)))
    found = explain(plan, events)
    assert [it.node for it in found] == [node.id for node in plan.nodes]
    for it in found:
        agrees(plan, events, state, it, over=over)
        alone = explain(plan, events, it.node)
        assert alone == [it], f"alone it is explained otherwise: {alone} {it}"
    never = {it.step for it in events if it.data.get("reason") == "never reached"}
    for path in paths:
        if path in never or node_of(path) not in plan.index:
            continue
        [it] = explain(plan, events, f"{path}#1" if path in plan.index else path)
        assert it.step == path
        agrees(plan, events, state, it, over=over)
    for scope in scopes:
        frame = scope.rpartition("/")[2].partition("[")[0].partition("#")[0].partition("~")[0]
        for node in plan.nodes:
            if node.frame == frame and f"{scope}/{node.id}" not in paths:
                [it] = explain(plan, events, f"{scope}/{node.id}")
                agrees(plan, events, state, it, over=over)


def held_by(plan: Plan, node: str) -> list[str]:
    return [it for it in around(plan.document, plan.nodes[plan.index[node]].frame) if it]


def agrees(
    plan: Plan, events: Sequence[Event], state: RunState, it: Explanation, *, over: bool
) -> None:
    assert it.reasons, it
    assert all(reason.message.endswith((".", "!", "?", "…")) for reason in it.reasons), it
    assert it.reasons[0].depth == 0, it
    known = {event.step for event in events} | state.ready.keys() | {None}
    assert all(reason.step in known for reason in it.reasons), it
    assert all(reason.node is None or reason.node in plan.index for reason in it.reasons), it
    own = [event for event in events if event.step == it.step] if it.step else []
    if it.status in MOVING or it.status == "pending":
        assert not over, it
    if it.status == "skipped":
        assert any(event.type == STEP_SKIPPED for event in own), it
        assert all(event.type != STEP_STARTED for event in own), it
    if it.status == "not_reached":
        assert it.step is None, it
    if it.step is not None and it.status in ENDED:
        assert own, it
        assert own[-1].type == f"step.{it.status}", it
    for reason in it.reasons:
        if reason.code == "emitted" and reason.depth == 0:
            assert reason.node is not None
            begins = plan.nodes[plan.index[reason.node]].spec.begins
            gave = [
                event.data.get("outputs") or {} for event in events if event.step == reason.step
            ]
            # What enters a frame's inside is told of by no event.
            inner = any(port.name == reason.port for port in begins)
            assert inner or any(reason.port in outputs for outputs in gave), it
        if reason.code in ("waits_for", "can_come"):
            # Whatever is named moves at this moment, and leads to the node.
            assert reason.node is not None
            source = plan.index[reason.node]
            # What waits may be a frame around, or one for a value that enters its inside.
            outer = [it.node, *held_by(plan, it.node)][-1]
            names = [node.id for node in plan.nodes if outer in (node.id, *held_by(plan, node.id))]
            targets = [plan.index[name] for name in names]
            assert source in targets or any(
                nx.has_path(plan.graph, source, target) for target in targets
            ), it


@examples(12)
@given(documents(), CANCELS, st.lists(st.integers(0, 10_000), min_size=2, max_size=2))
def test_what_explanations_say_of_a_random_drawing_is_so(
    drawn: dict[str, Any], cancel: int, cuts: list[int]
) -> None:
    drawing = sound(drawn, cancel)
    events = drawing.run().events
    for cut in (*(cut % (len(events) + 1) for cut in cuts), len(events)):
        check(drawing.plan, events[:cut])
