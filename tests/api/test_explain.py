"""Explanations over the API: for all nodes or one, at a moment, and only for those who may see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from runner.engine import run as execute
from runner.models import JournalChunk, Run
from runner.queue.plans import plan_of
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]


def queued(call: Caller) -> str:
    made = call.make()
    return str(call("POST", f"blueprints/{made['id']}/runs/", {"draft": True})[1]["id"])


def begin(run: str) -> None:
    """Write the events that a worker would: the run begins, and its first node ends."""
    facts: list[tuple[str, str | None, dict[str, Any]]] = [
        ("run.started", None, {}),
        ("step.succeeded", "start", {"outputs": {"out": {}}, "inputs": {}, "duration": 0}),
    ]
    write(run, facts)


def write(run: str, facts: list[tuple[str, str | None, dict[str, Any]]]) -> None:
    row = Run.objects.get(pk=run)
    events = [
        {"seq": seq, "time": 1.0, "type": kind, "step": step, "data": data}
        for seq, (kind, step, data) in enumerate(facts, row.last_seq + 1)
    ]
    last = row.last_seq + len(facts)
    JournalChunk.objects.create(
        run=row,
        first_seq=row.last_seq + 1,
        last_seq=last,
        epoch=1,
        events=orjson.dumps(events).decode(),
    )
    Run.objects.filter(pk=run).update(last_seq=last)


def test_every_node_is_explained(call: Caller) -> None:
    run = queued(call)
    status, found, _ = call("GET", f"runs/{run}/explain/")
    assert status == 200
    assert [(it["node"], it["status"]) for it in found["nodes"]] == [
        ("start", "pending"),
        ("out", "pending"),
    ]
    assert found["nodes"][0]["reasons"][0]["code"] == "run_queued"
    begin(run)
    found = call("GET", f"runs/{run}/explain/")[1]
    assert found["at"] == 3
    assert [it["reasons"][0]["code"] for it in found["nodes"]] == ["run_start", "queued"]


def test_one_node_is_explained_as_of_a_moment(call: Caller) -> None:
    run = queued(call)
    begin(run)
    now = call("GET", f"runs/{run}/explain/?node=out")[1]
    before = call("GET", f"runs/{run}/explain/?node=out&at=2")[1]
    assert [it["code"] for it in now["nodes"][0]["reasons"]] == ["queued", "emitted"]
    assert (before["at"], before["nodes"][0]["reasons"][0]["code"]) == (2, "can_come")
    assert call("GET", f"runs/{run}/explain/?at=0")[1]["at"] == 0


def test_a_node_is_explained_in_one_iteration_where_it_did_not_run(
    call: Caller, problem: Check
) -> None:
    made = call.make(
        nodes={
            "start": {"kind": "trigger.manual"},
            "fe": {"kind": "frame.each"},
            "check": {
                "kind": "flow.if",
                "frame": "fe",
                "parameters": {"condition": "{{ item > 3 }}"},
            },
            "big": {"kind": "log.message", "frame": "fe", "parameters": {"message": "Large"}},
        },
        edges=[
            "start.out -> fe.in",
            "fe.item -> check.in",
            "check.true -> big.in",
            "big.out -> fe.result",
        ],
    )
    run = call("POST", f"blueprints/{made['id']}/runs/", {"draft": True})[1]["id"]
    events = asyncio.run(execute(plan_of(Run.objects.get(pk=run).drawing_id), [1, 5])).events
    write(run, [(it.type, it.step, it.data) for it in events[1:]])
    ran = call("GET", f"runs/{run}/explain/?node=fe[1]/big")[1]["nodes"][0]
    assert (ran["step"], ran["status"]) == ("fe[1]/big", "succeeded")
    status, found, _ = call("GET", f"runs/{run}/explain/?node=fe[0]/big")
    assert (status, found["nodes"][0]["status"]) == (200, "not_reached")
    assert [it["message"] for it in found["nodes"][0]["reasons"]] == [
        "`fe[0]/check` emitted only on `false`, not on `true`."
    ]
    problem(call("GET", f"runs/{run}/explain/?node=fe[2]/big"), 404, "no_such_node")


def test_what_is_not_there_is_named(call: Caller, problem: Check) -> None:
    run = queued(call)
    found = problem(call("GET", f"runs/{run}/explain/?node=nowhere"), 404, "no_such_node")
    assert "nowhere" in found["detail"]
    found = problem(call("GET", f"runs/{run}/explain/?at=99"), 400, "no_such_event")
    assert "99" in found["detail"]
    problem(call("GET", f"runs/{run}/explain/?at=-1"), 400, "invalid")
    problem(call("GET", f"runs/{run}/explain/?at=x"), 400, "invalid")


def test_another_persons_run_is_not_explained(call: Caller, other: Caller, problem: Check) -> None:
    problem(other("GET", f"runs/{queued(call)}/explain/"), 404, "not_found")
