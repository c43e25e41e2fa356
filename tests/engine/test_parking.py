"""A parked step has no code under way: events remember it, and it goes on when something comes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from runner.engine import Event, Execution, NodeError, Outputs, Result, RunState, Step, run
from runner.engine.explain import explain
from runner.graph import Plan, compile, load
from runner.graph.ports import Port
from runner.graph.spec import Runs
from runner.nodes import node_types
from tests.engine.builder import LOOSE, TYPES, declare, plan


class Asking(BaseModel):
    """How long is waited, and for how many answers."""

    model_config = ConfigDict(extra="forbid")
    until: float | None = None
    count: int = 1


@declare(
    "ask", parameters=Asking, inputs=LOOSE, runs=Runs.ASYNC,
    outputs=(Port("out"), Port("address"), Port("late")),
)  # fmt: skip
async def ask(step: Step) -> Any:
    """Emit an address, and wait for answers at it."""
    back = step.resumed
    if back is None:
        step.emit("address", step.path)
        step.park(step.parameters.until, {"kind": "call", "text": "a call", "n": step.input})
    if back.timed_out:
        return Outputs(late=back.waits_for["n"])
    if len(back.values) < step.parameters.count:
        step.park(back.until, back.waits_for)
    if back.value == "bad":
        raise NodeError("bad answer")
    return list(back.values)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TYPES, "ask", ask)


def kinds(result: Result, step: str | None) -> list[str]:
    return [event.type for event in result.events if event.step == step]


async def go_on(
    drawn: Plan, history: tuple[Event, ...] | list[Event], answers: dict[str, list[Any]]
) -> tuple[list[Event], Result]:
    """Run, as worker after worker would, with these answers as signals."""
    events, told = list(history), 0
    while True:
        execution = Execution(
            drawn, 7, run_id="r", history=events, on_parked=lambda: None, epoch=told
        )
        for step, values in answers.items():
            for number, value in enumerate(values):
                execution.resume(step, value, f"{step}:{number}")
        result = await asyncio.wait_for(execution.run(), 5)
        events += result.events
        told += 1
        if result.status != "waiting" or told > 5:
            return events, result


def asking() -> Plan:
    return plan(
        {
            "m": "trigger.manual", "a": {"kind": "ask", "parameters": {"count": 2}},
            "x": "pass", "y": "external",
        },
        "m.out -> a", "a.out -> x", "a.address -> y",
    )  # fmt: skip


async def test_a_run_rests_while_only_parked_steps_are_left() -> None:
    drawn = asking()
    first = await Execution(drawn, 7, run_id="r", on_parked=lambda: None).run()
    assert (first.status, first.until) == ("waiting", None)
    assert first.events[-1].type == "run.waiting"
    # What is emitted before it waits goes on.
    assert kinds(first, "y") == ["step.started", "step.succeeded"]
    assert RunState.fold(drawn, first.events).status is None


async def test_each_thing_that_comes_enters_the_code_again_and_reaches_it_once() -> None:
    drawn = asking()
    first = await Execution(drawn, 7, run_id="r", on_parked=lambda: None).run()
    events, result = await go_on(drawn, first.events, {"a": ["one", "two"]})
    assert result.status == "succeeded"
    assert result.outputs == {"x": ["one", "two"], "y": "r:y"}
    assert [e.data.get("signal") for e in events if e.type == "step.resumed"] == ["a:0", "a:1"]
    assert sum(e.type == "step.emitted" for e in events) == 1


async def test_cut_at_every_event_nothing_is_lost_and_nothing_doubled() -> None:
    drawn = asking()
    first = await Execution(drawn, 7, run_id="r", on_parked=lambda: None).run()
    whole, _ = await go_on(drawn, first.events, {"a": ["one", "two"]})
    for cut in range(len(whole)):
        events, result = await go_on(drawn, whole[:cut], {"a": ["one", "two"]})
        assert (result.status, result.outputs) == (
            "succeeded", {"x": ["one", "two"], "y": "r:y"},
        ), cut  # fmt: skip
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        assert sum(e.type == "step.resumed" for e in events) == 2
        assert sum(e.type == "step.emitted" for e in events) == 1


async def test_what_comes_before_a_step_parks_is_kept_for_it() -> None:
    drawn = plan({"a": "ask"})
    execution = Execution(drawn, 7, on_parked=lambda: None)
    running = asyncio.create_task(execution.run())
    while "a" not in execution.state.running:
        await asyncio.sleep(0)
    assert execution.resume("a", "early", "s") is False
    result = await running
    assert result.outputs == {"a": ["early"]}
    assert execution.resume("a", "late", "t")


async def test_what_comes_for_a_step_that_has_ended_is_done_with() -> None:
    drawn = plan({"m": "trigger.manual", "a": "ask", "h": "hang"}, "m.out -> a", "m.out -> h")
    execution = Execution(drawn, 7, on_parked=lambda: None)
    running = asyncio.create_task(execution.run())
    while not execution.state.parking("a"):
        await asyncio.sleep(0)
    assert execution.resume("a", 1, "s")
    while execution.state.is_open("a"):
        await asyncio.sleep(0)
    assert execution.resume("a", 2, "t")
    assert execution.resume("nowhere", 2, "u")
    execution.cancel()
    assert (await running).status == "cancelled"


async def test_at_its_moment_a_parked_step_goes_on_as_timed_out() -> None:
    moment = time.time() + 100
    drawn = plan({"a": {"kind": "ask", "parameters": {"until": moment}}})
    first = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert (first.status, first.until) == ("waiting", moment)
    past = [
        e._replace(data={**e.data, "until": moment - 200}) if e.type == "step.waiting" else e
        for e in first.events
    ]
    result = await run(drawn, 7, history=past)
    assert result.outputs == {"a": 7}
    assert kinds(result, "a") == ["step.resumed", "step.succeeded"]


async def test_without_a_host_a_run_waits_in_memory() -> None:
    drawn = plan({"a": {"kind": "ask", "parameters": {"until": time.time() + 0.05}}})
    result = await run(drawn, 7)
    assert result.outputs == {"a": 7}
    assert "run.waiting" not in kinds(result, None)


async def test_a_wait_that_ends_soon_stays_in_memory_with_a_host_too() -> None:
    drawn = plan({"a": {"kind": "ask", "parameters": {"until": time.time() + 0.05}}})
    result = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert result.outputs == {"a": 7}


async def test_a_long_wait_until_parks_and_passes_when_its_moment_has_come() -> None:
    drawn = plan({"w": {"kind": "wait", "parameters": {"seconds": 3600}}})
    first = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert first.status == "waiting"
    assert first.until == pytest.approx(time.time() + 3600, abs=10)
    past = [
        e._replace(data={**e.data, "until": 1.0}) if e.type == "step.waiting" else e
        for e in first.events
    ]
    assert (await run(drawn, history=past)).outputs == {"w": 7}


async def test_the_time_limit_of_a_node_goes_on_while_its_step_is_parked() -> None:
    settings = {"timeout": 0.05, "on_error": "route"}
    drawn = plan({"a": {"kind": "ask", "settings": settings}, "x": "pass"}, "a.error -> x")
    result = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert result.outputs["x"]["code"] == "timeout"
    long = plan({"a": {"kind": "ask", "settings": {"timeout": 3600}}})
    first = await Execution(long, 7, on_parked=lambda: None).run()
    assert first.until == pytest.approx(time.time() + 3600, abs=10)


async def test_a_step_that_ran_out_of_time_is_tried_again_from_its_beginning() -> None:
    settings = {"timeout": 0.02, "retry": {"attempts": 2, "delay": 0, "backoff": "fixed"}}
    drawn = plan({"a": {"kind": "ask", "settings": settings}})
    result = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert result.error is not None
    assert result.error["code"] == "timeout"
    assert kinds(result, "a") == [
        "step.started", "step.emitted", "step.waiting", "step.resumed", "step.retrying",
        "step.waiting", "step.resumed", "step.failed",
    ]  # fmt: skip


async def test_the_time_limit_of_the_run_counts_while_it_rests() -> None:
    drawn = plan({"a": "ask"}, settings={"timeout": 100})
    first = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert first.until == pytest.approx(time.time() + 100, abs=10)
    old = [e._replace(time=e.time - 200) for e in first.events]
    result = await Execution(drawn, 7, history=old, on_parked=lambda: None).run()
    assert (result.status, (result.error or {})["code"]) == ("failed", "run_timeout")
    assert kinds(result, "a") == ["step.cancelled"]


async def test_items_park_and_hold_their_places_among_those_that_run_at_once() -> None:
    drawn = plan(
        {
            "l": {"kind": "set", "parameters": {"value": [10, 20, 30]}},
            "a": {"kind": "ask", "settings": {"each": {"concurrency": 2}}},
            "y": "pass", "x": "pass",
        },
        "l.out -> a", "a.address -> y", "a.out -> x",
    )  # fmt: skip
    first = await Execution(drawn, run_id="r", on_parked=lambda: None).run()
    assert first.status == "waiting"
    begun = [e.step for e in first.events if e.type == "step.started" and e.step != "y"]
    assert begun == ["a", "a[0]", "a[1]"]
    answers = {f"a[{index}]": [f"answer {index}"] for index in range(3)}
    whole, result = await go_on(drawn, first.events, answers)
    assert result.outputs["x"] == [["answer 0"], ["answer 1"], ["answer 2"]]
    # Each item's address goes on by itself.
    assert {e.data["outputs"]["out"] for e in whole if (e.step or "").startswith("y")} == {
        "a[0]", "a[1]", "a[2]",
    }  # fmt: skip
    for cut in range(len(whole)):
        events, result = await go_on(drawn, whole[:cut], answers)
        assert result.outputs["x"] == [["answer 0"], ["answer 1"], ["answer 2"]], cut
        assert sum(e.type == "step.resumed" for e in events) == 3


async def test_an_item_goes_on_while_others_run() -> None:
    drawn = plan(
        {
            "l": {"kind": "set", "parameters": {"value": [1, 2]}},
            "a": {"kind": "ask", "settings": {"each": {"concurrency": 2}}},
        },
        "l.out -> a",
    )  # fmt: skip
    execution = Execution(drawn)
    running = asyncio.create_task(execution.run())
    while len([*execution.state.parked()]) < 2:
        await asyncio.sleep(0)
    execution.resume("a[1]", "b")
    while execution.state.is_open("a[1]"):
        await asyncio.sleep(0)
    assert execution.state.is_open("a[0]")
    execution.resume("a[0]", "a")
    assert (await running).outputs == {"a": [["a"], ["b"]]}


async def test_an_item_that_fails_cancels_those_that_are_parked() -> None:
    drawn = plan(
        {
            "l": {"kind": "set", "parameters": {"value": [1, 2]}},
            "a": {"kind": "ask", "settings": {"each": {"concurrency": 2}}},
        },
        "l.out -> a",
    )  # fmt: skip
    first = await Execution(drawn, on_parked=lambda: None).run()
    events, result = await go_on(drawn, first.events, {"a[1]": ["bad"]})
    assert result.status == "failed"
    assert [e.type for e in events if e.step == "a[0]"][-1] == "step.cancelled"


async def test_a_cancelled_run_cancels_its_parked_steps() -> None:
    drawn = plan({"a": "ask"})
    first = await Execution(drawn, on_parked=lambda: None).run()
    execution = Execution(drawn, history=first.events, on_parked=lambda: None)
    execution.cancel("enough")
    result = await execution.run()
    assert result.status == "cancelled"
    assert kinds(result, "a") == ["step.cancelled"]


async def test_a_join_that_cancels_the_late_cancels_a_parked_step() -> None:
    drawn = compile(
        load(
            {
                "format": "conductor/1",
                "nodes": {
                    "m": {"kind": "trigger.manual"}, "a": {"kind": "ask"},
                    "b": {"kind": "data.set", "parameters": {"fields": {"n": 1}}},
                    "j": {"kind": "flow.join",
                          "parameters": {"wait_for": "first", "late": "cancel"}},
                },
                "edges": ["m.out -> a.in", "m.out -> b.in", "a.out -> j.in", "b.out -> j.in"],
            }
        ),
        {**node_types(), "ask": ask},
    )  # fmt: skip
    result = await Execution(drawn, {}, on_parked=lambda: None).run()
    assert result.status == "succeeded", result.error
    assert kinds(result, "a")[-1] == "step.cancelled"
    assert result.outputs == {"j": [{"n": 1}]}


async def test_steps_park_inside_a_frame() -> None:
    drawn = compile(
        load(
            {
                "format": "conductor/1",
                "nodes": {
                    "m": {"kind": "trigger.manual"},
                    "f": {"kind": "frame.each",
                          "parameters": {"list": "{{ [1, 2] }}", "concurrency": 2}},
                    "a": {"kind": "ask", "frame": "f"},
                },
                "edges": ["m.out -> f.in", "f.item -> a.in", "a.out -> f.result"],
            }
        ),
        {**node_types(), "ask": ask},
    )  # fmt: skip
    first = await Execution(drawn, 7, on_parked=lambda: None).run()
    assert first.status == "waiting"
    answers = {f"f[{index}]/a": [index] for index in range(2)}
    whole, result = await go_on(drawn, first.events, answers)
    assert result.outputs == {"f": [[0], [1]]}
    for cut in range(len(whole)):
        _, result = await go_on(drawn, whole[:cut], answers)
        assert result.outputs == {"f": [[0], [1]]}, cut


async def test_a_node_that_runs_inline_cannot_be_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    @declare("inline", inputs=LOOSE)
    def inline(step: Step) -> Any:
        """Try to park."""
        step.park()

    monkeypatch.setitem(TYPES, "inline", inline)
    result = await run(plan({"i": "inline"}))
    assert result.error is not None
    assert "cannot be parked" in result.error["message"]


async def test_why_says_what_a_parked_step_waits_for() -> None:
    drawn = plan({"a": {"kind": "ask", "parameters": {"until": time.time() + 1e6}}})
    first = await Execution(drawn, on_parked=lambda: None).run()
    [told] = explain(drawn, first.events, "a")
    assert told.status == "waiting"
    assert told.reasons[0].message.startswith("It waits for a call, at most until 20")


# --- long pauses between attempts -----------------------------------------

TRIES: list[int] = []


@declare("throttled", inputs=LOOSE, runs=Runs.ASYNC)
async def throttled(step: Step) -> Any:
    """Fail twice with a long Retry-After, and park in the third attempt."""
    TRIES.append(step.attempt)
    if step.attempt < 3:
        assert step.resumed is None
        raise NodeError("busy", retry_after=3600)
    if step.resumed is None:
        step.park(None, {"kind": "call", "text": "a call"})
    return [step.attempt, step.resumed.timed_out, step.resumed.value]


@pytest.mark.parametrize("settings", [{}, {"each": {"list": "{{ [7] }}"}}])
async def test_a_long_pause_between_attempts_parks_the_run_with_the_right_time_left(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    monkeypatch.setitem(TYPES, "throttled", throttled)
    TRIES.clear()
    drawn = plan(
        {"start": {"kind": "trigger.manual"}, "try": {
            "kind": "throttled", "settings": {"retry": {"attempts": 3}, **settings}}},
        "start.out -> try.in",
    )  # fmt: skip
    path = "try[0]" if settings else "try"
    now = time.time()
    history: list[Event] = []
    for attempt in (1, 2):
        result = await rested(drawn, history)
        assert (result.status, len(TRIES)) == ("waiting", attempt)
        assert result.until is not None
        assert 3590 < result.until - now < 3700
        # Killed here and claimed again before its time, it waits on for what is left.
        again = await rested(drawn, [*history, *result.events])
        assert (again.status, again.until, len(TRIES)) == ("waiting", result.until, attempt)
        # What comes now was for the attempt that failed.
        history = [*history, *result.events, *again.events]
        execution = Execution(drawn, history=history, on_parked=lambda: None)
        assert execution.resume(path, "late", "signal")
        assert execution.state.parking(path) is not None
        history = earlier(history, 3700)
    result = await rested(drawn, history)
    assert (result.status, result.until, TRIES) == ("waiting", None, [1, 2, 3])
    result = await rested(drawn, [*history, *result.events], {path: "come"})
    assert result.status == "succeeded"
    value = result.outputs["try"]
    assert (value[0] if settings else value) == [3, False, "come"]
    # Once on its way, also a worker that is killed there goes on with the same attempt.
    assert TRIES == [1, 2, 3, 3]


def earlier(history: list[Event], seconds: float) -> list[Event]:
    """Return the history as if all of it had happened so many seconds before."""
    found = []
    for event in history:
        data = dict(event.data)
        if data.get("until") is not None:
            data["until"] -= seconds
        found.append(Event(event.seq, event.time - seconds, event.type, event.step, data))
    return found


async def rested(
    drawn: Plan, history: list[Event], answers: dict[str, Any] | None = None
) -> Result:
    execution = Execution(drawn, history=history, on_parked=lambda: None)
    for path, value in (answers or {}).items():
        execution.resume(path, value, f"for {path}")
    return await execution.run()


async def test_what_has_come_in_time_counts_where_it_is_given_as_the_time_is_over() -> None:
    until, looks = time.time() + 0.05, []

    async def look() -> None:
        looks.append(time.time())
        await asyncio.sleep(0.02)
        execution.resume("a", "just in time", "one")

    drawn = plan({"a": {"kind": "ask", "parameters": {"until": until}}})
    execution = Execution(drawn, on_expiring=look)
    result = await asyncio.wait_for(execution.run(), 5)
    assert result.outputs == {"a": ["just in time"]}
    (looked,) = looks
    assert looked >= until


async def test_where_nothing_has_come_in_time_it_is_looked_once_and_the_time_is_over() -> None:
    looks: list[float] = []

    async def look() -> None:
        looks.append(time.time())

    drawn = plan({"a": {"kind": "ask", "parameters": {"until": time.time() + 0.05}}})
    result = await asyncio.wait_for(Execution(drawn, 7, on_expiring=look).run(), 5)
    (ended,) = [it for it in result.events if it.type == "step.succeeded"]
    assert ended.data["outputs"] == {"late": 7}
    assert len(looks) == 1
