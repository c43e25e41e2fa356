"""What a new run takes over from an earlier one, and that it ends as if it had run it all."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from runner.engine import Execution, MemoryJournal, NodeError, RunState, run
from runner.engine import events as e
from runner.engine.again import Again, RerunImpossible
from runner.engine.earlier import Origin
from runner.graph import Plan, compile, load
from runner.graph.spec import Effect, Runs
from tests.engine.builder import LOOSE, TYPES, Anything, declare, plan
from tests.engine.reused import LINE, LINE_EDGES, again, executed, first, go_on, why
from tests.thorough import times


def test_an_unchanged_drawing_is_taken_over_whole() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    begun = again(drawing, first(drawing, {"n": 1}), inputs={"n": 1})
    result = go_on(drawing, begun)
    assert begun.reused == {"start": "start", "a": "a", "b": "b", "c": "c"}
    assert executed(result) == []
    assert result.outputs == {"c": "first:b"}


def test_only_the_step_that_failed_and_what_comes_after_it_run_again() -> None:
    nodes = {
        "start": "trigger.manual",
        "paid": "external",
        "odd": {"kind": "fail", "parameters": {"until": 2}},
        "after": "pass",
    }
    edges = ("start.out -> paid", "paid.out -> odd", "odd.out -> after")
    origin = first(plan(nodes, *edges))
    assert origin.events[-1].type == e.RUN_FAILED
    mended = plan({**nodes, "odd": "pass"}, *edges)
    begun = again(mended, origin)
    result = go_on(mended, begun)
    assert (result.status, result.outputs) == ("succeeded", {"after": "first:paid"})
    assert executed(result) == ["odd", "after"]
    assert why(begun) == {"odd": "failed"}


def test_a_step_runs_again_with_other_values_which_the_journal_keeps() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    origin = first(drawing, {"n": 1})
    how = Again(inputs={"c": {"in": "edited"}})
    begun = again(drawing, origin, how, {"n": 1})
    result = go_on(drawing, begun)
    assert result.outputs == {"c": "edited"}
    assert executed(result) == ["c"]
    # What is known of the run is known from its events alone.
    assert RunState.fold(drawing, result.events).results() == {"c": "edited"}


def test_what_comes_after_a_step_that_runs_again_is_named() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    begun = again(drawing, first(drawing), Again(steps=frozenset({"a"})))
    assert why(begun) == {"a": "asked", "b": "after_repeated", "c": "after_repeated"}
    assert executed(go_on(drawing, begun)) == ["a", "b", "c"]


def test_other_inputs_where_the_step_is_not_reached_are_refused() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    how = Again(steps=frozenset({"a"}), inputs={"c": {"in": 1}})
    with pytest.raises(RerunImpossible, match="'c' cannot get other inputs"):
        again(drawing, first(drawing), how)


NOT_TAKEN = plan(
    {
        "start": "trigger.manual",
        "q": {"kind": "if", "parameters": {"condition": False}},
        "x": "pass",
        "p": "pair",
        "off": {"kind": "pass", "settings": {"disabled": True}},
        "by": {"kind": "pass", "settings": {"bypass": True}},
        "z": "pass",
    },
    "start.out -> q", "q.true -> x", "q.true -> p.a", "start.out -> p.b", "start.out -> off",
    "start.out -> by", "by.out -> z",
)  # fmt: skip


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("x", "The run never came to 'x'. Run again from a step before it"),
        ("p", "'p' is skipped: nothing can come at its input 'a' any more."),
        ("off", "'off' is skipped: the node is disabled."),
        ("by", "'by' does nothing: its node is bypassed. Take the bypass away"),
    ],
)
def test_a_step_that_would_do_nothing_is_not_run_again(step: str, told: str) -> None:
    origin = first(NOT_TAKEN)
    with pytest.raises(RerunImpossible) as refused:
        again(NOT_TAKEN, origin, Again(steps=frozenset({step})))
    assert refused.value.code == "nothing_to_run"
    assert told in str(refused.value)
    if step != "by":
        with pytest.raises(RerunImpossible, match="before it"):
            again(NOT_TAKEN, origin, Again(inputs={step: {"in": 1}}))


def test_a_bypassed_step_passes_other_values_on() -> None:
    begun = again(NOT_TAKEN, first(NOT_TAKEN), Again(inputs={"by": {"in": "other"}}))
    result = go_on(NOT_TAKEN, begun)
    assert (result.outputs["z"], executed(result)) == ("other", ["by", "z"])


def test_a_step_that_was_skipped_runs_where_that_was_changed() -> None:
    origin = first(NOT_TAKEN)
    nodes = {name: node.model_dump(exclude_defaults=True) for name, node in _nodes(NOT_TAKEN)}
    edges = [str(edge) for edge in NOT_TAKEN.document.edges]
    on = plan({**nodes, "off": "pass"}, *edges)
    assert "off" in executed(go_on(on, again(on, origin, Again(steps=frozenset({"off"})))))
    taken = plan({**nodes, "q": {"kind": "if", "parameters": {"condition": True}}}, *edges)
    assert "x" in executed(go_on(taken, again(taken, origin, Again(steps=frozenset({"x"})))))
    gone = plan({"start": "trigger.manual", "q": nodes["q"]}, "start.out -> q")
    with pytest.raises(RerunImpossible, match="no node 'x' any more"):
        again(gone, origin, Again(steps=frozenset({"x"})))


def test_a_step_that_a_failure_kept_from_running_runs_after_it() -> None:
    nodes = {"start": "trigger.manual", "odd": {"kind": "fail"}, "after": "pass"}
    edges = ("start.out -> odd", "odd.out -> after")
    origin = first(plan(nodes, *edges))
    mended = plan({**nodes, "odd": "pass"}, *edges)
    begun = again(mended, origin, Again(steps=frozenset({"after"})))
    assert executed(go_on(mended, begun)) == ["odd", "after"]


def test_from_a_node_to_which_the_earlier_run_did_not_come_nothing_can_run() -> None:
    with pytest.raises(RerunImpossible, match="did not come to x, so there are no inputs"):
        again(NOT_TAKEN, first(NOT_TAKEN), Again(nodes=frozenset({"x"}), trusting=True))


def _nodes(drawing: Plan) -> Any:
    return drawing.document.nodes.items()


def test_a_loop_goes_on_at_the_turn_that_is_named() -> None:
    count = {
        "kind": "set",
        "parameters": {"value": '{{ (nodes["count"] if "count" in nodes else 0) + 1 }}'},
    }
    drawing = plan(
        {
            "start": "trigger.manual",
            "count": count,
            "more": {"kind": "if", "parameters": {"condition": "{{ input < 5 }}"}},
        },
        "start.out -> count",
        "count.out -> more",
        "more.true -> count",
    )
    origin = first(drawing)
    begun = again(drawing, origin, Again(steps=frozenset({"count#3"})))
    assert list(begun.reused) == ["start", "count", "more", "count#2", "more#2"]
    result = go_on(drawing, begun)
    assert [step for step in executed(result) if step.startswith("count")] == [
        "count#3",
        "count#4",
        "count#5",
    ]


def test_a_merge_that_is_numbered_anew_still_finds_its_result() -> None:
    """One branch runs again, so the other's token comes first: its effect is not repeated."""
    nodes = {
        "start": "trigger.manual",
        "one": {"kind": "set", "parameters": {"value": 1}},
        "two": {"kind": "set", "parameters": {"value": 2}},
        "pay": "external",
    }
    edges = ("start.out -> one", "start.out -> two", "one.out -> pay", "two.out -> pay")
    drawing = plan(nodes, *edges)
    begun = again(drawing, first(drawing), Again(steps=frozenset({"one"})))
    assert begun.reused == {"start": "start", "two": "two", "pay": "pay#2"}
    taken = next(event for event in begun.events if event.step == "pay")
    assert taken.data["reused"] == {"run": "first", "step": "pay#2"}


