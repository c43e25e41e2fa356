"""What was changed since, or other values that came in, keep a step from being taken over."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import events as e
from runner.engine.again import Again
from runner.engine.earlier import Origin
from runner.engine.reuse import reuse
from runner.engine.stand_ins import mocks_of
from runner.graph import Plan
from tests.engine.builder import plan
from tests.engine.reused import LINE, LINE_EDGES, again, first, go_on, queued, why


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "set", "parameters": {"value": 2}}, "parameters_changed"),
        ({"kind": "pass"}, "kind_changed"),
        (
            {"kind": "set", "parameters": {"value": 1}, "settings": {"on_error": "continue"}},
            "settings_changed",
        ),
        (
            {"kind": "set", "parameters": {"value": 1}, "promoted": ["value"]},
            "parameters_changed",
        ),
    ],
)
def test_a_changed_node_says_what_was_changed(change: dict[str, Any], code: str) -> None:
    node = {"kind": "set", "parameters": {"value": 1}}
    edges = ("start.out -> it", "it.out -> end")
    old = plan({"start": "trigger.manual", "it": node, "end": "pass"}, *edges)
    new = plan({"start": "trigger.manual", "it": change, "end": "pass"}, *edges)
    assert why(again(new, first(old))) == {"it": code, "end": "after_repeated"}


def test_settings_that_change_no_result_change_nothing() -> None:
    edges = ("start.out -> it",)
    old = plan({"start": "trigger.manual", "it": "external"}, *edges)
    slow = {"kind": "external", "settings": {"retry": {"attempts": 3}, "timeout": 9}}
    new = plan({"start": "trigger.manual", "it": slow}, *edges)
    assert why(again(new, first(old))) == {}


def test_a_newer_node_type_is_run_again() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    origin = first(drawing)
    events = [
        event._replace(data={"versions": {"external": 7}}) if event.type == e.RUN_STARTED else event
        for event in origin.events
    ]
    begun = again(drawing, Origin("first", drawing, events))
    assert why(begun)["b"] == "version_changed"


def test_a_step_that_reads_another_nodes_value_depends_on_it() -> None:
    reader = {"kind": "set", "parameters": {"value": '{{ nodes["one"] }}'}}
    edges = ("start.out -> one", "one.out -> gate", "gate.out -> reader")
    nodes = {"start": "trigger.manual", "gate": {"kind": "set", "parameters": {"value": 0}}}

    def drawn(value: int) -> Plan:
        one = {"kind": "set", "parameters": {"value": value}}
        return plan({**nodes, "one": one, "reader": reader}, *edges)

    begun = again(drawn(2), first(drawn(1)))
    assert why(begun)["one"] == "parameters_changed"
    assert go_on(drawn(2), begun).outputs == {"reader": 2}


def test_equal_values_after_a_change_do_not_hide_a_read() -> None:
    """The gate gives the same value again, but what the reader reads has changed meanwhile."""
    reader = {"kind": "set", "parameters": {"value": "{{ vars.word }}"}}
    nodes = {"start": "trigger.manual", "reader": reader}
    old = plan(nodes, "start.out -> reader", vars={"word": "old"})
    new = plan(nodes, "start.out -> reader", vars={"word": "new"})
    begun = again(new, first(old))
    assert why(begun) == {"reader": "reads_changed"}
    assert go_on(new, begun).outputs == {"reader": "new"}


def test_other_inputs_of_the_run_run_everything_again() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    begun = again(drawing, first(drawing, {"n": 1}), inputs={"n": 2})
    assert begun.reused == {}
    assert why(begun)["start"] == "reads_changed"


def test_true_is_not_one() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    assert again(drawing, first(drawing, {"n": 1}), inputs={"n": True}).reused == {}


def test_outputs_that_were_mocked_are_never_taken_over() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    stand_ins = mocks_of(drawing, {"b": {"outputs": {"out": "mock"}}})
    origin = first(drawing, stand_ins=stand_ins)
    begun = again(drawing, origin)
    assert why(begun) == {"b": "stood_in", "c": "inputs_changed"} or why(begun) == {
        "b": "stood_in",
        "c": "after_repeated",
    }


def test_what_depends_on_a_pinned_value_is_taken_over_while_the_value_stays() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    stand_ins = mocks_of(drawing, {"b": {"outputs": {"out": "mock"}}})
    origin = first(drawing, stand_ins=stand_ins)
    begun = reuse(drawing, origin, queued(stand_ins=stand_ins), started=2.0)
    assert begun.reused == {"start": "start", "a": "a", "c": "c"}
    assert go_on(drawing, begun).outputs == {"c": "mock"}


def test_from_here_trusts_what_came_before_although_it_was_changed() -> None:
    old = plan(LINE, *LINE_EDGES)
    new = plan({**LINE, "a": {"kind": "set", "parameters": {"value": 3}}}, *LINE_EDGES)
    how = Again(nodes=frozenset({"c"}), trusting=True)
    begun = again(new, first(old), how)
    assert begun.reused == {"start": "start", "a": "a", "b": "b"}


@pytest.mark.parametrize("times", [1, 2])
def test_what_from_here_took_over_although_it_was_changed_is_run_by_the_next(times: int) -> None:
    new = plan({**LINE, "a": {"kind": "set", "parameters": {"value": 3}}}, *LINE_EDGES)
    done = first(plan(LINE, *LINE_EDGES))
    for number in range(times):
        begun = again(new, done, Again(nodes=frozenset({"c"}), trusting=True))
        done = Origin(f"run {number}", new, go_on(new, begun).events)
    begun = again(new, done)
    assert begun.reused == {"start": "start"}
    assert why(begun) == {"a": "outdated", "b": "after_repeated", "c": "after_repeated"}


def test_a_bypassed_node_passes_on_again_and_runs_when_the_bypass_goes() -> None:
    by = {**LINE, "b": {**_node(LINE["b"]), "settings": {"bypass": True}}}
    bypassed = plan(by, *LINE_EDGES)
    begun = again(bypassed, first(bypassed))
    assert why(begun) == {}
    begun = again(plan(LINE, *LINE_EDGES), first(bypassed))
    assert why(begun)["b"] == "settings_changed"


def _node(told: Any) -> dict[str, Any]:
    return {"kind": told} if isinstance(told, str) else dict(told)
