"""Why nodes ran, wait or did not run, for any moment of a run."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import run
from runner.engine.explain import explain
from runner.graph import compile, load
from runner.nodes import node_types
from tests.engine.builder import TYPES, plan
from tests.engine.explained import BEGUN, codes, told, why, words


async def test_a_node_ran_because_another_emitted() -> None:
    found = await why(plan({"hook": "trigger.manual", "a": "pass"}, "hook.out -> a"), "a")
    assert found.status == "succeeded"
    assert [reason.to_json() for reason in found.reasons] == [
        {
            "code": "emitted",
            "message": "It fired because `hook` emitted at `out`.",
            "depth": 0,
            "node": "hook",
            "port": "out",
            "step": "hook",
        }
    ]


async def test_the_first_node_ran_because_the_run_starts_at_it() -> None:
    found = await why(plan({"hook": "trigger.manual", "a": "pass"}, "hook.out -> a"), "hook")
    assert codes(found) == [("run_start", "hook")]


async def test_the_port_that_was_not_chosen_is_named_back_to_where_the_run_turned_away() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "check": {"kind": "if", "parameters": {"condition": False}},
            "yes": "pass",
            "after": "pass",
        },
        "m.out -> check",
        "check.true -> yes",
        "yes.out -> after",
    )
    found = await why(drawn, "after")
    assert found.status == "not_reached"
    assert codes(found) == [("source_not_reached", "yes"), ("other_port", "check")]
    assert [reason.depth for reason in found.reasons] == [0, 1]
    assert "`check` emitted only on `false`, not on `true`." in words(found)


async def test_a_node_behind_a_failure_says_which() -> None:
    drawn = plan(
        {"m": "trigger.manual", "x": "fail", "after": "pass"}, "m.out -> x", "x.out -> after"
    )
    after = await why(drawn, "after")
    assert codes(after) == [("source_failed", "x")]
    assert "no luck" in words(after)
    failed = await why(drawn, "x")
    assert [code for code, _ in codes(failed)] == ["failed", "run_failed_with_it", "emitted"]


async def test_a_routed_failure_and_its_attempts_are_told() -> None:
    settings = {"on_error": "route", "retry": {"attempts": 2, "delay": 0.01}}
    drawn = plan({"m": "trigger.manual", "x": {"kind": "fail", "settings": settings}}, "m.out -> x")
    found = await why(drawn, "x")
    assert [code for code, _ in codes(found)] == ["failed", "failure_routed", "retried", "emitted"]
    assert "tried twice" in words(found)


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ("stop", "In `f`, `f[1]` ended with it, and `f` failed."),
        ("collect", "In `f`, `f[1]` ended with it; `f` itself succeeded."),
    ],
)
async def test_a_failure_in_a_frame_says_what_became_of_the_frame(errors: str, said: str) -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "f": {"kind": "frame.each", "parameters": {"errors": errors}},
        "a": {"kind": "set", "frame": "f", "parameters": {"value": "{{ 1 / item }}"}},
    }
    edges = ["m.out -> f.in", "f.item -> a.in", "a.out -> f.result"]
    drawn = compile(load({"nodes": nodes, "edges": edges}), {**TYPES, **node_types()})
    result = await run(drawn, [1, 0])
    (found,) = explain(drawn, result.events, "f[1]/a")
    became = found.reasons[1]
    assert (became.code, became.node, became.step) == ("frame_part_failed_with_it", "f", "f")
    assert became.message == said


async def test_a_disabled_node_says_so_and_those_behind_it_too() -> None:
    off = {"kind": "pass", "settings": {"disabled": True}}
    drawn = plan({"m": "trigger.manual", "x": off, "y": "pass"}, "m.out -> x", "x.out -> y")
    assert codes(await why(drawn, "x")) == [("disabled", "x")]
    assert codes(await why(drawn, "y")) == [("source_disabled", "x")]


async def test_what_undoes_a_step_says_that_nothing_had_to_be_undone() -> None:
    book = {"kind": "pass", "settings": {"compensate": True}}
    drawn = plan(
        {"m": "trigger.manual", "book": book, "undo": "pass"},
        "m.out -> book",
        "book.compensate -> undo",
    )
    found = await why(drawn, "undo")
    assert (found.status, codes(found)) == ("not_reached", [("not_undone", "book")])


async def test_a_value_from_outside_that_came_to_another_part_did_not_come_to_this_one() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "safe": {"kind": "frame.try"},
        "x": {"kind": "pass", "frame": "safe"},
        "work": {"kind": "fail", "frame": "safe"},
        "mend": {"kind": "pass", "frame": "safe"},
    }
    edges = ["m.out -> safe.in", "m.out -> x.in", "safe.try -> work.in", "safe.catch -> mend.in"]
    ends = ["mend.out -> safe.result"]
    drawn = compile(load({"nodes": nodes, "edges": [*edges, *ends]}), {**TYPES, **node_types()})
    assert (await why(drawn, "safe[try]/x")).step == "safe[try]/x"
    found = await why(drawn, "safe[catch]/x")
    assert words(found) == "Nothing came to it in `safe[catch]`."


async def test_a_bypassed_node_says_so() -> None:
    by = {"kind": "pass", "settings": {"bypass": True}}
    drawn = plan({"m": "trigger.manual", "x": by}, "m.out -> x")
    assert "bypassed" in [code for code, _ in codes(await why(drawn, "x"))]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [("emitted", "b"), ("without", "check"), ("other_port", "check")]),
        (
            {"wait_for": "possible"},
            [("emitted", "b"), ("without", "check"), ("other_port", "check")],
        ),
        ({"wait_for": "first"}, [("emitted", "b")]),
    ],
)
async def test_a_join_that_fired_without_a_branch_says_why_it_did_not_wait(
    settings: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "check": {"kind": "if", "parameters": {"condition": False}},
            "b": "pass",
            "j": {"kind": "join", "parameters": settings},
        },
        "m.out -> check",
        "m.out -> b",
        "check.true -> j",
        "b.out -> j",
    )
    found = await why(drawn, "j")
    assert (found.status, codes(found)) == ("succeeded", expected)
    if len(expected) > 1:
        assert "It did not wait for `check`, from which nothing could come any more." in words(
            found
        )


async def test_a_node_that_fired_without_an_optional_input_says_so_in_its_iteration() -> None:
    nodes = {
        "m": {"kind": "trigger.manual"},
        "f": {"kind": "frame.each"},
        "i": {"kind": "flow.if", "frame": "f", "parameters": {"condition": "{{ item }}"}},
        "j": {"kind": "flow.join", "frame": "f"},
    }
    edges = [
        "m.out -> f.in",
        "f.item -> i.in",
        "i.true -> j.in",
        "i.false -> j.in",
        "j.out -> f.result",
    ]
    drawn = compile(load({"nodes": nodes, "edges": edges}), node_types())
    result = await run(drawn, [True, False])
    for place in (0, 1):
        found = explain(drawn, result.events, f"f[{place}]/j")[0]
        assert codes(found) == [("emitted", "i"), ("without", "i"), ("other_port", "i")]


async def test_a_skipped_join_says_what_could_not_come() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "check": {"kind": "if", "parameters": {"condition": False}},
            "b": "pass",
            "both": "pair",
        },
        "m.out -> check",
        "m.out -> b",
        "check.true -> both.a",
        "b.out -> both.b",
    )
    found = await why(drawn, "both")
    assert found.status == "skipped"
    assert codes(found) == [("skipped", "both"), ("other_port", "check")]


def test_a_waiting_join_names_what_can_still_reach_it_and_what_it_has() -> None:
    drawn = plan(
        {"m": "trigger.manual", "fetch": "async", "b": "pass", "c": "pass", "j": "join"},
        "m.out -> fetch",
        "m.out -> c",
        "fetch.out -> b",
        "b.out -> j",
        "c.out -> j",
    )
    done: dict[str, Any] = {"outputs": {"out": 1}, "inputs": {}}
    events = told(
        *BEGUN,
        ("step.succeeded", "m", done),
        ("step.started", "fetch", {"attempt": 1, "inputs": {"in": [["m", "out"]]}}),
        ("step.succeeded", "c", {**done, "inputs": {"in": [["m", "out"]]}}),
    )
    join = explain(drawn, events, "j")[0]
    assert join.status == "pending"
    assert codes(join) == [("waits_for", "fetch"), ("has_value", "c")]
    assert join.reasons[0].message == "It waits for `b`, which `fetch` can still reach."
    assert codes(explain(drawn, events, "b")[0]) == [("can_come", "fetch")]
    assert explain(drawn, events, "fetch")[0].status == "running"
    before = explain(drawn, events[:3], "fetch")[0]
    assert codes(before) == [("queued", "fetch"), ("emitted", "m")]


def test_a_step_over_the_limit_says_that_it_waits_for_its_turn() -> None:
    drawn = plan(
        {"m": "trigger.manual", "a": "async", "b": "async"},
        "m.out -> a",
        "m.out -> b",
        settings={"concurrency": 1},
    )
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("step.started", "a", {"attempt": 1, "inputs": {"in": [["m", "out"]]}}),
    )
    assert codes(explain(drawn, events, "b")[0])[0] == ("limit", "b")


async def test_what_comes_of_a_firing_is_no_reason_for_it() -> None:
    drawn = compile(
        load({
            "nodes": {
                "m": {"kind": "trigger.manual"},
                "j": {"kind": "flow.join"},
                "again": {"kind": "if", "parameters": {"condition": False}},
            },
            "edges": ["m.out -> j.in", "j.out -> again.in", "again.true -> j.in"],
        }),
        {**TYPES, **node_types()},
    )  # fmt: skip
    assert words(await why(drawn, "j")) == (
        "It fired because `m` emitted at `out`. It did not wait for `again`, from which nothing "
        "could come any more. `again` came only after it."
    )


def test_a_cancelled_step_and_one_begun_again_say_so() -> None:
    drawn = plan({"m": "trigger.manual", "a": "hang"}, "m.out -> a")
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("step.started", "a", {"attempt": 1, "inputs": {"in": [["m", "out"]]}}),
        ("run.resumed", None, {"epoch": 2, "repeats": ["a"]}),
        ("step.cancelled", "a", {"reason": "cancelled by ada"}),
    )
    found = explain(drawn, events, "a")[0]
    assert [code for code, _ in codes(found)] == ["cancelled", "resumed", "emitted"]
    assert "cancelled by ada" in words(found)


@pytest.mark.parametrize("reason", ["cancelled by ada", "It was done on purpose."])
def test_what_was_cancelled_is_told_in_sentences_that_end_once(reason: str) -> None:
    drawn = plan({"m": "trigger.manual", "a": "hang", "b": "pass"}, "m.out -> a", "a.out -> b")
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("step.started", "a", {"attempt": 1, "inputs": {"in": [["m", "out"]]}}),
        ("step.cancelled", "a", {"reason": reason}),
        ("run.cancelled", None, {"reason": reason}),
    )
    once = reason.rstrip(".") + "."
    assert explain(drawn, events, "a")[0].reasons[0].message == f"It was cancelled: {once}"
    assert explain(drawn, events, "b")[0].reasons[0].message == f"`a` was cancelled: {once}"


def test_a_pause_between_attempts_is_told_without_the_attempt_that_has_not_begun() -> None:
    drawn = plan({"m": "trigger.manual", "a": "hang"}, "m.out -> a")
    failed = {"code": "node_failed", "message": "no luck"}
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("step.started", "a", {"attempt": 1, "inputs": {"in": [["m", "out"]]}}),
        ("step.retrying", "a", {"attempt": 1, "delay": 60.0, "error": failed}),
        ("step.waiting", "a", {"until": 60.0, "for": {"kind": "retry", "text": "attempt 2"}}),
        ("step.resumed", "a", {"by": "time"}),
        ("step.failed", "a", {"error": failed, "handled": "fail", "duration": 1}),
    )
    said = [it.message for it in explain(drawn, events[:6], "a")[0].reasons]
    assert said[:2] == [
        "It waits until 1970-01-01T00:01:00Z; then attempt 2 begins.",
        "Attempt 1 failed with `node_failed`: no luck.",
    ]
    for at in (5, 6, 7):
        assert "twice" not in words(explain(drawn, events[:at], "a")[0])
    assert "It was tried twice; the attempt before failed" in words(explain(drawn, events, "a")[0])


def test_a_step_that_has_logged_is_running_though_no_event_told_of_its_start() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass"}, "m.out -> a")
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("step.logged", "a", {"level": "info", "message": "so far"}),
    )
    found = explain(drawn, events, "a")[0]
    assert (found.status, found.reasons[0].code) == ("running", "running")


def test_a_step_that_the_debugger_holds_is_not_said_to_have_fired() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass"}, "m.out -> a")
    events = told(
        *BEGUN,
        ("step.succeeded", "m", {"outputs": {"out": 1}, "inputs": {}}),
        ("run.paused", None, {"reason": "asked"}),
    )
    held = explain(drawn, events, "a")[0]
    assert (held.status, [code for code, _ in codes(held)]) == ("queued", ["paused", "emitted"])
    assert words(held) == (
        "It is about to fire, and the debugger holds it. It fires because `m` emitted at `out`."
    )


async def test_a_trigger_that_the_run_did_not_start_at_names_the_one_that_it_did() -> None:
    drawn = plan({"one": "trigger.manual", "two": "trigger.manual"})
    assert codes(await why(drawn, "one", trigger="two")) == [("other_start", "two")]


def test_values_that_were_taken_over_or_stand_in_are_told() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass"}, "m.out -> a")
    taken = {"outputs": {"out": 1}, "inputs": {}, "reused": {"run": "r", "step": "m"}}
    mocked = {"outputs": {"out": 1}, "inputs": {"in": [["m", "out"]]}, "mocked": True}
    found = explain(
        drawn, told(*BEGUN, ("step.succeeded", "m", taken), ("step.succeeded", "a", mocked))
    )
    assert [it.reasons[0].code for it in found] == ["reused", "stood_in"]
    edited = ("step.edited", "a", {"inputs": {"in": {"n": 7}}})
    ended = ("step.succeeded", "a", {"outputs": {"out": 7}, "inputs": {"in": [["m", "out"]]}})
    found = explain(drawn, told(*BEGUN, ("step.succeeded", "m", taken), edited, ended), "a")
    assert [it.code for it in found[0].reasons] == ["edited", "emitted"]


async def test_every_moment_of_every_run_can_be_explained() -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "check": {"kind": "if", "parameters": {"condition": "{{ input.n < 3 }}"}},
            "loop": {"kind": "set", "parameters": {"value": {"n": "{{ input.n + 1 }}"}}},
            "end": "pass",
        },
        "m.out -> check",
        "check.true -> loop",
        "loop.out -> check",
        "check.false -> end",
    )
    result = await run(drawn, {"n": 0})
    for at in range(len(result.events) + 1):
        found = explain(drawn, result.events[:at])
        assert [it.node for it in found] == list(drawn.index)
        assert all(it.reasons for it in found), at
    earlier = explain(drawn, result.events, "check#2")[0]
    assert (earlier.step, codes(earlier)) == ("check#2", [("emitted", "loop")])
    with pytest.raises(KeyError):
        explain(drawn, result.events, "check#99")
