"""`each`: a node maps over a list, and every item is a step of its own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from pydantic import BaseModel

from runner.engine import Event, Execution, MemoryJournal, NodeError, Outputs, Result, Step, run
from runner.graph import DocumentInvalid, Plan, compile, load
from runner.graph.ports import Port
from runner.graph.spec import Effect, Runs
from tests.engine.builder import TYPES, declare, plan
from tests.engine.virtual_time import run_at


class Calls:
    """What the nodes below did, in the order in which they did it."""

    def __init__(self) -> None:
        self.began: list[Any] = []
        self.keys: list[str] = []
        self.at_once = 0
        self.most = 0
        self.gate: asyncio.Event | None = None


class Told(BaseModel):
    """Which items fail, and how often."""

    fails: list[Any] = []
    until: int = 1_000_000


def types(calls: Calls) -> dict[str, Any]:
    @declare("work", parameters=Told, runs=Runs.ASYNC, effect=Effect.EXTERNAL)
    async def work(step: Step) -> Any:
        """Count, wait for the gate, and fail as told."""
        calls.began.append(step.input)
        calls.keys.append(step.idempotency_key)
        calls.at_once += 1
        calls.most = max(calls.most, calls.at_once)
        try:
            await (asyncio.sleep(0) if calls.gate is None else calls.gate.wait())
        finally:
            calls.at_once -= 1
        if step.input in step.parameters.fails and step.attempt < step.parameters.until:
            raise NodeError(f"no {step.input}", kind="refused")
        return step.input * 10

    @declare("odd", outputs=(Port("odd"), Port("even")))
    def odd(step: Step) -> Outputs:
        """Tell odd from even."""
        return Outputs({"odd" if step.input % 2 else "even": step.input})

    return {**TYPES, "work": work, "odd": odd}


def drawn(calls: Calls, node: dict[str, Any], *edges: str, **nodes: Any) -> Plan:
    all_nodes = {"m": {"kind": "trigger.manual"}, "n": node}
    all_nodes |= {name: {"kind": kind} for name, kind in nodes.items()}
    document = {"format": "conductor/1", "nodes": all_nodes, "edges": ["m.out -> n.in", *edges]}
    return compile(load(document), types(calls))


def mapped(each: Any = True, **settings: Any) -> dict[str, Any]:
    return {"kind": "work", "settings": {"each": each, **settings}}


def told(events: tuple[Event, ...], kind: str) -> list[str | None]:
    return [event.step for event in events if event.type == kind]


async def test_every_item_is_a_step_and_the_outputs_come_in_the_order_of_the_list() -> None:
    calls = Calls()
    result = await run(drawn(calls, mapped()), [3, 1, 2], run_id="r")
    assert result.outputs == {"n": [30, 10, 20]}
    assert told(result.events, "step.started") == ["n", "n[0]", "n[1]", "n[2]"]
    assert told(result.events, "step.succeeded")[1:] == ["n[0]", "n[1]", "n[2]", "n"]
    assert sorted(calls.keys) == ["r:n[0]", "r:n[1]", "r:n[2]"]


@pytest.mark.parametrize("value", [[], [[]], [None]])
async def test_an_empty_list_gives_an_empty_list(value: list[Any]) -> None:
    result = await run(
        plan(
            {"m": "trigger.manual", "n": {"kind": "pass", "settings": {"each": True}}}, "m.out -> n"
        ),
        value,
    )
    assert result.outputs == {"n": value}


async def test_expressions_name_the_item_and_its_index_and_quick_items_are_no_events() -> None:
    value = {"value": "{{ [index, item, input, nodes['m'][0]] }}"}
    node = {"kind": "set", "parameters": value, "settings": {"each": True}}
    result = await run(plan({"m": "trigger.manual", "n": node}, "m.out -> n"), ["a", "b"])
    assert result.outputs == {"n": [[0, "a", "a", "a"], [1, "b", "b", "a"]]}
    assert told(result.events, "step.succeeded") == ["m", "n"]


async def test_the_list_can_be_what_an_expression_gives() -> None:
    node = {"kind": "work", "settings": {"each": {"list": "{{ input.orders }}"}}}
    assert (await run(drawn(Calls(), node), {"orders": [1, 2]})).outputs == {"n": [10, 20]}
    result = await run(drawn(Calls(), node), {"orders": 5})
    assert result.error is not None
    assert "but a number is what its expression gives" in result.error["message"]
    result = await run(drawn(Calls(), node), {})
    assert result.error is not None
    assert result.error["code"] == "expression_error"
    moving = {"kind": "work", "settings": {"each": {"list": "{{ nodes['m'].orders }}"}}}
    result = await run(drawn(Calls(), moving), {"orders": [1]})
    assert result.error is not None
    assert "nodes" in result.error["message"]


async def test_ports_gather_what_their_items_emitted() -> None:
    node = {"kind": "odd", "settings": {"each": True}}
    both = drawn(Calls(), node, "n.odd -> o.in", "n.even -> e.in", o="pass", e="pass")
    assert (await run(both, [1, 2, 3])).outputs == {"o": [1, 3], "e": [2]}
    assert (await run(both, [2])).outputs == {"e": [2]}
    assert (await run(both, [])).outputs == {"o": []}


async def test_no_more_items_run_at_the_same_time_than_said() -> None:
    calls = Calls()
    calls.gate = asyncio.Event()
    execution = asyncio.create_task(run(drawn(calls, mapped({"concurrency": 3})), list(range(9))))
    while len(calls.began) < 3:
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert calls.began == [0, 1, 2]
    calls.gate.set()
    assert (await execution).outputs == {"n": [number * 10 for number in range(9)]}
    assert calls.most == 3


async def test_a_rate_spreads_the_beginnings() -> None:
    began = time.monotonic()
    result = await run(drawn(Calls(), mapped({"rate": 50})), list(range(6)))
    assert result.status == "succeeded"
    assert time.monotonic() - began >= 5 / 50


async def test_the_first_error_stops_the_others_and_is_the_error_of_the_step() -> None:
    calls = Calls()
    node = {"kind": "work", "parameters": {"fails": [2]}, "settings": {"each": {"concurrency": 1}}}
    result = await run(drawn(calls, node), [1, 2, 3])
    assert result.error is not None
    assert (result.error["message"], result.error["kind"]) == ("Item 1: no 2", "refused")
    assert result.error["data"]["item"] == 1
    assert calls.began == [1, 2]
    assert told(result.events, "step.failed") == ["n[1]", "n"]


async def test_items_that_still_run_when_one_fails_are_cancelled() -> None:
    gated = {"kind": "hang", "settings": {"each": True, "timeout": 0.05}}
    node = plan({"m": "trigger.manual", "n": gated}, "m.out -> n")
    result = await run(node, [1, 2])
    assert result.status == "failed"
    ends = {event.step: event.type for event in result.events if event.step}
    assert ends["n"] == "step.failed"
    assert {ends["n[0]"], ends["n[1]"]} <= {"step.failed", "step.cancelled"}


async def test_collected_errors_come_out_at_a_port_of_their_own() -> None:
    settings = {"each": {"errors": "collect"}}
    node = {"kind": "work", "parameters": {"fails": [2, 3]}, "settings": settings}
    result = await run(
        drawn(Calls(), node, "n.errors -> e.in", "n.out -> o.in", e="pass", o="pass"), [1, 2, 3, 4]
    )
    assert result.status == "succeeded"
    assert result.outputs["o"] == [10, 40]
    assert [(it["index"], it["item"], it["message"]) for it in result.outputs["e"]] == [
        (1, 2, "no 2"),
        (2, 3, "no 3"),
    ]
    quick = {"kind": "number", "parameters": {"value": "{{ item }}"}, "settings": settings}
    result = await run(
        drawn(Calls(), quick, "n.errors -> e.in", "n.out -> o.in", e="pass", o="pass"), [1, "x", 3]
    )
    assert result.outputs["o"] == [1, 3]
    assert [it["code"] for it in result.outputs["e"]] == ["parameter_invalid"]


async def test_each_item_has_retries_of_its_own() -> None:
    calls = Calls()
    node = mapped(retry={"attempts": 2, "delay": 0, "backoff": "fixed"})
    result = await run(
        drawn(calls, {**node, "parameters": {"fails": [2], "until": 2}}), [1, 2, 3], run_id="r"
    )
    assert result.outputs == {"n": [10, 20, 30]}
    assert calls.keys.count("r:n[1]") == 2
    assert told(result.events, "step.retrying") == ["n[1]"]


@pytest.mark.parametrize("value", [7, {"a": 1}, "text", None])
async def test_what_is_no_list_is_refused_with_a_sentence(value: Any) -> None:
    result = await run(drawn(Calls(), mapped()), value)
    assert result.error is not None
    assert result.error["code"] == "each_not_list"
    assert "for each item of a list" in result.error["message"]


async def test_cut_at_every_event_it_goes_on_and_repeats_no_item_that_has_ended() -> None:
    calls = Calls()
    settings = {"each": {"errors": "collect", "concurrency": 2}}
    node = {"kind": "work", "parameters": {"fails": [2]}, "settings": settings}
    drawing = drawn(calls, node, "n.errors -> e.in", "n.out -> o.in", e="pass", o="pass")
    whole = await run(drawing, [1, 2, 3, 4, 5], run_id="r")
    for cut in range(len(whole.events) + 1):
        calls.keys.clear()
        history = whole.events[:cut]
        rest = await run(drawing, [1, 2, 3, 4, 5], run_id="r", history=history)
        assert (rest.status, rest.outputs) == (whole.status, whole.outputs)
        ended = {
            f"r:{path}"
            for path in (*told(history, "step.succeeded"), *told(history, "step.failed"))
        }
        assert not ended & set(calls.keys)
        together = [*history, *rest.events]
        done = [e.step for e in together if e.type in ("step.succeeded", "step.failed")]
        assert len(done) == len(set(done))


async def test_cut_between_an_items_failure_and_the_end_of_the_others_these_end_too() -> None:
    drawing = drawn(Calls(), mapped())
    whole = await run(drawing, [1, 2, 3], run_id="r")
    begun = [event for event in whole.events if event.type != "step.succeeded" or event.step == "m"]
    failed = {"error": {"code": "x", "message": "no", "kind": "error"}, "handled": "fail"}
    begun = [*begun[:7], Event(8, begun[6].time, "step.failed", "n[1]", failed)]
    assert [event.step for event in begun[-4:]] == ["n[0]", "n[1]", "n[2]", "n[1]"]
    rest = await run(drawing, [1, 2, 3], run_id="r", history=begun)
    assert set(told(rest.events, "step.cancelled")) == {"n[0]", "n[2]"}


async def test_an_item_in_flight_that_says_at_most_once_fails_as_interrupted() -> None:
    drawing = drawn(Calls(), mapped(at_most_once=True))
    whole = await run(drawing, [1, 2], run_id="r")
    history = [
        event for event in whole.events if event.type != "step.succeeded" or event.step == "m"
    ]
    history = [event._replace(seq=seq) for seq, event in enumerate(history, 1)][:5]
    assert history[-1].step == "n[0]"
    rest = await run(drawing, [1, 2], run_id="r", history=history)
    assert rest.error is not None
    assert (rest.error["code"], rest.error["data"]["item"]) == ("interrupted", 0)


def test_items_that_wait_are_not_interrupted_where_the_node_says_at_most_once() -> None:
    settings = {"each": True, "at_most_once": True}
    waits = {"kind": "wait", "parameters": {"seconds": "{{ input }}"}, "settings": settings}
    drawing = plan({"w": waits, "start": "trigger.manual"}, "start.out -> w.in")

    def runs(history: tuple[Event, ...] = ()) -> Result:
        at = history[-1].time if history else 1000.0
        return run_at(at, run(drawing, [6, 7], run_id="r", history=history))

    whole = runs()
    assert whole.status == "succeeded"
    parked = [at for at, event in enumerate(whole.events, 1) if event.type == "step.waiting"]
    assert len(parked) == 2
    assert runs(whole.events[: parked[-1]]).status == "succeeded"
    # The second item had begun, and had not parked yet.
    cut = runs(whole.events[: parked[-1] - 1])
    assert cut.error is not None
    assert (cut.error["code"], cut.error["data"]["item"]) == ("interrupted", 1)


def test_an_item_whose_moment_has_come_when_its_run_is_claimed_is_entered_once() -> None:
    entered: list[str] = []

    @declare("wait", runs=Runs.ASYNC)
    async def wait(step: Step) -> Any:
        """Note that its code is entered, and wait."""
        entered.append(step.path)
        await step.wait_until(step.started + 10)
        await asyncio.sleep(1)
        return step.input

    settings = {"each": {"concurrency": 2}}
    nodes = {"start": {"kind": "trigger.manual"}, "w": {"kind": "wait", "settings": settings}}
    document = load({"nodes": nodes, "edges": ["start.out -> w.in"]})
    drawing = compile(document, {**TYPES, "wait": wait})

    def claimed(at: float, history: tuple[Event, ...]) -> Result:
        options = {"run_id": "r", "history": history, "on_parked": lambda: None}
        return run_at(at, run(drawing, [1, 2, 3], **options))

    rests = claimed(1000.0, ())
    assert (rests.status, rests.until) == ("waiting", 1010.0)
    entered.clear()
    later = claimed(1010.0, rests.events)
    assert entered == ["w[0]", "w[1]", "w[2]"]
    assert later.status == "waiting"
    last = claimed(1020.0, (*rests.events, *later.events))
    ends = told((*later.events, *last.events), "step.succeeded")
    assert ends == ["w[0]", "w[1]", "w[2]", "w"]


async def test_a_cancelled_run_ends_its_items_too() -> None:
    calls = Calls()
    calls.gate = asyncio.Event()
    journal = MemoryJournal()
    execution = Execution(drawn(calls, mapped()), [1, 2], journal=journal)
    running = asyncio.create_task(execution.run())
    while len(calls.began) < 2:
        await asyncio.sleep(0)
    execution.cancel("enough")
    result = await running
    assert result.status == "cancelled"
    assert told(result.events, "step.cancelled") == ["n[0]", "n[1]", "n"]
    assert calls.at_once == 0


async def test_a_hundred_thousand_quick_items_leave_others_their_turns() -> None:
    node = {"kind": "pass", "settings": {"each": True}}
    drawing = plan({"m": "trigger.manual", "n": node}, "m.out -> n")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    result = await run(drawing, list(range(100_000)))
    counting.cancel()
    assert result.outputs["n"] == list(range(100_000))
    assert turns > 15
    assert told(result.events, "step.started") == ["n"]


@pytest.mark.parametrize(
    ("nodes", "edges", "code"),
    [
        ({"m": {"kind": "trigger.manual", "settings": {"each": True}}}, [], "each_without_input"),
        (
            {"m": "pass", "j": {"kind": "join", "settings": {"each": True}}},
            ["m.out -> j"],
            "each_on_join",
        ),
        ({"m": "pass", "n": {"kind": "pass", "settings": {"each": True}}}, [], "missing_input"),
    ],
)
def test_a_drawing_in_which_no_list_can_come_is_refused(
    nodes: dict[str, Any], edges: list[str], code: str
) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        plan(nodes, *edges)
    assert code in [problem.code for problem in caught.value.problems]


def test_the_setting_is_kept_as_it_was_written() -> None:
    for each in (True, False, {"concurrency": 3}, {"errors": "collect", "rate": 2.5}):
        node = {"kind": "pass", "settings": {"each": each}}
        document = load({"format": "conductor/1", "nodes": {"n": node}})
        assert document.model_dump(mode="json", exclude_unset=True)["nodes"]["n"] == node
