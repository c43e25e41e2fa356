"""The rules of a trigger and its address: paths, pages, limits, and requests that come again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from editor.models import Blueprint
from runner.actions import problems_of
from runner.engine.events import Event
from runner.graph import DocumentInvalid, load
from runner.journal import files
from runner.models import Run, SeenRequest, Webhook, WebhookDelivery
from runner.nodes.paths import conflicts, read_path
from runner.queue import Worker, buckets
from runner.retention import values
from runner.retention.holding import Hold
from runner.retention.removal import Removal
from runner.webhooks import repeats
from runner.webhooks.addresses import create_webhook
from runner.webhooks.limits import RateLimits, rate_limits
from runner.webhooks.replay import deliver_again
from runner.webhooks.starting import Started
from runner.webhooks.streaming import Stream, Telling
from runner.webhooks.triggers import check_trigger
from tests.patience import PATIENCE
from tests.webhooks.conftest import Hook, call, drawing

JSON = {"Content-Type": "application/json"}
PAGE = {"Origin": "https://shop.example.com"}


def routes(**paths: tuple[str, str]) -> dict[str, Any]:
    """Triggers of the name, method and path, whose requests are the run's output."""
    nodes: dict[str, Any] = {"end": {"kind": "flow.output", "parameters": {"name": "got"}}}
    for name, (method, path) in paths.items():
        given = {"methods": [method], "path": path, "response": "when_finished"}
        nodes[name] = {"kind": "trigger.webhook", "parameters": given}
    edges = [f"{name}.out -> end.in" for name in paths]
    return {"format": "conductor/1", "name": "T", "nodes": nodes, "edges": edges}


async def verdicts() -> list[str]:
    rows = WebhookDelivery.objects.order_by("id")
    return [verdict async for verdict in rows.values_list("verdict", flat=True)]


# --- paths -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("", "a/b", {}),
        ("/", "", {}),
        ("/", "a", None),
        ("/orders", "orders/", {}),
        ("/:customer/orders/:id", "anna/orders/7", {"customer": "anna", "id": "7"}),
        ("/:customer/orders/:id", "anna/orders", None),
        ("/:customer/orders/:id", "anna/bills/7", None),
        ("/:a", "é", {"a": "é"}),
    ],
)
def test_a_path_gives_what_its_names_stand_for(
    pattern: str, path: str, found: dict[str, str] | None
) -> None:
    assert read_path(pattern).match(path) == found


def test_two_triggers_that_take_the_same_are_told() -> None:
    document = routes(
        a=("GET", "/:x/orders"), b=("POST", "/:x/orders"), c=("GET", "/:y/orders"), d=("GET", "/me")
    )
    (found,) = conflicts(document)
    assert (found.code, found.node, found.parameter) == ("route_conflict", "c", "path")
    assert "'c' and 'a' both take GET" in found.message


