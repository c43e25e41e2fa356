"""Why a node ran, waits or did not run in one iteration of a frame."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from runner.engine import run
from runner.engine.explain import explain
from runner.graph import Plan, compile, load
from tests.engine.explained import BEGUN, codes, told, why, words
from tests.engine.frames import ALL


def sorting(**parameters: Any) -> Plan:
    """Return a for each that logs what is large, and warns of what is small."""
    nodes = {
        "m": {"kind": "trigger.manual"},
        "fe": {"kind": "frame.each", "parameters": parameters},
        "check": {"kind": "if", "frame": "fe", "parameters": {"condition": "{{ item > 3 }}"}},
        "deep": {"kind": "set", "frame": "fe", "parameters": {"value": "{{ 1 / item }}"}},
        "big": {"kind": "pass", "frame": "fe"},
    }
    edges = [
        "m.out -> fe.in",
        "fe.item -> check.in",
        "check.true -> deep.in",
        "deep.out -> big.in",
        "check.false -> fe.result",
        "big.out -> fe.result",
    ]
    return compile(load({"nodes": nodes, "edges": edges}), ALL)


async def test_why_a_node_did_not_run_is_told_of_each_iteration() -> None:
    drawn = sorting()
    for place in (0, 2):
        found = await why(drawn, f"fe[{place}]/big", inputs=[1, 5, 2])
        assert (found.status, found.step) == ("not_reached", None)
        assert [(it.code, it.node, it.step) for it in found.reasons] == [
            ("source_not_reached", "deep", None),
            ("other_port", "check", f"fe[{place}]/check"),
        ]
    ran = await why(drawn, "fe[1]/big", inputs=[1, 5, 2])
    assert (ran.status, codes(ran)) == ("succeeded", [("emitted", "deep")])
    wrong = ("fe[3]", "fe[try]", "fe", "fe[]", "x[0]", "fe[01]", "fe~1[0]", "fe~2[0]", "fe[1][0]")
    for path in (*(f"{scope}/big" for scope in wrong), "fe[1]/big#2", "fe[1]/m", "fe[1]/"):
        with pytest.raises(KeyError):
            await why(drawn, path, inputs=[1, 5, 2])


async def test_a_frame_is_not_counted_among_the_steps_that_run_at_once() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "g": {"kind": "frame.group"},
        "a": {"kind": "async", "frame": "g"},
        "b": {"kind": "async", "frame": "g"},
    }
    edges = ["m.out -> g.in", "g.start -> a.in", "g.start -> b.in", "b.out -> g.result"]
    document = {"nodes": nodes, "edges": edges, "settings": {"concurrency": 1}}
    drawn = compile(load(document), ALL)
    events = (await run(drawn)).events
    begun = next(at for at, it in enumerate(events) if it.step == "g/a") + 1
    (found,) = explain(drawn, events[:begun], "b")
    assert found.reasons[0].message == (
        "It is ready, and waits for its turn: 1 step runs at once, which is the limit."
    )


async def test_an_iteration_that_never_began_says_why() -> None:
    drawn = sorting(concurrency=1)
    found = await why(drawn, "fe[1]/check", inputs=["no number", 5])
    assert found.status == "not_reached"
    assert codes(found)[0] == ("inside_not_begun", "fe")
    assert words(found).startswith("`fe[1]` did not begin: `fe` failed before: ")
    # Before the frame has begun, what keeps it from that is the reason.
    early = await why(drawn, "fe[1]/check", at=3, inputs=[4, 5])
    assert (early.status, codes(early)) == (
        "pending",
        [("inside_not_begun", "fe"), ("queued", "fe"), ("emitted", "m")],
    )
    late = await why(drawn, "fe[1]/check", at=4, inputs=[4, 5])
    assert (late.status, codes(late)) == ("pending", [("inside_not_begun", "fe")])
    assert words(late) == "`fe[1]` has not begun: of its items, 1 may be under way at once."


async def test_an_empty_list_is_why_nothing_ran_in_a_frame() -> None:
    found = await why(sorting(), "big", inputs=[])
    assert found.status == "not_reached"
    assert words(found) == "Nothing in `fe` began: its list was empty."


async def test_an_item_that_never_began_is_explained_by_its_own_name() -> None:
    each = {"list": "{{ input }}", "concurrency": 1, "errors": "stop"}
    nodes = {
        "m": {"kind": "trigger.manual"},
        "e": {
            "kind": "set", "settings": {"each": each}, "parameters": {"value": "{{ 1 / item }}"},
        },
    }  # fmt: skip
    drawn = compile(load({"nodes": nodes, "edges": ["m.out -> e.in"]}), ALL)
    found = await why(drawn, "e[2]", inputs=[1, 0, 2])
    assert (found.status, codes(found)) == ("not_reached", [("item_not_begun", "e")])
    assert words(found).startswith("`e[2]` did not begin: `e` failed before: Item 1: ")
    failed = await why(drawn, "e[1]", inputs=[1, 0, 2])
    assert (failed.step, failed.status) == ("e[1]", "failed")
    assert [code for code, _ in codes(failed)] == ["failed", "list_failed_with_it", "emitted"]
    found = await why(sorting(concurrency=1), "fe[1]", inputs=["no number", 5])
    assert words(found).startswith("`fe[1]` did not begin: `fe` failed before: ")
    for path in ("fe[7]", "m[0]", "fe[x]", "x[0]"):
        with pytest.raises(KeyError):
            await why(sorting(), path, inputs=[1, 5])


async def test_items_that_an_expression_gave_are_known_also_those_that_never_begin() -> None:
    each = {"list": "{{ input.lines[1:] }}", "concurrency": 1}
    nodes = {
        "m": {"kind": "trigger.manual"},
        "e": {"kind": "async", "settings": {"each": each}},
    }
    drawn = compile(load({"nodes": nodes, "edges": ["m.out -> e.in"]}), ALL)
    inputs = {"lines": [1, 2, 3]}
    result = await run(drawn, inputs)
    listed = next(it for it in result.events if it.type == "step.listed")
    assert (listed.step, listed.data) == ("e", {"items": [2, 3]})
    # As the first item began: the others are known by then.
    early = result.events[: listed.seq + 1]
    [found] = explain(drawn, early, "e[1]")
    assert (found.status, words(found)) == (
        "pending",
        "`e[1]` has not begun: of 2 items, 1 may be under way at once.",
    )
    with pytest.raises(KeyError):
        explain(drawn, early, "e[2]")
    # After a crash it is the same list that goes on, whatever the expression would give now.
    other = [it._replace(data={"items": [8, 9]}) if it is listed else it for it in early]
    again = await run(drawn, history=other)
    assert again.outputs == {"e": [8, 9]}
    assert not any(it.type == "step.listed" for it in again.events)


async def test_explaining_all_nodes_of_a_loop_keeps_no_more_the_longer_it_went_round() -> None:
    nodes: dict[str, Any] = {
        "m": {"kind": "trigger.manual"},
        "n": {"kind": "set", "parameters": {"value": "{{ input + 1 }}"}},
        "c": {"kind": "if", "parameters": {"condition": "{{ input < 300 }}"}},
        "r": {"kind": "frame.repeat", "parameters": {"until": "{{ index > 298 }}", "most": 300}},
        "x": {"kind": "pass", "frame": "r"},
    }
    edges = ["m.out -> n.in", "n.out -> c.in", "c.true -> n.in", "c.false -> r.in"]
    drawn = compile(
        load({"nodes": nodes, "edges": [*edges, "r.value -> x.in", "x.out -> r.next"]}), ALL
    )
    events = (await run(drawn, 0)).events
    for cut in (events, events[:-4]):
        tracemalloc.start()
        found = explain(drawn, cut)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert [it.step for it in found] == ["m", "n#300", "c#300", "r", "r[299]/x"]
        # Of each firing a kilobyte was kept: 600 of them.
        assert peak < 80_000


async def test_a_node_of_an_inner_frame_is_explained_from_an_outer_iteration() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "fe": {"kind": "frame.each"},
        "check": {"kind": "if", "frame": "fe", "parameters": {"condition": "{{ item > 3 }}"}},
        "inner": {"kind": "frame.each", "frame": "fe", "parameters": {"list": "{{ [1] }}"}},
        "x": {"kind": "pass", "frame": "inner"},
    }
    edges = [
        "m.out -> fe.in",
        "fe.item -> check.in",
        "check.true -> inner.in",
        "check.false -> fe.result",
        "inner.item -> x.in",
        "x.out -> inner.result",
        "inner.out -> fe.result",
    ]
    drawn = compile(load({"nodes": nodes, "edges": edges}), ALL)
    found = await why(drawn, "fe[0]/x", inputs=[1, 5])
    assert (found.status, found.step) == ("not_reached", None)
    assert words(found) == (
        "`fe[0]/inner` did not begin. `fe[0]/check` emitted only on `false`, not on `true`."
    )
    with pytest.raises(KeyError):
        await why(drawn, "fe[1]/x", inputs=[1, 5])


async def test_parts_of_a_try_and_rounds_that_did_not_begin_say_why() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "r": {"kind": "frame.repeat", "parameters": {"until": "{{ index >= 1 }}", "most": 9}},
        "safe": {"kind": "frame.try", "frame": "r"},
        "work": {"kind": "set", "frame": "safe", "parameters": {"value": "{{ 1 / index }}"}},
        "mend": {"kind": "pass", "frame": "safe"},
    }
    edges = [
        "m.out -> r.in",
        "r.value -> safe.in",
        "safe.try -> work.in",
        "work.out -> safe.result",
        "safe.catch -> mend.in",
        "mend.out -> safe.result",
        "safe.out -> r.next",
    ]
    drawn = compile(load({"nodes": nodes, "edges": edges}), ALL)
    assert (await why(drawn, "r[0]/safe[catch]/mend", inputs=1)).status == "succeeded"
    for path in ("r[1]/safe[catch]/mend", "r[1]/safe[try]/mend"):
        found = await why(drawn, path, inputs=1)
        assert words(found) == "`r[1]/safe[catch]` did not begin: nothing failed in `r[1]/safe`."
    found = await why(drawn, "r[2]/safe[try]/work", inputs=1)
    assert words(found) == "`r[2]` did not begin: `r` ended before."


def test_what_one_iteration_waits_for_is_not_what_another_has() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "fe": {"kind": "frame.each", "parameters": {"concurrency": 2}},
        "a": {"kind": "async", "frame": "fe"},
        "b": {"kind": "async", "frame": "fe"},
        "j": {"kind": "join", "frame": "fe"},
    }
    edges = [
        "m.out -> fe.in",
        "fe.item -> a.in",
        "fe.item -> b.in",
        "a.out -> j.in",
        "b.out -> j.in",
        "j.out -> fe.result",
    ]
    drawn = compile(load({"nodes": nodes, "edges": edges}), ALL)
    opened = {"items": [1, 2], "concurrency": 2, "errors": "stop", "mode": "each"}
    item = {"inputs": {"in": [["fe", "item"]]}}
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": [1, 2]}, "inputs": {}}),
        ("step.started", "fe", {"attempt": 1, "inputs": {"in": [["m", "out"]]}, "frame": opened}),
        ("step.succeeded", "fe[0]/a", {"outputs": {"out": 1}, **item}),
        ("step.succeeded", "fe[1]/b", {"outputs": {"out": 2}, **item}),
    )
    for path, waits, has in (("fe[0]", "b", "a"), ("fe[1]", "a", "b")):
        found = explain(drawn, events, f"{path}/j")[0]
        assert [(it.code, it.node, it.step) for it in found.reasons] == [
            ("waits_for", waits, f"{path}/{waits}"),
            ("has_value", has, f"{path}/{has}"),
        ]
