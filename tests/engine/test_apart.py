"""Frames whose items are runs of their own give what they give where their items run inside."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given

from runner.engine import Execution, Result, run
from runner.engine.again import Again
from runner.engine.apart import inside as held_in
from runner.engine.earlier import Origin
from runner.engine.events import STEP_CANCELLED, STEP_ENDS, STEP_SKIPPED
from runner.engine.explain import explain
from runner.engine.reuse import reuse
from runner.graph import DocumentInvalid, to_json, validate
from tests.engine.drawings import documents
from tests.engine.frames import ALL, drawn, frame, inside, plan
from tests.engine.spreading import Apart, run_spread
from tests.engine.test_random_graphs import CANCELS, INPUTS, Drawn, sound
from tests.engine.virtual_time import run_at
from tests.thorough import examples

ORDERS = {
    "m": "trigger.manual",
    "rate": {"kind": "set", "parameters": {"value": 3}},
    "f": frame("each", list="{{ input }}", concurrency=4, errors="collect", spread=True),
    "a": inside("async"),
    "b": inside("set", value="{{ [index, item, input * nodes['rate'], run.id, run.inputs[0]] }}"),
}  # fmt: skip
EDGES = (
    "m.out -> rate.in",
    "m.out -> f.in",
    "f.item -> a.in",
    "a.out -> b.in",
    "b.out -> f.result",
)


async def test_each_item_is_a_run_of_the_same_drawing_under_the_same_paths() -> None:
    drawing = plan(ORDERS, *EDGES)
    result, host = await run_spread(drawing, [5, 6])
    assert result.outputs is not None
    assert result.outputs["f"] == [[0, 5, 15, "r", 5], [1, 6, 18, "r", 5]]
    here = [event.step for event in result.events if event.type == "step.succeeded"]
    assert sorted(map(str, here)) == ["f", "f[0]/f:item", "f[1]/f:item", "m", "rate"]
    there = host.runs["f[1]"]
    assert [it.step for it in there.events if it.type in STEP_ENDS] == ["f[1]/a", "f[1]/b"]
    assert there.outputs == {"result": [1, 6, 18, "r", 5]}


async def test_nobody_says_of_what_ran_apart_that_it_was_not_reached() -> None:
    result, host = await run_spread(plan(ORDERS, *EDGES), [5])
    for it in (result, *host.runs.values()):
        assert [event.step for event in it.events if event.type == "step.skipped"] == []


async def test_without_a_host_for_it_and_under_the_debugger_the_items_run_here() -> None:
    drawing = plan(ORDERS, *EDGES)
    alone = await run(drawing, [5], run_id="r")
    host = Apart(drawing, [5])
    debugged = await Execution(
        drawing, [5], run_id="r", resources=host.resources, debug={"breakpoints": []}
    ).run()
    assert alone.outputs == debugged.outputs == (await run_spread(drawing, [5]))[0].outputs
    assert not host.runs
    assert "f[0]/b" in [event.step for event in debugged.events]


def unlike(**parameters: Any) -> Any:
    """Return a drawing in which every second item fails."""
    return plan(
        {
            "m": "trigger.manual",
            "f": frame("each", concurrency=2, **parameters),
            "a": inside("async"),
            "i": inside("if", condition="{{ index % 2 == 1 }}"),
            "x": inside("fail", message="odd {{ item }}"),
        },
        "m.out -> f.in", "f.item -> a.in", "a.out -> i.in", "i.true -> x.in", "i.false -> f.result",
    )  # fmt: skip


@pytest.mark.parametrize("errors", ["collect", "stop"])
async def test_errors_are_those_of_the_steps_that_failed(errors: str) -> None:
    wanted = await run(unlike(errors=errors), [5, 6, 7, 8])
    got, host = await run_spread(unlike(errors=errors, spread=True), [5, 6, 7, 8])
    assert (got.status, got.outputs, got.error) == (wanted.status, wanted.outputs, wanted.error)
    assert host.runs["f[1]"].status == "failed"
    told = next(event for event in got.events if event.type == "step.failed")
    assert (told.step, told.data["error"]["message"]) == ("f[1]/f:item", "odd 6")


async def test_items_that_failed_run_again_and_the_others_are_taken_over() -> None:
    drawing = unlike(errors="collect", spread=True)
    origin, _ = await run_spread(drawing, [5, 6, 7, 8])
    before = Origin("r", drawing, origin.events)
    again = Again(steps=frozenset({"f[1]/f:item"}))
    begun = reuse(drawing, before, origin.events[0], again, started=1.0)
    host = Apart(drawing, [5, 6, 7, 8])
    got = await Execution(drawing, run_id="r", history=begun.events, resources=host.resources).run()
    assert list(host.runs) == ["f[1]", "f[3]"]
    assert got.outputs == origin.outputs


async def test_what_runs_apart_is_explained_on_both_sides() -> None:
    drawing = plan(ORDERS, *EDGES)
    result, host = await run_spread(drawing, [5, 6])
    (why,) = explain(drawing, result.events, "f[1]/a")
    assert [it.code for it in why.reasons] == ["runs_apart"]
    (why,) = explain(drawing, result.events, "a")
    assert [it.code for it in why.reasons] == ["runs_apart"]
    (why,) = explain(drawing, host.runs["f[1]"].events, "rate")
    assert [it.code for it in why.reasons] == ["other_part"]
    (why,) = explain(drawing, host.runs["f[1]"].events, "b")
    assert (why.status, why.step) == ("succeeded", "f[1]/b")
    for it in (result, *host.runs.values()):
        for count in range(len(it.events)):
            explain(drawing, it.events[: count + 1])
        for event in it.events:
            if event.step is not None:
                explain(drawing, it.events, event.step.replace("f:item", "a"))


REFUSED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "is an output of the whole run": ({"o": inside("flow.output")}, ("a.out -> o.in",)),
    "ends the whole run": ({"o": inside("flow.stop")}, ("a.out -> o.in",)),
    "undone": (
        {"o": inside("set", settings={"compensate": True}), "u": inside("set")},
        ("a.out -> o.in", "o.compensate -> u.in"),
    ),
    "has a key": (
        {"g": frame("group", key="k") | {"frame": "f"}, "p": inside("pass", "g")},
        ("a.out -> g.in", "g.start -> p.in", "p.out -> g.result"),
    ),
    "f.more acts on f from inside": ({}, ("a.out -> f.more",)),
    "f.complete acts on f from inside": ({}, ("a.out -> f.complete",)),
    "leads out of f": ({"t": "pass"}, ("a.out -> t.in",)),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_run_apart_is_refused(said: str) -> None:
    more, edges = REFUSED[said]
    nodes = {"m": "trigger.manual", "f": frame("each", spread=True), "a": inside("async"), **more}
    drawing = drawn(nodes, "m.out -> f.in", "f.item -> a.in", "a.out -> f.result", *edges)
    told = [it for it in validate(drawing, ALL) if it.code == "cannot_spread"]
    assert [said in it.message and "'spread'" in it.message for it in told] == [True]
    nodes["f"] = frame("each")
    drawing = drawn(nodes, "m.out -> f.in", "f.item -> a.in", "a.out -> f.result", *edges)
    assert all(it.code != "cannot_spread" for it in validate(drawing, ALL))


def test_a_spread_that_is_computed_or_of_no_use_is_told_of() -> None:
    nodes = {"m": "trigger.manual", "f": frame("each", spread="{{ input }}"), "a": inside("async")}
    edges = ("m.out -> f.in", "f.item -> a.in", "a.out -> f.result")
    assert "computed_parameter" in [it.code for it in validate(drawn(nodes, *edges), ALL)]
    nodes["f"] = frame("each", spread=True)
    told = {it.code: it.severity for it in validate(drawn(nodes, *edges), ALL)}
    assert told["spread_one_by_one"] == "warning"


def both_of(drawing: Drawn) -> tuple[Drawn, Drawn]:
    """Return the drawing with items that take time, and the same with frames that are spread.

    Of what happens at the same moment as something else, the order is another in other runs. So
    each item begins with a step that takes a while, and its errors are collected.
    """
    plain = copy.deepcopy(to_json(drawing.document))
    nodes = plain["nodes"]
    # Nobody here answers what waits for somebody.
    assume(all(node["kind"] != "called" for node in nodes.values()))
    # Of the steps that may run at once, an item that runs apart is one for as long as it takes.
    plain.get("settings", {}).pop("concurrency", None)
    # Nor are there other runs, whose keys those of items would be.
    for node in nodes.values():
        node.get("parameters", {}).pop("scope", None)
    cleans = {it for it, node in nodes.items() if node["kind"] == "frame.try"}
    chosen = [
        name
        for name, node in nodes.items()
        # What cleans up in an item that is cancelled is not waited for where it runs apart.
        if node["kind"] == "frame.each" and not held_in(drawing.plan, name) & cleans
    ]
    for name in chosen:
        parameters = nodes[name].setdefault("parameters", {})
        parameters |= {"errors": "collect", "enough": None}
        begins = [edge for edge in plain["edges"] if edge.startswith(f"{name}.item ")]
        plain["edges"] = [edge for edge in plain["edges"] if edge not in begins]
        plain["edges"] += [edge.replace(f"{name}.item", f"begin_{name}.out") for edge in begins]
        plain["edges"].append(f"{name}.item -> begin_{name}.in")
        nodes[f"begin_{name}"] = {"kind": "work", "frame": name}
    full = copy.deepcopy(plain)
    spread = []
    for name in chosen:
        full["nodes"][name]["parameters"]["spread"] = True
        try:
            Drawn.of(full)
            spread.append(name)
        except DocumentInvalid:
            del full["nodes"][name]["parameters"]["spread"]
    assume(spread)
    at = drawing.cancelled_at
    return sound_of(plain, at), Drawn.of(full, cancelled_at=at)


def sound_of(drawn: dict[str, Any], at: float | None) -> Drawn:
    try:
        return Drawn.of(drawn, cancelled_at=at)
    except DocumentInvalid:
        assume(False)
        raise


def ends(results: list[Result]) -> dict[str, str]:
    """Return how the steps ended that were not cancelled, by their paths."""
    return {
        str(it.step): json.dumps([it.type, it.data.get("outputs")])
        for result in results
        for it in result.events
        if it.type in STEP_ENDS and it.type not in (STEP_CANCELLED, STEP_SKIPPED)
        if ":item" not in str(it.step)
    }


@examples(40)
@given(documents(calls=False), CANCELS)
def test_a_random_drawing_gives_the_same_spread(drawn: dict[str, Any], cancel: int) -> None:
    plain, apart = both_of(sound(drawn, cancel))
    wanted = plain.run()

    async def spread() -> tuple[Result, Apart]:
        host = Apart(apart.plan, INPUTS)
        execution = Execution(apart.plan, INPUTS, run_id="r", resources=host.resources)
        if plain.cancelled_at is not None:
            asyncio.get_running_loop().call_at(plain.cancelled_at, execution.cancel)
        result = await execution.run()
        await asyncio.sleep(10)
        return result, host

    got, host = run_at(wanted.events[0].time, spread())
    assert (got.status, got.outputs, got.error) == (wanted.status, wanted.outputs, wanted.error)
    assert ends([got, *host.runs.values()]) == ends([wanted])
