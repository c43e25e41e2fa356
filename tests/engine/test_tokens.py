"""How tokens move: rules 0 to 5."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import EngineError, Result, run
from runner.graph import compile, load
from runner.nodes import node_types
from tests.engine.builder import plan

TWO = {"m": "trigger.manual", "a": "pass", "b": "pass", "j": "join"}
NO = {"kind": "if", "parameters": {"condition": False}}
TWO_EDGES = ("m.out -> a", "m.out -> b", "a.out -> j", "b.out -> j")


def ends(result: Result) -> dict[str, str]:
    return {
        event.step: event.type.removeprefix("step.")
        for event in result.events
        if event.step and event.type in ("step.succeeded", "step.skipped", "step.failed")
    }


async def test_a_chain_passes_the_inputs_on() -> None:
    result = await run(plan({"m": "trigger.manual", "a": "pass"}, "m.out -> a"), {"x": 1})
    assert (result.status, result.outputs) == ("succeeded", {"a": {"x": 1}})


async def test_without_a_trigger_every_node_without_incoming_edges_fires() -> None:
    result = await run(plan({"a": "pass", "b": "pass"}), {"x": 1})
    assert set(ends(result)) == {"a", "b"}
    assert result.status == "succeeded"


async def test_a_run_starts_at_the_trigger_that_is_named_and_skips_the_others() -> None:
    drawn = plan({"one": "trigger.manual", "two": "trigger.manual"})
    result = await run(drawn, {"x": 1}, trigger="two")
    assert ends(result) == {"two": "succeeded", "one": "skipped"}


async def test_a_trigger_that_does_not_exist_is_refused() -> None:
    with pytest.raises(EngineError, match="no node 'nowhere'"):
        await run(plan({"a": "pass"}), trigger="nowhere")


async def test_the_ends_of_an_if_merge_and_the_other_branch_is_skipped() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "q": {"kind": "if", "parameters": {"condition": "{{ input.n > 1 }}"}},
            "yes": "pass",
            "no": "pass",
            "end": "pass",
        },
        "m.out -> q", "q.true -> yes", "q.false -> no", "yes.out -> end", "no.out -> end",
    )  # fmt: skip
    result = await run(drawn, {"n": 2})
    assert ends(result) == {
        "m": "succeeded", "q": "succeeded", "yes": "succeeded", "end": "succeeded", "no": "skipped",
    }  # fmt: skip


async def test_every_token_at_a_merge_fires_the_node_once_with_its_own_step_path() -> None:
    drawn = plan(
        {"m": "trigger.manual", "a": "pass", "b": "pass", "end": "pass"},
        "m.out -> a", "m.out -> b", "a.out -> end", "b.out -> end",
    )  # fmt: skip
    assert {"end", "end#2"} <= set(ends(await run(drawn)))


def parameter_by_edge(value: str | None, *edges: str) -> Any:
    """Return a plan in which x gets its number by an edge of a branch that is not taken."""
    parameters = {} if value is None else {"value": value}
    return plan(
        {
            "m": "trigger.manual",
            "q": NO,
            "x": {"kind": "number", "promoted": ["value"], "parameters": parameters},
            "end": "pass",
        },
        "m.out -> q", "m.out -> x", "q.true -> x.value", "x.out -> end", *edges,
    )  # fmt: skip


async def test_a_node_whose_promoted_parameter_can_never_come_is_skipped() -> None:
    result = await run(parameter_by_edge(None))
    assert (result.status, ends(result)["x"], ends(result)["end"]) == (
        "succeeded", "skipped", "skipped",
    )  # fmt: skip
    skipped = next(event for event in result.events if event.step == "x")
    assert skipped.data["reason"] == "nothing can come at its input 'value' any more"


async def test_a_promoted_parameter_that_has_a_value_of_its_own_is_not_waited_for_in_vain() -> None:
    result = await run(parameter_by_edge("{{ 3 + 4 }}"))
    assert (result.status, result.outputs) == ("succeeded", {"end": 7})


async def test_only_the_firings_that_lack_a_promoted_parameter_are_skipped() -> None:
    drawn = parameter_by_edge(None, "q.false -> x.value", "q.false -> x")
    result = await run(drawn, 5)
    assert (ends(result)["x"], ends(result)["x#2"]) == ("succeeded", "skipped")
    assert result.outputs == {"end": 5}


async def test_a_circle_is_a_loop() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "count": {"kind": "set", "parameters": {"value": "{{ input + 1 }}"}},
            "more": {"kind": "if", "parameters": {"condition": "{{ input < 3 }}"}},
            "end": "flow.output",
        },
        "m.out -> count", "count.out -> more", "more.true -> count", "more.false -> end",
    )  # fmt: skip
    result = await run(drawn, 0)
    assert result.outputs == {"end": 3}
    assert "count#3" in ends(result)
    assert "count#4" not in ends(result)


async def test_a_node_may_fire_only_so_often() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "a": {"kind": "pass", "settings": {"max_firings": 5}},
            "q": {"kind": "if", "parameters": {"condition": True}},
        },
        "m.out -> a", "a.out -> q", "q.true -> a",
    )  # fmt: skip
    result = await run(drawn)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "too_many_firings"
    assert result.error["step"] == "a#6"


async def test_a_node_with_two_ports_waits_for_both_first_in_first_out() -> None:
    drawn = plan(
        {
            "m": "trigger.manual", "x1": {"kind": "set", "parameters": {"value": 1}},
            "x2": {"kind": "set", "parameters": {"value": 2}}, "p": "pair", "y": "pass",
            "z": "pass",
        },
        "m.out -> x1", "m.out -> x2", "x1.out -> p.a", "x2.out -> p.a",
        "m.out -> y", "m.out -> z", "y.out -> p.b", "z.out -> p.b",
    )  # fmt: skip
    result = await run(drawn, "t")
    firsts = [e.data["outputs"]["out"] for e in result.events if e.step in ("p", "p#2")]
    assert firsts == [{"a": 1, "b": "t"}, {"a": 2, "b": "t"}]


@pytest.mark.parametrize(
    ("wait_for", "expected"), [("all", [1, 1]), ("first", [1]), ("possible", [1, 1])]
)
async def test_a_join_wants_as_many_as_it_says(wait_for: str, expected: list[int]) -> None:
    nodes: dict[str, Any] = {**TWO, "j": {"kind": "join", "parameters": {"wait_for": wait_for}}}
    result = await run(plan(nodes, *TWO_EDGES), 1)
    assert result.outputs == {"j": expected}
    assert "j#2" not in ends(result)


async def test_a_join_of_n_swallows_the_rest() -> None:
    nodes = {
        "m": "trigger.manual",
        **{f"a{i}": {"kind": "set", "parameters": {"value": i}} for i in range(4)},
        "j": {"kind": "join", "parameters": {"wait_for": "n", "count": 2}},
    }
    edges = [f"m.out -> a{i}" for i in range(4)] + [f"a{i}.out -> j" for i in range(4)]
    result = await run(plan(nodes, *edges))
    assert result.outputs == {"j": [0, 1]}
    assert "j#2" not in ends(result)


def behind_an_if(target: str, port: str) -> Any:
    """A node that also waits for a branch that is not taken."""
    return plan(
        {
            "m": "trigger.manual",
            "q": {"kind": "if", "parameters": {"condition": False}},
            "a": "pass",
            "t": target,
        },
        "m.out -> q", f"q.true -> t.{port}", "m.out -> a",
        f"a.out -> t.{'in' if port == 'in' else 'ab'.replace(port, '')}",
    )  # fmt: skip


async def test_a_join_fires_without_a_branch_that_can_no_longer_come() -> None:
    assert (await run(behind_an_if("join", "in"), 7)).outputs["t"] == [7]


async def test_a_join_of_n_that_fewer_can_reach_is_skipped_and_says_how_many_came() -> None:
    nodes = {
        "m": "trigger.manual",
        "q": {"kind": "if", "parameters": {"condition": False}},
        "a": "pass",
        "j": {"kind": "join", "parameters": {"wait_for": "n", "count": 2}},
    }
    result = await run(plan(nodes, "m.out -> q", "q.true -> j", "m.out -> a", "a.out -> j"))
    [skipped] = [event for event in result.events if event.step == "j"]
    wanted = "nothing can come at its input 'in' any more; 1 of the 2 that it waits for came"
    assert (skipped.type, skipped.data["reason"]) == ("step.skipped", wanted)


async def test_a_missing_optional_input_is_left_out() -> None:
    assert (await run(behind_an_if("pair", "b"), 7)).outputs["t"] == {"a": 7}


async def test_a_node_without_its_required_input_is_skipped_with_a_reason() -> None:
    result = await run(behind_an_if("pair", "a"), 7)
    assert result.status == "succeeded"
    skipped = next(event for event in result.events if event.step == "t")
    assert skipped.type == "step.skipped"
    assert "'a'" in skipped.data["reason"]


async def test_nodes_that_wait_on_each_other_do_not_wait_for_ever() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "p": "pair",
            "q": "pair",
            "again": {"kind": "if", "parameters": {"condition": False}},
        },
        "m.out -> p.a", "q.out -> p.b", "m.out -> q.a", "p.out -> again", "again.true -> q.b",
    )  # fmt: skip
    result = await run(drawn, 1)
    assert result.status == "succeeded"
    assert ends(result)["p"] == ends(result)["q"] == "succeeded"


async def test_a_disabled_node_passes_nothing_on() -> None:
    drawn = plan(
        {"m": "trigger.manual", "a": {"kind": "pass", "settings": {"disabled": True}}, "b": "pass"},
        "m.out -> a", "a.out -> b",
    )  # fmt: skip
    assert ends(await run(drawn)) == {"m": "succeeded", "a": "skipped", "b": "skipped"}


async def test_a_bypassed_node_passes_its_input_on_without_being_run() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "a": {"kind": "fail", "settings": {"bypass": True, "on_error": "route"}},
            "b": "pass",
        },
        "m.out -> a", "a.out -> b", "a.error -> b",
    )  # fmt: skip
    result = await run(drawn, {"n": 1})
    assert ends(result) == {"m": "succeeded", "a": "succeeded", "b": "succeeded"}
    assert result.outputs == {"b": {"n": 1}}
    (end,) = [it for it in result.events if it.type == "step.succeeded" and it.step == "a"]
    assert end.data["bypassed"] is True


async def test_a_bypassed_node_waits_for_its_inputs_and_passes_on_the_first() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "x": {"kind": "set", "parameters": {"value": "x"}},
            "p": {"kind": "pair", "settings": {"bypass": True}},
            "end": "pass",
        },
        "m.out -> x", "m.out -> p.a", "x.out -> p.b", "p.out -> end",
    )  # fmt: skip
    assert (await run(drawn, 7)).outputs == {"end": 7}


async def test_a_bypassed_output_gives_nothing_and_a_bypassed_stop_does_not_stop() -> None:
    by = {"bypass": True}
    nodes = {
        "m": {"kind": "trigger.manual"},
        "x": {"kind": "flow.output", "parameters": {"name": "x"}, "settings": by},
        "s": {"kind": "flow.stop", "settings": by},
        "y": {"kind": "flow.output", "parameters": {"name": "y"}},
    }
    edges = ["m.out -> x.in", "x.out -> y.in", "m.out -> s.in"]
    drawn = compile(load({"nodes": nodes, "edges": edges}), node_types())
    assert (await run(drawn, 1)).outputs == {"y": 1}


async def test_a_bypassed_frame_is_not_opened() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "f": {"kind": "frame.each", "settings": {"bypass": True}},
        "a": {"kind": "data.set", "frame": "f"},
        "end": {"kind": "flow.output", "parameters": {"name": "list"}},
    }
    edges = ["m.out -> f.in", "f.item -> a.in", "a.out -> f.result", "f.out -> end.in"]
    drawn = compile(load({"nodes": nodes, "edges": edges}), node_types())
    result = await run(drawn, [1, 2])
    assert (result.status, result.outputs) == ("succeeded", {"list": [1, 2]})
    assert not [it for it in result.events if it.step == "f[0]/a"]


async def test_a_node_that_still_waits_when_a_run_ends_early_shows_as_skipped() -> None:
    drawn = plan(
        {"m": "trigger.manual", "a": "pass", "bad": "fail", "b": "pass", "p": "pair"},
        "m.out -> a", "m.out -> bad", "m.out -> b", "a.out -> p.a", "b.out -> p.b",
    )  # fmt: skip
    result = await run(drawn)
    assert result.status == "failed"
    assert ends(result)["p"] == "skipped"


async def test_a_step_that_is_not_run_neither_starts_nor_waits_for_its_turn() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "a": {"kind": "async", "settings": {"max_firings": 1}},
            "b": "pass",
        },
        "m.out -> a", "m.out -> b", "b.out -> a",
        settings={"concurrency": 1, "on_failure": "finish"},
    )  # fmt: skip
    result = await run(drawn)
    events = [(event.type, event.step) for event in result.events]
    assert ("step.started", "a#2") not in events
    assert events.index(("step.failed", "a#2")) < events.index(("step.succeeded", "a"))


async def test_all_tokens_that_wait_in_vain_are_released_at_once() -> None:
    drawn = plan(
        {"m": "trigger.manual", "x": "pass", "p": "slow-pair", "q": NO},
        "m.out -> p.a", "m.out -> x", "x.out -> p.a", "m.out -> q", "q.true -> p.b",
    )  # fmt: skip
    result = await run(drawn)
    kinds = [event.type for event in result.events if (event.step or "").startswith("p")]
    assert kinds == ["step.started"] * 2 + ["step.succeeded"] * 2
