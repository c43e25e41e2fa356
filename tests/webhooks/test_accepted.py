"""What a request that starts a run is answered, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from runner.journal.reader import read_events
from runner.models import Run
from runner.queue import Worker
from runner.webhooks import answering, following
from tests.webhooks.conftest import call, drawing
from tests.webhooks.received import JSON, count, only_delivery


async def test_at_once_answers_202_when_run_and_delivery_are_durable(
    amake: Any, worker: Worker
) -> None:
    hook = await amake()
    answer = await call(
        f"{hook.path}/orders/7", b'{"n": 1}', headers=JSON, query="a=1&b=2&b=3&c=%C3%A9"
    )
    assert answer.status == 202
    run = await Run.objects.select_related("version").aget()
    assert answer.json["run"] == str(run.pk)
    assert answer.json["status_url"].endswith(f"/api/runs/{run.pk}/")
    assert answer.json["page"].endswith(f"/blueprints/{hook.blueprint.pk}/?run={run.pk}")
    assert run.version is not None
    assert (run.trigger, run.trigger_node, run.version.number) == ("webhook", "hook", 1)
    assert run.inputs == {
        "method": "POST",
        "path": "orders/7",
        "params": {},
        "query": {"a": "1", "b": ["2", "3"], "c": "é"},
        "headers": {"content-type": "application/json"},
        "body": {"n": 1},
        "content_type": "application/json",
    }
    delivery = await only_delivery()
    assert (delivery.run_id, delivery.verdict, delivery.reason) == (run.pk, "accepted", "")
    assert (delivery.method, delivery.path, delivery.sender) == ("POST", "orders/7", "192.0.2.7")
    assert bytes(delivery.body) == b'{"n": 1}'
    events = await sync_to_async(read_events)(run.pk)
    assert events[0]["type"] == "run.queued"


async def test_when_finished_answers_the_runs_outputs(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("when_finished"))
    answer = await call(hook.path, b"a=1", headers={"Content-Type": FORM})
    assert answer.status == 200
    assert answer.json["got"]["body"] == {"a": "1"}


FORM = "application/x-www-form-urlencoded"


def failing(response: str) -> dict[str, Any]:
    document = drawing(response)
    fail = {"kind": "flow.fail", "parameters": {"message": "the till is closed"}}
    document["nodes"]["end"] = fail
    return document


@pytest.mark.parametrize("response", ["when_finished", "respond_node"])
async def test_a_run_that_fails_is_500_without_its_insides(
    amake: Any, worker: Worker, response: str
) -> None:
    hook = await amake(failing(response))
    answer = await call(hook.path)
    assert (answer.status, answer.json["code"]) == (500, "run_failed")
    assert b"till" not in answer.body
    run = await Run.objects.aget()
    assert answer.json["run"] == str(run.pk)
    assert run.status == "failed"


async def test_a_respond_node_answers_with_status_headers_and_body(
    amake: Any, worker: Worker
) -> None:
    document = drawing("respond_node")
    document["nodes"]["end"]["parameters"] = {
        "status": 201,
        "headers": {"X-Total": "{{ input.body.n }}", "Set-Cookie": "conductor_session=x"},
        "body": {"made": "{{ input.body.n }}"},
    }
    hook = await amake(document)
    answer = await call(hook.path, b'{"n": 7}', headers=JSON)
    assert (answer.status, answer.json) == (201, {"made": 7})
    assert answer.headers["x-total"] == "7"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert "set-cookie" not in answer.headers


async def test_a_response_with_a_line_break_in_a_header_is_500(amake: Any, worker: Worker) -> None:
    document = drawing("respond_node")
    document["nodes"]["end"]["parameters"] = {"headers": {"X-A": "{{ input.body }}"}}
    hook = await amake(document)
    answer = await call(hook.path, b"a\r\nX-B: c", headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.json["code"]) == (500, "response_invalid")
    assert "x-b" not in answer.headers


async def test_the_answer_does_not_wait_for_what_comes_after_the_respond_node(
    amake: Any, worker: Worker
) -> None:
    document = drawing("respond_node")
    document["nodes"]["later"] = {"kind": "flow.wait", "parameters": {"seconds": 30}}
    document["edges"].append("end.out -> later.in")
    hook = await amake(document)
    answer = await asyncio.wait_for(call(hook.path, b'"hi"', headers=JSON), 10)
    assert (answer.status, answer.body) == (200, b"hi")
    assert (await Run.objects.aget()).status in {"running", "waiting"}


async def test_a_run_that_ends_without_responding_is_204(amake: Any, worker: Worker) -> None:
    document = drawing("respond_node")
    document["nodes"]["end"] = {"kind": "flow.output"}
    hook = await amake(document)
    answer = await call(hook.path)
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("response", ["when_finished", "respond_node"])
async def test_a_run_that_takes_long_is_202_with_its_address(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch, response: str
) -> None:
    monkeypatch.setattr(answering, "LONGEST_WAIT", 0.1)
    document = drawing(response)
    document["nodes"]["end"] = {"kind": "flow.wait", "parameters": {"seconds": 30}}
    hook = await amake(document)
    answer = await call(hook.path)
    assert answer.status == 202
    assert answer.json["run"] == str((await Run.objects.aget()).pk)


async def test_a_hundred_requests_at_once_make_a_hundred_runs(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("respond_node"))
    bodies = [str(number).encode() for number in range(100)]
    answers = await asyncio.gather(*(call(hook.path, body, headers=JSON) for body in bodies))
    assert [answer.body for answer in answers] == bodies
    assert await count() == (100, 100)


async def test_without_a_worker_in_this_process_the_run_waits_in_the_queue(amake: Any) -> None:
    hook = await amake()
    assert (await call(hook.path)).status == 202
    assert (await Run.objects.aget()).status == "queued"


async def test_a_run_that_is_accepted_is_202_where_its_end_cannot_be_read(
    amake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake(drawing("when_finished"))

    def lost(*_: Any, **__: Any) -> Any:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(following, "read_history", lost)
    answer = await call(hook.path)
    assert answer.status == 202
    assert await Run.objects.filter(pk=answer.json["run"]).aexists()
