"""Explanations over the API: for all nodes or one, at a moment, and only for those who may see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from django.db import connection
from django.test.utils import CaptureQueriesContext

from runner.engine import run as execute
from runner.models import Bucket, JournalChunk, Queue, Run
from runner.queue import queues
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
    Run.objects.filter(pk=run).update(noted_seq=last)


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


def test_what_holds_a_queued_run_is_told_with_its_number(call: Caller) -> None:
    def start(blueprint: str, inputs: dict[str, Any] | None = None) -> Run:
        started = call("POST", f"blueprints/{blueprint}/runs/", {"inputs": inputs or {}})
        assert started[0] in (200, 201, 202), started
        return Run.objects.get(pk=started[1]["id"])

    def published(**queue: Any) -> str:
        made = str(call.make(settings={"queue": queue})["id"])
        assert call("POST", f"blueprints/{made}/publish/")[0] == 201
        return made

    def told(run: Run) -> list[tuple[str, str]]:
        [found] = call("GET", f"runs/{run.pk}/explain/?node=out")[1]["nodes"]
        first, *more = found["reasons"]
        assert (first["code"], found["status"]) == ("run_queued", "pending")
        assert all(it["depth"] == 1 for it in more)
        return [(it["code"], it["message"]) for it in more]

    slow = Queue.objects.create(name="slow", concurrency=1)
    named = published(name="slow")
    Run.objects.filter(pk=start(named).pk).update(status="running")
    start(named)
    run = start(named)
    limit = "1 run of the queue `slow` is under way, which is the limit. 1 waits before it."
    assert told(run) == [("queue_limit", limit)]
    slow.paused, slow.rate = True, 0.5
    slow.save()
    Bucket.objects.create(pk="queue:slow", due=4102444800.0)
    rate = "Of the queue `slow`, 1 in 2 s may begin, the next at 2100-01-01T00:00:02Z."
    assert told(run) == [
        ("queue_paused", "The queue `slow` is paused."),
        ("queue_limit", limit),
        ("queue_rate", f"{rate} 1 waits before it."),
    ]
    keyed = published(concurrency=2, key="{{ input.who }}", per_key=1)
    start(keyed, {"who": "ann"})
    held = start(keyed, {"who": "ann"})
    key = "1 run with its key `ann` has begun, which is the limit. It is the next."
    assert told(held) == [("key_limit", key)]
    start(keyed, {"who": "bob"})
    both = "2 runs of its blueprint have begun, which is the limit. It is the next."
    assert told(held) == [("blueprint_limit", both), ("key_limit", key)]
    [(code, said)] = told(start(published(debounce={"seconds": 60})))
    assert (code, said[:30]) == ("debounce", "A start puts it off by 60 s; u")
    batch = published(batch={"most": 5, "seconds": 60})
    start(batch)
    [(code, said)] = told(start(batch))
    assert code == "batch"
    assert said.startswith("It gathers starts, 2 of at most 5 so far, and begins at 2")
    plain = start(published())
    assert [code for code, _ in told(plain)] == ["no_worker"]
    plain.labels = "gpu"
    plain.save()
    [(code, said)] = told(plain)
    assert (code, "no worker".lower() in said.lower()) == ("no_such_worker", True)


def test_the_list_says_of_each_queued_run_what_holds_it_however_many_there_are(
    call: Caller, django_assert_num_queries: Any
) -> None:
    def start(**queue: Any) -> str:
        made = str(call.make(settings={"queue": queue})["id"])
        call("POST", f"blueprints/{made}/publish/")
        return str(call("POST", f"blueprints/{made}/runs/", {"inputs": {"who": "ann"}})[1]["id"])

    def listed() -> dict[str, list[str]]:
        queues.forget()
        rows = call("GET", "runs/?status=queued&limit=50")[1]["results"]
        return {row["id"]: [it["message"] for it in row["held_by"]] for row in rows}

    Queue.objects.create(name="slow", paused=True, rate=0.5, concurrency=1)
    Bucket.objects.create(pk="queue:slow", due=4102444800.0)
    keyed: dict[str, Any] = {"key": "{{ input.who }}", "per_key": 1}
    wanted: list[dict[str, Any]] = [{"name": "slow"}, keyed, {"batch": {"most": 5, "seconds": 60}}]
    wanted.append({"debounce": {"seconds": 60}})
    runs = [start(**queue) for queue in wanted]
    Run.objects.filter(pk=runs[1]).update(held=True)
    plain = start()
    with CaptureQueriesContext(connection) as few:
        said = listed()
    queries = len(few)
    assert said[runs[0]][0] == "The queue `slow` is paused."
    assert said[runs[2]][0].startswith("It gathers starts, at most 5, and begins at 2")
    assert said[runs[3]][0].startswith("A start puts it off by 60 s; ")
    assert said[plain] == ["No worker has said within the last ten seconds that it lives."]
    [shown] = call("GET", f"runs/{plain}/")[1]["held_by"]
    assert (shown["code"], [shown["message"]]) == ("no_worker", said[plain])
    for queue in wanted:
        start(**queue)
    with django_assert_num_queries(queries):
        assert len(listed()) == 9


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
