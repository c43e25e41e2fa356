"""The debugger over the API: what it shows of a paused run, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from runner.actions import debug
from runner.actions.history import events_of_run
from runner.engine import Event, Execution, MemoryJournal
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run, Signal
from runner.queue.plans import plan_of
from tests.api.conftest import Caller
from tests.ended import end_here

Check = Callable[..., dict[str, Any]]
NODES = {
    "start": {"kind": "trigger.manual"},
    "set": {"kind": "data.set", "parameters": {"fields": {"x": 1}}},
    "join": {"kind": "flow.join"},
    "each": {"kind": "data.set", "parameters": {"fields": {"y": 1}}, "settings": {"each": True}},
    "out": {"kind": "flow.output", "parameters": {"name": "got"}},
}
EDGES = ["start.out -> set.in", "set.out -> join.in", "join.out -> each.in", "each.out -> out.in"]


@pytest.fixture(autouse=True)
def _nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug, "PATIENCE", 0.0)


def started(call: Caller, *breakpoints: Any, **body: Any) -> tuple[int, Any, Any]:
    made = call.make(nodes=NODES, edges=EDGES)
    told = {"draft": True, "debug": {"breakpoints": list(breakpoints)}, **body}
    return call("POST", f"blueprints/{made['id']}/runs/", told)


def held(call: Caller, *breakpoints: Any, **body: Any) -> str:
    """Return the id of a run that was really executed up to its first pause."""
    status, made, _ = started(call, *breakpoints, **body)
    assert status == 201, made
    run = Run.objects.get(pk=made["id"])
    journal, plan = MemoryJournal(), plan_of(run.drawing_id)
    history = [Event.from_json(event) for event in events_of_run(run)]

    async def until_paused() -> None:
        execution = Execution(plan, run_id=str(run.pk), journal=journal, history=history)
        running = asyncio.create_task(execution.run())
        while not (execution.state.debug and execution.state.debug.paused):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(until_paused())
    first, last = journal.events[0].seq, journal.events[-1].seq
    events = encode_events(journal.events)
    JournalChunk.objects.create(run=run, first_seq=first, last_seq=last, epoch=1, events=events)
    Run.objects.filter(pk=run.pk).update(
        status="running", noted_seq=last, paused=True, started=run.created
    )
    return str(run.pk)


def asked(run: str) -> list[dict[str, Any]]:
    return [signal.value for signal in Signal.objects.filter(run_id=run).order_by("created")]


def test_a_paused_run_says_where_it_is_held_and_which_tokens_are_in_flight(call: Caller) -> None:
    run = held(call, {"node": "set"}, {"edge": "set.out -> join.in"})
    found = call("GET", f"runs/{run}/tokens/")[1]
    assert (found["paused"], found["reason"], found["step"]) == (True, "breakpoint", "set")
    assert found["held"] == ["set"]
    assert found["breakpoints"] == [
        {"node": "set", "when": "before"}, {"edge": "set.out -> join.in"},
    ]  # fmt: skip
    (token,) = found["tokens"]
    assert token == {
        "id": "set.in", "node": "set", "port": "in", "type": "any", "step": "set", "place": "",
        "origin": {"step": "start", "port": "out"}, "edge": "start.out -> set.in",
        "value": {}, "size": 2, "large": False,
    }  # fmt: skip


def test_a_large_value_is_shown_where_its_token_is_asked_for_alone(call: Caller) -> None:
    text = "x" * debug.LARGE
    run = held(call, {"node": "set"}, inputs={"t": text})
    short = call("GET", f"runs/{run}/tokens/")[1]["tokens"][0]
    assert (short["value"], short["large"], short["size"]) == (None, True, len(text) + 8)
    alone = call("GET", f"runs/{run}/tokens/?token=set.in")[1]["tokens"][0]
    assert (alone["value"], alone["large"]) == ({"t": text}, False)
    assert call("GET", f"runs/{run}/tokens/?token=nobody")[1]["tokens"] == []


def test_a_paused_run_is_shown_and_listed_as_paused(call: Caller) -> None:
    run = held(call, {"node": "set"})
    assert call("GET", f"runs/{run}/")[1]["status"] == "paused"
    assert [it["id"] for it in call("GET", "runs/?status=paused")[1]["results"]] == [run]
    assert call("GET", "runs/?status=running,waiting")[1]["results"] == []
    assert len(call("GET", "runs/?status=running,paused")[1]["results"]) == 1


def test_what_is_asked_of_a_run_comes_to_its_worker(call: Caller) -> None:
    run = held(call, {"node": "set"})
    token = {"token": "set.in", "value": {"n": 2}}
    assert call("PUT", f"runs/{run}/tokens/", token)[0] == 202
    assert call("POST", f"runs/{run}/step/", {})[0] == 202
    assert call("POST", f"runs/{run}/step/", {"step": "set", "over": True})[0] == 202
    assert call("POST", f"runs/{run}/continue/")[0] == 202
    assert call("POST", f"runs/{run}/pause/")[0] == 202
    breakpoints = {"breakpoints": [{"node": "out"}]}
    assert call("PUT", f"runs/{run}/breakpoints/", breakpoints)[0] == 202
    assert asked(run) == [
        {"do": "edit", **token, "by": "ada"},
        {"do": "step", "path": None, "over": False, "pause": None, "by": "ada"},
        {"do": "step", "path": "set", "over": True, "pause": None, "by": "ada"},
        {"do": "continue", "pause": None, "by": "ada"},
        {"do": "pause", "by": "ada"},
        {"do": "breakpoints", "breakpoints": [{"node": "out", "when": "before"}], "by": "ada"},
    ]


def test_who_means_a_pause_that_is_over_is_told_and_nothing_is_asked(
    call: Caller, problem: Check
) -> None:
    run = held(call, {"edge": "start.out -> set.in"})
    found = call("GET", f"runs/{run}/tokens/")[1]
    pause = found["pause"]
    assert found["breakpoint"] == {"edge": "start.out -> set.in"}
    for path in ("continue", "step"):
        problem(call("POST", f"runs/{run}/{path}/", {"pause": pause - 1}), 409, "another_pause")
    assert asked(run) == []
    assert call("POST", f"runs/{run}/continue/", {"pause": pause})[0] == 202
    assert asked(run) == [{"do": "continue", "pause": pause, "by": "ada"}]


def test_what_the_drawing_does_not_have_is_refused_and_nothing_is_asked(
    call: Caller, problem: Check
) -> None:
    run = held(call, {"node": "set"})
    wrong = {"breakpoints": [{"node": "nobody"}, {"edge": "start.out -> out.in"}]}
    refused = problem(call("PUT", f"runs/{run}/breakpoints/", wrong), 422, "document_unsound")
    assert [it["code"] for it in refused["problems"]] == ["unknown_node", "unknown_edge"]
    token = {"token": "nobody.in", "value": 1}
    problem(call("PUT", f"runs/{run}/tokens/", token), 422, "unknown_token")
    problem(call("POST", f"runs/{run}/step/", {"step": "nobody"}), 422, "unknown_step")
    problem(call("PUT", f"runs/{run}/tokens/", {"token": "set.in"}), 400, "invalid")
    assert asked(run) == []


def test_a_value_that_the_port_does_not_take_is_refused(call: Caller, problem: Check) -> None:
    run = held(call, {"node": "each"})
    token = {"token": "each.in", "value": "text"}
    refused = problem(call("PUT", f"runs/{run}/tokens/", token), 422, "token_refused")
    assert refused["detail"] == "The port 'in' of each takes a value of type list."
    assert asked(run) == []


def test_a_run_that_is_not_paused_or_is_over_says_so(call: Caller, problem: Check) -> None:
    run = started(call)[1]["id"]
    problem(call("POST", f"runs/{run}/continue/"), 409, "not_paused")
    problem(call("POST", f"runs/{run}/step/", {}), 409, "not_paused")
    problem(call("PUT", f"runs/{run}/tokens/", {"token": "set.in", "value": 1}), 409, "not_paused")
    assert call("GET", f"runs/{run}/tokens/")[1]["paused"] is False
    end_here(run)
    for path in ("pause", "continue", "step"):
        problem(call("POST", f"runs/{run}/{path}/", {}), 409, "run_is_over")
    problem(call("PUT", f"runs/{run}/breakpoints/", {"breakpoints": []}), 409, "run_is_over")
    assert call("GET", f"runs/{run}/tokens/")[1]["tokens"] == []
    assert asked(run) == []


def test_a_run_that_nobody_started_by_hand_is_paused_but_has_no_breakpoints(
    call: Caller, problem: Check
) -> None:
    run = held(call, {"node": "set"})
    Run.objects.filter(pk=run).update(trigger="webhook")
    body = {"breakpoints": [{"node": "out"}]}
    problem(call("PUT", f"runs/{run}/breakpoints/", body), 409, "breakpoints_not_allowed")
    assert call("POST", f"runs/{run}/pause/")[0] == 202


def test_a_wrong_breakpoint_starts_no_run(call: Caller, problem: Check) -> None:
    refused = problem(started(call, {"node": "nobody"}), 422, "document_unsound")
    assert refused["problems"][0]["message"] == "There is no node 'nobody' to pause at."
    problem(started(call, 7), 400, "invalid")
    assert Run.objects.count() == 0


def test_a_part_of_a_drawing_has_the_breakpoints_that_are_in_it(call: Caller) -> None:
    made = call.make(nodes=NODES, edges=EDGES)
    body = {"draft": True, "to": "join", "reuse": False,
            "debug": {"breakpoints": [{"node": "join"}, {"node": "out"}]}}  # fmt: skip
    status, run, _ = call("POST", f"blueprints/{made['id']}/runs/", body)
    assert status == 201, run
    found = call("GET", f"runs/{run['id']}/tokens/")[1]
    assert found["breakpoints"] == [{"node": "join", "when": "before"}]


def test_a_rerun_is_run_under_the_debugger(call: Caller, problem: Check) -> None:
    run = started(call)[1]["id"]
    end_here(run)
    body = {"from": {"step": "join"}, "debug": {"breakpoints": [{"node": "out"}], "paused": True}}
    status, made, _ = call("POST", f"runs/{run}/rerun/", body)
    assert status == 201, made
    assert [it["step"] for it in made["reused"]] == ["start", "set"]
    found = call("GET", f"runs/{made['run']['id']}/tokens/")[1]
    assert found["breakpoints"] == [{"node": "out", "when": "before"}]
    assert found["held"] == ["join"]
    body["debug"] = {"breakpoints": [{"node": "nobody"}]}
    problem(call("POST", f"runs/{run}/rerun/", body), 422, "document_unsound")


def test_somebody_else_does_not_find_the_run(call: Caller, other: Caller, problem: Check) -> None:
    run = held(call, {"node": "set"})
    problem(other("GET", f"runs/{run}/tokens/"), 404, "not_found")
    for path in ("pause", "continue", "step"):
        problem(other("POST", f"runs/{run}/{path}/", {}), 404, "not_found")
    assert asked(run) == []