def test_a_step_taken_over_twice_still_names_the_run_that_ran_it() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    second = go_on(drawing, again(drawing, first(drawing)))
    begun = again(drawing, Origin("second", drawing, second.events))
    assert begun.events[-1].data["reused"]["run"] == "first"


def random_drawing(seed: int) -> tuple[Plan, dict[str, Any]]:
    """A graph without races: each port has one edge, so its outputs are settled."""
    draw = random.Random(seed)
    nodes: dict[str, Any] = {"n0": "trigger.manual"}
    edges: list[str] = []
    outs = {"n0": ["out"]}
    for number in range(1, draw.randint(3, 14)):
        name = f"n{number}"
        kind = draw.choice(["pass", "external", "async", "pair", "if", "join", "set", "fail"])
        node: dict[str, Any] = {"kind": kind}
        before = list(outs)
        if kind == "if":
            node["parameters"] = {"condition": draw.random() < 0.5}
        elif kind == "set":
            node["parameters"] = {"value": "{{ [input, run.inputs.n] }}"}
        elif kind == "fail":
            node["settings"] = {"on_error": draw.choice(["route", "continue"])}
        nodes[name] = node
        outs[name] = {"if": ["true", "false"]}.get(kind, ["out"])
        if kind == "fail" and node["settings"]["on_error"] == "route":
            outs[name] = ["error"]
        ports = ["a", "b"] if kind == "pair" else ["in", "in"] if kind == "join" else ["in"]
        for port in ports:
            source = draw.choice(before)
            edge = f"{source}.{draw.choice(outs[source])} -> {name}.{port}"
            if edge not in edges:
                edges.append(edge)
    # A step without a failure handler never fails here, so every run succeeds.
    return plan(nodes, *edges), {"n": seed}


