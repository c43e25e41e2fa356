"""A run under a debugger pauses where it is told to, goes on step by step, and forgets nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from runner.engine import Event, Execution, MemoryJournal, Result, RunState
from runner.engine.again import Again
from runner.engine.debug.breakpoints import breakpoints_of
from runner.engine.debug.tokens import tokens_of
from runner.engine.earlier import Origin
from runner.engine.explain import explain
from runner.engine.reuse import reuse
from runner.graph import DocumentInvalid, Plan
from tests.engine import frames
from tests.engine.cutting import goes_on_from_everywhere
from tests.engine.frames import frame, inside
from tests.patience import PATIENCE

Answer = Callable[[Execution], dict[str, Any] | None]
CONTINUE = {"do": "continue"}
STEP = {"do": "step"}


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    ends = [text if "." in text.split("->")[1] else f"{text}.in" for text in edges]
    return frames.plan(nodes, *ends, **document)


LINE = plan({"m": "trigger.manual", "a": "pass", "b": "async", "c": "pass"},
            "m.out -> a", "a.out -> b", "b.out -> c")  # fmt: skip


async def driven(
    drawn: Plan,
    inputs: Any = None,
    *,
    answer: Answer = lambda _: CONTINUE,
    rests: bool = False,
    **options: Any,
) -> Result:
    """Run under a debugger; at each pause, `answer` says what is asked next (None: nothing)."""

    def told() -> None:
        if execution.state.debug and execution.state.debug.paused:
            loop.call_soon(ask)

    def ask() -> None:
        debug = execution.state.debug
        while debug and debug.paused and execution.state.status is None:
            seq = execution.state.seq
            if (asked := answer(execution)) is None:
                return
            execution.debug(asked)
            assert execution.state.seq > seq, f"{asked} did nothing"

    loop = asyncio.get_running_loop()
    execution = Execution(drawn, inputs, on_parked=told, **options)
    told()
    loop.call_soon(lambda: loop.call_soon(told))
    return await asyncio.wait_for(execution.run(), 30)


def told(result: Result, *kinds: str) -> list[Any]:
    return [event.data for event in result.events if event.type in kinds]


def events_of(execution: Execution) -> list[Event]:
    assert isinstance(execution.journal, MemoryJournal)
    return execution.journal.events


def begun(result: Result) -> list[str | None]:
    seen: list[str | None] = []
    for event in result.events:
        if event.type in ("step.started", "step.succeeded") and event.step not in seen:
            seen.append(event.step)
    return seen


def at(*breakpoints: dict[str, str], paused: bool = False) -> dict[str, Any]:
    return {"breakpoints": list(breakpoints), "paused": paused}


async def test_a_breakpoint_holds_its_node_and_with_it_all_others() -> None:
    seen = []

    def answer(execution: Execution) -> dict[str, Any]:
        seen.append((list(execution.state.ready), list(execution.state.running)))
        (why,) = explain(drawn, events_of(execution), "c")
        assert why.reasons[0].code == "paused"
        return CONTINUE

    drawn = plan({"m": "trigger.manual", "a": "pass", "b": "pass", "c": "pass"},
                 "m.out -> a", "m.out -> b", "a.out -> c")  # fmt: skip
    result = await driven(drawn, 7, answer=answer, debug=at({"node": "b"}))
    assert result.status == "succeeded"
    # `c` could begin as well, but the world stands still.
    assert seen == [(["b", "c"], [])]
    assert told(result, "breakpoint.hit") == [
        {"breakpoint": {"node": "b", "when": "before"}, "step": "b"}
    ]
    assert told(result, "run.paused") == [{"reason": "breakpoint", "step": "b"}]


async def test_what_is_under_way_ends_while_a_run_is_paused_but_nothing_begins() -> None:
    drawn = plan({"m": "trigger.manual", "slow": "async", "then": "pass", "b": "pass"},
                 "m.out -> slow", "m.out -> b", "slow.out -> then")  # fmt: skip
    seen = []

    async def answer_late(execution: Execution) -> None:
        while execution.state.running:
            await asyncio.sleep(0)
        seen.append(list(execution.state.ready))
        execution.debug(CONTINUE)

    def answer(execution: Execution) -> None:
        late.append(asyncio.create_task(answer_late(execution)))

    late: list[asyncio.Task[None]] = []
    result = await driven(drawn, 7, answer=answer, debug=at({"node": "b"}))
    assert seen[0] == ["b", "then"]
    assert result.outputs == {"then": 7, "b": 7}


async def test_a_breakpoint_after_a_node_pauses_even_at_the_end_of_the_run() -> None:
    def answer(execution: Execution) -> dict[str, Any]:
        assert not execution.state.ready
        assert execution.state.status is None
        return CONTINUE

    result = await driven(LINE, 7, answer=answer, debug=at({"node": "c", "when": "after"}))
    assert [it["step"] for it in told(result, "run.paused")] == ["c"]
    assert result.outputs == {"c": 7}


async def test_a_breakpoint_on_an_edge_is_hit_when_a_token_goes_over_it() -> None:
    drawn = plan({"m": "trigger.manual", "i": {"kind": "if", "parameters": {"condition": True}},
                  "yes": "pass", "no": "pass"},
                 "m.out -> i", "i.true -> yes", "i.false -> no")  # fmt: skip
    debug = at({"edge": "i.true -> yes.in"}, {"edge": "i.false -> no.in"})
    result = await driven(drawn, 7, debug=debug)
    assert told(result, "breakpoint.hit") == [
        {"breakpoint": {"edge": "i.true -> yes.in"}, "step": "i"}
    ]
    assert result.status == "succeeded"


async def test_an_edge_to_a_join_is_hit_while_the_token_waits_there() -> None:
    def answer(execution: Execution) -> dict[str, Any]:
        waiting.append([(it.edge, it.value, it.firing) for it in tokens_of(execution.state)][-1])
        return CONTINUE

    waiting: list[Any] = []
    drawn = plan({"m": "trigger.manual", "a": "pass", "slow": "async", "j": "pair"},
                 "m.out -> a", "m.out -> slow", "a.out -> j.a", "slow.out -> j.b")  # fmt: skip
    result = await driven(drawn, 7, answer=answer, debug=at({"edge": "a.out -> j.a"}))
    assert waiting == [("a.out -> j.a", 7, None)]
    assert result.outputs == {"j": {"a": 7, "b": 7}}


async def test_steps_begin_one_by_one() -> None:
    order = []

    def answer(execution: Execution) -> dict[str, Any]:
        order.append(list(execution.state.ready))
        return STEP

    result = await driven(LINE, 7, answer=answer, debug=at(paused=True))
    assert order[:3] == [["m"], ["a"], ["b"]]
    assert [it["step"] for it in told(result, "run.paused")[1:]] == ["m", "a", "b", "c"]
    assert [it.get("path") for it in told(result, "run.continued")][:4] == ["m", "a", "b", None]
    assert result.outputs == {"c": 7}


@pytest.mark.parametrize("asked", [CONTINUE, STEP])
async def test_of_two_who_end_the_same_pause_the_second_does_not_end_the_next(
    asked: dict[str, Any],
) -> None:
    meant: list[dict[str, Any]] = []
    stays: list[bool] = []

    def answer(execution: Execution) -> dict[str, Any]:
        debug = execution.state.debug
        assert debug is not None
        if not meant:
            meant.append({**asked, "pause": debug.pause})
            return meant[0]
        seq = execution.state.seq
        execution.debug(meant[0])
        stays.append(execution.state.seq == seq)
        return CONTINUE

    result = await driven(LINE, 7, answer=answer, debug=at({"node": "a"}, {"node": "b"}))
    assert stays
    assert all(stays)
    assert result.outputs == {"c": 7}


async def test_the_step_to_begin_next_can_be_chosen() -> None:
    def answer(execution: Execution) -> dict[str, Any]:
        return {"do": "step", "path": "b"} if "b" in execution.state.ready else CONTINUE

    drawn = plan({"m": "trigger.manual", "a": "pass", "b": "pass"}, "m.out -> a", "m.out -> b")
    result = await driven(drawn, 7, answer=answer, debug=at({"node": "a"}))
    assert begun(result) == ["m", "b", "a"]


FRAME = plan(
    {"m": "trigger.manual", "all": frame("each"),
     "one": inside("set", "all", value="{{ input + 1 }}"), "end": "pass"},
    "m.out -> all.in", "all.item -> one.in", "one.out -> all.result", "all.out -> end.in",
)  # fmt: skip


async def test_a_step_goes_into_a_frame_or_over_it() -> None:
    def over(execution: Execution) -> dict[str, Any]:
        return {"do": "step", "over": True}

    result = await driven(FRAME, [1, 2], answer=over, debug=at(paused=True))
    assert [it.get("step") for it in told(result, "run.paused")] == [None, "m", "all", "end"]
    into = await driven(FRAME, [1, 2], answer=lambda _: STEP, debug=at(paused=True))
    paths = [it.get("step") for it in told(into, "run.paused")]
    assert paths == [None, "m", "all", "all[0]/one", "all[1]/one", "end"]
    assert result.outputs == into.outputs == {"end": [2, 3]}


async def test_an_edge_inside_a_frame_is_hit_once_for_each_item() -> None:
    debug = at({"edge": "all.item -> one.in"}, {"edge": "one.out -> all.result"})
    result = await driven(FRAME, [1, 2], debug=debug)
    hits = [(it["breakpoint"]["edge"][:3], it["step"]) for it in told(result, "breakpoint.hit")]
    assert sorted(hits) == [
        ("all", "all[0]/one"), ("all", "all[1]/one"), ("one", "all[0]/one"), ("one", "all[1]/one"),
    ]  # fmt: skip


def editing(token: str, value: Any) -> Answer:
    """Edit a token at the first pause at which it is in flight, then go on."""

    def answer(execution: Execution) -> dict[str, Any]:
        held = {it.id: it for it in tokens_of(execution.state)}.get(token)
        if held is not None and held.value != value:
            return {"do": "edit", "token": token, "value": value}
        return CONTINUE

    return answer


async def test_a_token_that_is_edited_goes_on_with_its_new_value() -> None:
    result = await driven(LINE, 7, answer=editing("b.in", 8), debug=at({"node": "b"}))
    assert result.outputs == {"c": 8}
    edited = next(event for event in result.events if event.type == "step.edited")
    assert (edited.step, edited.data) == ("b", {"inputs": {"in": 8}})
    reasons = explain(LINE, result.events, "b")[0].reasons
    assert any(it.code == "edited" for it in reasons)


async def test_a_token_that_waits_at_a_join_can_be_edited() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass", "slow": "async", "j": "join"},
                 "m.out -> a", "m.out -> slow", "a.out -> j", "slow.out -> j")  # fmt: skip
    debug = at({"edge": "a.out -> j.in"})
    result = await driven(drawn, 7, answer=editing("j.in@2>0", {"n": 1}), debug=debug)
    assert result.outputs == {"j": [{"n": 1}, 7]}
    assert told(result, "step.edited") == [{"inputs": {"in": [{"n": 1}, 7]}}]


async def test_a_value_shared_with_another_branch_stays_there_as_it_was() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass", "b": "pass"}, "m.out -> a", "m.out -> b")
    result = await driven(
        drawn, {"n": 1}, answer=editing("a.in", {"n": 2}), debug=at({"node": "a"})
    )
    assert result.outputs == {"a": {"n": 2}, "b": {"n": 1}}


async def test_what_does_not_fit_the_port_changes_nothing() -> None:
    drawn = plan({"m": "trigger.manual", "all": {"kind": "pass", "settings": {"each": True}}},
                 "m.out -> all.in")  # fmt: skip
    refused = []

    def answer(execution: Execution) -> dict[str, Any]:
        (token,) = tokens_of(execution.state)
        seq = execution.state.seq
        wrongs: list[Any] = ["text", 1, {}, True, None, [object()], [float("nan")]]
        for wrong in wrongs:
            refused.append(token.refuses(wrong))
            execution.debug({"do": "edit", "token": token.id, "value": wrong})
        execution.debug({"do": "edit", "token": "nobody.in", "value": []})
        assert execution.state.seq == seq
        return CONTINUE

    result = await driven(drawn, [1, 2], answer=answer, debug=at({"node": "all"}))
    assert None not in refused
    assert refused[0] == "The port 'in' of all takes a value of type list."
    assert result.outputs == {"all": [1, 2]}


async def test_breakpoints_can_be_changed_while_the_run_lives() -> None:
    def answer(execution: Execution) -> dict[str, Any]:
        debug = execution.state.debug
        assert debug is not None
        wanted = {"node": "c", "when": "before"}
        if [it.to_json() for it in debug.breakpoints] != [wanted]:
            return {"do": "breakpoints", "breakpoints": [wanted]}
        return CONTINUE

    result = await driven(LINE, 7, answer=answer, debug=at({"node": "a"}, {"node": "b"}))
    assert [it["step"] for it in told(result, "breakpoint.hit")] == ["a", "c"]


async def test_any_run_can_be_paused_and_stopped() -> None:
    execution = Execution(LINE, 7)
    execution.debug({"do": "pause", "by": "anna"}, "one")
    running = asyncio.create_task(execution.run())
    while execution.state.debug is None or not execution.state.debug.paused:
        await asyncio.sleep(0)
    assert list(execution.state.ready) == ["m"]
    assert execution.debug({"do": "pause"}, "one")  # it came before
    execution.cancel("enough")
    result = await asyncio.wait_for(running, PATIENCE)
    assert result.status == "cancelled"
    assert [it["by"] for it in told(result, "run.paused")] == ["anna"]


async def test_a_run_that_is_stopped_in_a_pause_cleans_up() -> None:
    drawn = plan({"m": "trigger.manual", "t": frame("try"), "work": inside("pass", "t"),
                  "tidy": inside("pass", "t")},
                 "m.out -> t.in", "t.try -> work.in", "work.out -> t.result",
                 "t.finally -> tidy.in")  # fmt: skip
    execution = Execution(drawn, 7, debug=at({"node": "work"}, {"node": "tidy"}))
    running = asyncio.create_task(execution.run())
    while execution.state.debug is None or not execution.state.debug.paused:
        await asyncio.sleep(0)
    execution.cancel("enough")
    result = await asyncio.wait_for(running, PATIENCE)
    assert result.status == "cancelled"
    assert [it for it in begun(result) if it and it.endswith("tidy")]


async def test_a_paused_run_rests_and_is_paused_again_when_it_is_taken_up() -> None:
    execution = Execution(LINE, 7, run_id="r", debug=at({"node": "b"}), on_parked=lambda: None)
    running = asyncio.create_task(execution.run())
    while execution.state.debug is None or not execution.state.debug.paused:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    journal = [event._replace(time=event.time - 60) for event in events_of(execution)]
    again = Execution(LINE, 7, run_id="r", history=journal, on_parked=lambda: None)
    rested = await asyncio.wait_for(again.run(), 5)
    assert (rested.status, rested.until) == ("waiting", None)
    assert again.state.debug is not None
    assert [it.step for it in again.state.debug.hits] == []
    assert again.state.debug.passed == {"b"}
    history = [*journal, *rested.events]
    last = Execution(LINE, 7, run_id="r", history=history, on_parked=lambda: None)
    assert not last.debug(CONTINUE, "two")
    result = await asyncio.wait_for(last.run(), 5)
    assert result.outputs == {"c": 7}


@pytest.mark.parametrize("answer", ["step", "continue", "over"])
async def test_a_debug_run_that_is_cut_anywhere_goes_on_as_it_would_have(answer: str) -> None:
    asked = {"do": "step", "over": True} if answer == "over" else {"do": answer}
    debug = at({"node": "all"}, {"node": "one", "when": "after"}, {"edge": "all.out -> end.in"},
               paused=True)  # fmt: skip

    async def runs(drawn: Plan, inputs: Any, **options: Any) -> Result:
        return await driven(drawn, inputs, answer=lambda _: asked, debug=debug, **options)

    result = await goes_on_from_everywhere(FRAME, [1, 2], runs=runs)
    assert result.outputs == {"end": [2, 3]}
    hits = {it["step"] for it in told(result, "breakpoint.hit")}
    assert {"all", "all[0]/one", "all[1]/one"} <= hits


@pytest.mark.parametrize(("token", "stop"), [("slow.in", {"node": "slow"}),
                                             ("j.a>0", {"edge": "a.out -> j.a"}),
                                             ("j.a", {"node": "j"})])  # fmt: skip
async def test_an_edit_survives_a_cut_anywhere(token: str, stop: dict[str, str]) -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass", "slow": "async", "j": "slow-pair"},
                 "m.out -> a", "m.out -> slow", "a.out -> j.a", "slow.out -> j.b")  # fmt: skip

    async def runs(drawn: Plan, inputs: Any, **options: Any) -> Result:
        return await driven(drawn, inputs, answer=editing(token, 9), debug=at(stop), **options)

    result = await goes_on_from_everywhere(drawn, 7, runs=runs)
    assert result.outputs == {"j": {"a": 7, "b": 9} if token == "slow.in" else {"a": 9, "b": 7}}


async def test_the_time_limit_of_a_run_stands_still_while_it_is_paused() -> None:
    drawn = plan({"m": "trigger.manual", "a": "pass"}, "m.out -> a", settings={"timeout": 60})
    execution = Execution(drawn, 7, run_id="r", debug=at(paused=True))
    running = asyncio.create_task(execution.run())
    while execution.state.debug is None or not execution.state.debug.paused:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    # An hour ago it was paused.
    old = [event._replace(time=event.time - 3600) for event in events_of(execution)]
    result = await driven(drawn, 7, run_id="r", history=old)
    assert result.status == "succeeded"
    state = RunState.fold(drawn, [*old, *result.events])
    assert state.debug is not None
    assert 3500 < state.debug.seconds < 3700
    assert state.started is not None
    assert time.time() - state.started > 3500


async def test_the_time_limit_of_a_frame_stands_still_while_the_run_is_paused() -> None:
    drawn = plan({"m": "trigger.manual", "limit": frame("limit", seconds=0.2),
                  "one": inside("pass", "limit")},
                 "m.out -> limit.in", "limit.start -> one.in", "one.out -> limit.result",
                 )  # fmt: skip

    def answer(execution: Execution) -> None:
        asyncio.get_running_loop().call_later(0.5, execution.debug, CONTINUE)

    result = await driven(drawn, 7, answer=answer, debug=at({"node": "one"}))
    assert result.status == "succeeded", result.error


async def test_steps_that_a_rerun_takes_over_hit_nothing() -> None:
    first = await driven(LINE, 7)
    debug = at({"node": "a", "when": "after"}, {"edge": "a.out -> b.in"}, {"node": "b"})
    queued = Event(1, time.time(), "run.queued", None, {"inputs": 7, "debug": debug})
    origin, again = Origin("r", LINE, first.events), Again(steps=frozenset({"b"}))
    begun = reuse(LINE, origin, queued, again, started=queued.time)
    assert begun.reused == {"m": "m", "a": "a"}
    result = await driven(LINE, 7, history=begun.events)
    assert [it["breakpoint"] for it in told(result, "breakpoint.hit")] == [
        {"node": "b", "when": "before"}
    ]
    assert result.outputs == {"c": 7}


def test_what_is_no_breakpoint_of_the_drawing_is_refused_with_all_that_is_wrong() -> None:
    given = [{"node": "nobody"}, {"edge": "m.out -> c.in"}, {"edge": "m to a"}, "m",
             {"when": "now"}, {"node": "m", "when": "never"}, {"node": "a"}]  # fmt: skip
    with pytest.raises(DocumentInvalid) as refused:
        breakpoints_of(LINE, given)
    assert [it.code for it in refused.value.problems] == [
        "unknown_node", "unknown_edge", "wrong_breakpoint", "wrong_breakpoint", "wrong_breakpoint",
        "wrong_breakpoint",
    ]  # fmt: skip
    with pytest.raises(DocumentInvalid):
        Execution(LINE, debug={"breakpoints": [{"node": "nobody"}]})
    assert breakpoints_of(LINE, [{"node": "a"}] * 2) == [{"node": "a", "when": "before"}]