async def test_one_address_serves_all_triggers_by_path_and_method(
    amake: Any, worker: Worker
) -> None:
    document = routes(
        hook=("GET", "/orders/:id"), latest=("GET", "/orders/latest"), new=("POST", "/orders")
    )
    hook: Hook = await amake(document)
    together, _ = await sync_to_async(create_webhook)(hook.blueprint, "", "none")
    path = f"/hooks/{together.token}"
    for method, rest, node, params in (
        ("GET", "/orders/7", "hook", {"id": "7"}),
        ("GET", "/orders/latest", "latest", {}),
        ("POST", "/orders", "new", {}),
    ):
        answer = await call(path + rest, method=method)
        assert answer.status == 200, answer.body
        assert answer.json["got"]["params"] == params
        last = await Run.objects.order_by("-created").afirst()
        assert last is not None
        assert last.trigger_node == node
    answer = await call(path + "/orders", method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    answer = await call(path + "/bills", method="GET")
    assert (answer.status, answer.json["code"]) == (404, "no_route")
    for trick in ("/orders/../bills", "/orders/..", "/./orders"):
        answer = await call(path + trick, method="GET")
        assert (answer.status, answer.json["code"]) == (400, "bad_path")


def test_a_conflict_is_found_when_publishing_and_when_making_the_address(make: Any) -> None:
    document = routes(hook=("GET", "/:a"), other=("GET", "/:b"))
    hook: Hook = make(document)
    assert not [it for it in problems_of(load(document), hook.blueprint) if it.severity == "error"]
    with pytest.raises(ValidationError, match="both take GET"):
        check_trigger(Webhook(blueprint=hook.blueprint, node=""))
    hook.publish(routes(hook=("GET", "/:a"), other=("POST", "/:b")))
    check_trigger(Webhook(blueprint=hook.blueprint, node=""))
    create_webhook(hook.blueprint, "", "none")
    with pytest.raises(DocumentInvalid, match="both take GET"):
        hook.publish(document)
    assert Blueprint.objects.get(pk=hook.blueprint.pk).versions.count() == 2


# --- pages -------------------------------------------------------------------------


async def test_a_page_may_call_where_its_origin_is_named(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing(origins=[PAGE["Origin"]]))
    asks = {**PAGE, "Access-Control-Request-Method": "POST"}
    asks["Access-Control-Request-Headers"] = "content-type, x-own"
    told = await call(hook.path, method="OPTIONS", headers=asks)
    assert (told.status, await verdicts()) == (204, [])
    assert told.headers["access-control-allow-origin"] == PAGE["Origin"]
    assert told.headers["access-control-allow-headers"] == "content-type, x-own"
    assert told.headers["access-control-allow-methods"] == "POST"
    answer = await call(hook.path, b"{", headers={**PAGE, **JSON})
    assert answer.status == 400
    assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
    for other in ({**asks, "Origin": "https://evil.example.com"}, {**asks, "Origin": "null"}):
        answer = await call(hook.path, method="OPTIONS", headers=other)
        assert (answer.status, "access-control-allow-origin" in answer.headers) == (405, False)


# --- rates -------------------------------------------------------------------------


async def test_beyond_its_limit_a_webhook_answers_429_and_when_to_come_again(
    amake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_700_000_000.0
    monkeypatch.setattr("runner.webhooks.limits.time.monotonic", lambda: now)
    monkeypatch.setattr("runner.queue.buckets._now", lambda: now)
    rate_limits.forget()
    hook = await amake()
    hook.webhook.rate_limit, hook.webhook.burst = 6, 2
    await hook.webhook.asave()
    assert [(await call(hook.path)).status for _ in range(2)] == [202, 202]
    answer = await call(hook.path, b"kept")
    assert (answer.status, answer.json["code"]) == (429, "rate_limited")
    assert answer.headers["retry-after"] == "10"
    now += 9.9
    assert (await call(hook.path)).status == 429
    now += 0.2
    assert (await call(hook.path)).status == 202
    assert await verdicts() == ["accepted"] * 2 + ["rate_limited"] * 2 + ["accepted"]
    limited = await WebhookDelivery.objects.filter(verdict="rate_limited").order_by("id").afirst()
    assert limited is not None
    assert (bytes(limited.body), limited.run) == (b"kept", None)


async def test_all_web_processes_share_a_limit_and_seldom_ask_for_it(
    amake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked = 1_700_000_000.0, 0
    monkeypatch.setattr("runner.webhooks.limits.time.monotonic", lambda: now)
    monkeypatch.setattr("runner.queue.buckets._now", lambda: now)
    take = buckets.take

    def counted(*arguments: Any) -> tuple[int, float]:
        nonlocal asked
        asked += 1
        return take(*arguments)

    monkeypatch.setattr("runner.webhooks.limits.buckets.take", counted)
    webhook = (await amake()).webhook
    webhook.rate_limit, webhook.burst = 6000, 200  # a hundred in a second
    processes = [RateLimits(), RateLimits()]
    taken = 0
    for _ in range(300):
        for process in processes:
            taken += await process.wait(webhook) == 0
    assert taken == 200
    assert asked < 40
    now += 0.5
    for _ in range(300):
        waits = await asyncio.gather(*(process.wait(webhook) for process in processes))
        taken += waits.count(0)
    assert taken == 250
    assert asked < 60


async def test_as_many_as_the_burst_says_are_taken_that_come_at_the_same_moment(
    amake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_700_000_000.0
    monkeypatch.setattr("runner.webhooks.limits.time.monotonic", lambda: now)
    monkeypatch.setattr("runner.queue.buckets._now", lambda: now)
    webhook = (await amake()).webhook
    webhook.rate_limit, webhook.burst = 600, 10
    process = RateLimits()
    waits = await asyncio.gather(*(process.wait(webhook) for _ in range(40)))
    assert waits.count(0) == 10


# --- requests that come again --------------------------------------------------------


@pytest.mark.parametrize(
    ("once", "first", "again", "other"),
    [
        ("idempotency_key", {"Idempotency-Key": "a"}, {"Idempotency-Key": "a"}, {}),
        ("header", {"X-Id": "7"}, {"x-id": "7"}, {"X-Id": "8"}),
        ("body", {"X-Id": "7"}, {"X-Id": "8"}, None),
    ],
)
async def test_the_same_request_starts_one_run_and_gets_the_first_ones_answer(
    amake: Any, worker: Worker, once: str, first: Any, again: Any, other: Any
) -> None:
    hook = await amake(drawing("respond_node", once=once, once_header="X-Id"))
    made = await call(hook.path, b'{"n": 1}', headers={**JSON, **first})
    same = await call(hook.path, b'{"n": 1}', headers={**JSON, **again})
    assert (made.status, made.json) == (same.status, same.json) == (200, {"n": 1})
    assert same.headers["idempotency-replayed"] == "true"
    assert same.headers["x-conductor-delivery"] != made.headers["x-conductor-delivery"]
    body = b'{"n": 1}' if other is not None else b'{"n": 2}'
    fresh = await call(hook.path, body, headers={**JSON, **(other or {})})
    assert "idempotency-replayed" not in fresh.headers
    assert await verdicts() == ["accepted", "duplicate", "accepted"]
    row = await WebhookDelivery.objects.aget(verdict="duplicate")
    assert made.headers["x-conductor-delivery"] in row.reason
    assert await Run.objects.acount() == 2
    assert row.run_id is not None


async def test_an_idempotency_key_with_another_body_is_422(amake: Any) -> None:
    hook = await amake(drawing(once="idempotency_key"))
    headers = {"Idempotency-Key": "a"}
    assert (await call(hook.path, b"1", headers=headers)).status == 202
    answer = await call(hook.path, b"2", headers=headers)
    assert (answer.status, answer.json["code"]) == (422, "key_reused")
    assert await verdicts() == ["accepted", "duplicate"]


async def test_of_many_that_come_together_one_starts_a_run(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("when_finished", once="body"))
    answers = await asyncio.gather(*(call(hook.path, b"x") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert await Run.objects.acount() == 1
    assert sorted(await verdicts()) == ["accepted"] + ["duplicate"] * 19


async def test_where_another_process_was_quicker_its_run_answers(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake(drawing("when_finished", once="body"))
    made = await call(hook.path, b"x")
    asked = 0
    real = repeats.first

    async def late(*given: Any) -> SeenRequest | None:
        nonlocal asked
        asked += 1
        return None if asked == 1 else await real(*given)

    monkeypatch.setattr("runner.webhooks.receive.repeats.first", late)
    same = await call(hook.path, b"x")
    assert (same.status, same.body) == (200, made.body)
    assert await Run.objects.acount() == 1
    row = await SeenRequest.objects.aget()
    row.pk = None
    with pytest.raises(IntegrityError):
        await row.asave()


async def test_a_request_is_forgotten_after_its_time(amake: Any) -> None:
    hook = await amake(drawing(once="body", once_for=300))
    assert (await call(hook.path, b"x")).status == 202
    row = await SeenRequest.objects.aget()
    ahead = (row.expires - timezone.now()).total_seconds()
    assert 290 < ahead <= 300
    await SeenRequest.objects.aupdate(expires=timezone.now())
    assert "idempotency-replayed" not in (await call(hook.path, b"x")).headers
    assert await verdicts() == ["accepted"] * 2
    await SeenRequest.objects.aupdate(expires=timezone.now())

    def sweep() -> None:
        Removal(Hold(), lambda _: False).seen(timezone.now())

    await sync_to_async(sweep)()
    assert not await SeenRequest.objects.aexists()


# --- large bodies ------------------------------------------------------------------


async def test_a_large_body_lies_in_a_file_by_its_hash_and_is_delivered_again(
    amake: Any, worker: Worker
) -> None:
    hook = await amake(drawing(body_limit=2_000_000))
    body = json.dumps({"text": "x" * 300_000}).encode()
    assert (await call(hook.path, body, headers=JSON)).status == 202
    row = await WebhookDelivery.objects.aget()
    assert (bytes(row.body), row.body_file) == (b"", hashlib.sha256(body).hexdigest())
    assert files.read(row.pk, row.body_file) == body
    made = await sync_to_async(deliver_again)(row, None)
    assert made.verdict == "accepted"
    assert files.read(made.pk, made.body_file) == body
    # What refers to it keeps it; what nothing refers to goes.
    await sync_to_async(values.remove_unreferenced)(threading.Event(), -1)
    assert files.read(row.pk, row.body_file) == body
    await WebhookDelivery.objects.filter(pk=made.pk).adelete()
    await sync_to_async(values.remove_unreferenced)(threading.Event(), -1)
    assert files.read(row.pk, row.body_file) == body
    with pytest.raises(files.ValueLost):
        files.read(made.pk, made.body_file)


# --- streams -----------------------------------------------------------------------


def events(body: bytes) -> list[tuple[str, Any]]:
    """Read server-sent events."""
    found = []
    for block in body.decode().strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_a_stream_tells_where_the_run_is_and_how_it_ended(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("stream"))
    answer = await call(hook.path, b'{"n": 1}', headers=JSON)
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, *_, last = events(answer.body)
    run = await Run.objects.aget()
    assert first[0] == "run"
    assert first[1]["run"] == str(run.pk)
    assert (last[0], last[1]["status"]) == ("end", "succeeded")
    assert last[1]["outputs"]["got"]["body"] == {"n": 1}


async def test_a_stream_tells_parts_as_they_come_and_nothing_else_of_the_run() -> None:
    started = Started(uuid4(), uuid4(), Telling())
    started.here = True
    sent: list[bytes] = []
    told = asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])
            told.set()

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def until(text: bytes) -> None:
        while text not in b"".join(sent):
            told.clear()
            await asyncio.wait_for(told.wait(), 5)

    stream = asyncio.create_task(Stream(started, {"run": "r"}, (), receive).send(send))
    await until(b"event: run")
    started.hear([Event(1, 0.0, "step.progressed", "ask", {"partial": "a\nb"})])
    await until(b'event: partial\ndata: {"step":"ask","value":"a\\nb"}\n\n')
    assert not stream.done()
    failed = {"error": {"code": "x", "message": "the till is closed"}}
    started.hear(
        [
            Event(2, 0.0, "step.progressed", "ask", {"done": 1, "total": 2}),
            Event(3, 0.0, "run.failed", None, failed),
        ]
    )
    await asyncio.wait_for(stream, PATIENCE)
    assert [name for name, _ in events(b"".join(sent))] == ["run", "partial", "end"]
    assert b"till" not in b"".join(sent)


async def test_a_stream_ends_when_its_sender_has_gone() -> None:
    started = Started(uuid4(), uuid4(), Telling())
    started.here = True

    async def send(_: Any) -> None:
        return

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await asyncio.wait_for(Stream(started, {}, (), receive).send(send), 5)


async def test_a_stream_without_a_worker_here_is_told_by_the_rows(amake: Any) -> None:
    hook = await amake(drawing("stream"))
    asking = asyncio.create_task(call(hook.path))
    while not await Run.objects.aexists():
        await asyncio.sleep(0.01)
    worker = Worker(embedded=True)
    running = asyncio.create_task(worker.run())
    answer = await asyncio.wait_for(asking, PATIENCE)
    await worker.stop()
    await running
    assert [name for name, _ in events(answer.body)] == ["run", "end"]