@pytest.mark.parametrize("seed", range(times(15)))
def test_a_rerun_from_any_step_of_any_graph_gives_the_same(seed: int) -> None:
    drawing, inputs = random_drawing(seed)
    result = asyncio.run(run(drawing, inputs, run_id="r"))
    origin = Origin("r", drawing, result.events)
    paths = [it.step or "" for it in result.events if it.type in (e.STEP_SUCCEEDED, e.STEP_FAILED)]
    for path in paths:
        begun = again(drawing, origin, Again(steps=frozenset({path})), inputs)
        journal = MemoryJournal()
        for event in begun.events:
            journal.append(event)
        # The same id gives external steps the same keys, which are what they emit here.
        repeat = Execution(drawing, run_id="r", journal=journal, history=begun.events)
        after = asyncio.run(repeat.run())
        assert (after.status, after.outputs) == (result.status, result.outputs)
        ran = executed(after)
        assert path in ran
        assert not set(begun.reused) & set(ran)
        assert set(begun.reused) | set(ran) == set(paths)
        assert [event.seq for event in after.events] == list(range(1, len(after.events) + 1))


def fan_out(errors: str) -> Plan:
    """Pays for each item; the second cannot be paid at first."""
    each = {"errors": errors, "concurrency": 1}
    pay = {
        "kind": "flaky",
        "parameters": {"value": "{{ item }}"},
        "settings": {"each": each},
    }
    types = {**TYPES, "flaky": flaky}
    document = {
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "list": {"kind": "set", "parameters": {"value": [0, 1, 2]}},
            "pay": pay,
        },
        "edges": ["start.out -> list.in", "list.out -> pay.in"],
    }
    return compile(load(document), types)


PAID: list[int] = []
BROKEN: set[int] = set()


@declare("flaky", parameters=Anything, inputs=LOOSE, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
async def flaky(step: Any) -> Any:
    """Pay for an item, where that is not broken."""
    item = step.input
    if item in BROKEN:
        raise NodeError("no luck")
    PAID.append(item)
    return item


@pytest.mark.parametrize(("errors", "steps"), [("stop", ()), ("collect", ("pay[1]",))])
def test_only_the_item_that_failed_is_paid_again(errors: str, steps: tuple[str, ...]) -> None:
    PAID.clear()
    BROKEN.add(1)
    drawing = fan_out(errors)
    origin = first(drawing)
    BROKEN.clear()
    before = list(PAID)
    assert 1 not in before
    begun = again(drawing, origin, Again(steps=frozenset(steps)))
    assert begun.reused["pay[0]"] == "pay[0]"
    result = go_on(drawing, begun)
    assert (result.status, result.outputs) == ("succeeded", {"pay": [0, 1, 2]})
    assert sorted(PAID) == [0, 1, 2]


def test_a_rerun_that_is_cut_anywhere_goes_on_to_the_same_end() -> None:
    drawing = plan(LINE, *LINE_EDGES)
    begun = again(drawing, first(drawing), Again(inputs={"b": {"in": "other"}}))
    whole = go_on(drawing, begun)
    assert whole.status == "succeeded"
    for cut in range(len(begun.events), len(whole.events)):
        execution = Execution(drawing, run_id="second", history=whole.events[:cut])
        assert asyncio.run(execution.run()).outputs == whole.outputs == {"c": "second:b"}
