"""What a request to /hooks/ is answered, and what is kept of it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import time
import tracemalloc
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from runner.journal.reader import read_events
from runner.models import JournalChunk, Run, Webhook, WebhookDelivery
from runner.queue import Worker
from runner.webhooks import answering, following, request
from runner.webhooks import lookup as lookup_module
from runner.webhooks.addresses import rotate_secret
from runner.webhooks.lookup import lookup
from tests.webhooks.conftest import Hook, call, drawing

JSON = {"Content-Type": "application/json"}


@sync_to_async
def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("run").get()


@sync_to_async
def count() -> tuple[int, int]:
    return Run.objects.count(), WebhookDelivery.objects.count()


async def refused(path: str, status: int, verdict: str, reason: str, **how: Any) -> Any:
    """Make a request that must be refused, with its delivery kept and no run started."""
    answer = await call(path, **how)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    delivery = await only_delivery()
    assert (delivery.verdict, delivery.run) == (verdict, None)
    assert reason in delivery.reason
    assert str(delivery.pk) == answer.headers["x-conductor-delivery"]
    assert (await count())[0] == 0
    return answer


# --- addresses ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/short", f"/hooks/{'x' * 43}", "/hooks/%00/a"])
async def test_an_unknown_address_is_404_and_leaves_no_row(amake: Any, path: str) -> None:
    await amake()
    answer = await call(path, b"{}")
    assert answer.status == 404
    assert answer.json["code"] == "not_found"
    assert await count() == (0, 0)


async def test_a_flood_of_unknown_addresses_asks_the_database_once_a_second(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake()
    asked = 0
    real = lookup_module._every_token

    def counted(token: str) -> frozenset[str]:
        nonlocal asked
        asked += 1
        return real(token)

    monkeypatch.setattr(lookup_module, "_every_token", counted)
    found = 0

    def none(token: str) -> None:
        nonlocal found
        found += 1

    began = time.monotonic()
    with monkeypatch.context() as patched:
        patched.setattr(lookup_module, "find", none)
        for part in range(10):
            paths = [f"/hooks/{'x' * 37}{part}{number:05}" for number in range(500)]
            answers = await asyncio.gather(*map(call, paths))
            assert {answer.status for answer in answers} == {404}
    assert found == 0
    assert asked <= 2 + (time.monotonic() - began) / lookup_module.OLDEST
    assert len(lookup._remembered) + len(lookup._asked) == 0
    assert (await call(hook.path)).status == 202
    assert await count() == (1, 1)


async def test_an_address_made_while_the_others_are_listed_is_found(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake()

    def before_it_was_made(_: str) -> frozenset[str]:
        lookup.forget()  # as the signal of its row does
        return frozenset()

    monkeypatch.setattr(lookup_module, "_every_token", before_it_was_made)
    assert (await call(hook.path)).status == 202


async def test_a_disabled_webhook_is_404_at_once(amake: Any, worker: Worker) -> None:
    hook: Hook = await amake()
    assert (await call(hook.path)).status == 202
    hook.webhook.enabled = False
    await sync_to_async(hook.webhook.save)()
    answer = await call(hook.path, b'{"kept": true}', headers=JSON)
    assert (answer.status, answer.json["code"]) == (404, "disabled")
    last = await WebhookDelivery.objects.order_by("-id").afirst()
    assert last is not None
    assert (last.verdict, bytes(last.body)) == ("disabled", b'{"kept": true}')


async def test_what_another_process_changes_acts_within_a_second(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook: Hook = await amake()
    assert (await call(hook.path)).status == 202
    # An update sends no signal, as a change in another process sends none.
    await Webhook.objects.aupdate(enabled=False)
    known = lookup._remembered[hook.webhook.token]
    monkeypatch.setattr("runner.webhooks.lookup.time.monotonic", lambda: known.read + 1.001)
    assert (await call(hook.path)).status == 404


async def test_an_unpublished_blueprint_is_404_with_the_reason(amake: Any) -> None:
    hook = await amake(published=False)
    answer = await refused(hook.path, 404, "not_published", "not published")
    assert answer.json["detail"] == "The blueprint is not published."


async def test_the_published_version_alone_says_what_is_accepted(
    amake: Any, worker: Worker
) -> None:
    hook: Hook = await amake()
    assert (await call(hook.path, method="PUT")).status == 405
    await sync_to_async(hook.publish)(drawing(methods=["PUT"]))
    assert (await call(hook.path, method="PUT")).status == 202
    assert (await call(hook.path, method="POST")).status == 405
    renamed = json.loads(json.dumps(drawing()).replace('"hook', '"other'))
    await sync_to_async(hook.publish)(renamed)
    answer = await call(hook.path, method="PUT")
    assert (answer.status, answer.json["code"]) == (404, "not_published")
    assert "'hook' is not in version 3" in answer.json["detail"]


# --- requests that are wrong ---------------------------------------------------------


async def test_another_method_is_405_and_says_which_are_allowed(amake: Any) -> None:
    hook = await amake(drawing(methods=["POST", "PUT"]))
    answer = await refused(hook.path, 405, "not_allowed", "GET is not allowed", method="GET")
    assert answer.headers["allow"] == "POST, PUT"


async def test_a_body_announced_too_large_is_413_without_being_read(amake: Any) -> None:
    hook = await amake(drawing(body_limit=10))
    answer = await refused(
        hook.path, 413, "too_large", "11 bytes", body=b"x" * 11, headers={"Content-Length": "11"}
    )
    assert answer.taken == 0


async def test_reading_stops_where_a_body_grows_too_large(amake: Any) -> None:
    hook = await amake(drawing(body_limit=10))
    answer = await refused(
        hook.path, 413, "too_large", "more than the allowed 10", body=[b"x" * 6] * 5
    )
    assert answer.taken == 2
    assert bytes((await only_delivery()).body) == b""


async def test_a_body_as_large_as_allowed_passes(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing(body_limit=10))
    assert (await call(hook.path, [b"x" * 5, b"x" * 5])).status == 202


async def test_a_body_that_does_not_come_is_408(
    amake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "LONGEST", 0.05)
    hook = await amake()
    await refused(hook.path, 408, "bad_body", "did not arrive", stall=True)


async def test_a_sender_who_hangs_up_leaves_a_delivery_and_no_run(amake: Any) -> None:
    hook = await amake()
    await refused(hook.path, 400, "bad_body", "hung up", body=b'{"half":', hang_up=True)


@pytest.mark.parametrize(
    ("body", "content_type", "place"),
    [
        (b'{"a":}', "application/json", "line 1, column 6"),
        (b"\xff\xfe", "application/json", "position 0"),
        (b"ab\xff", "text/plain", "position 2"),
        (b"[" * 101 + b"]" * 101, "application/json", "deeper than 100"),
    ],
)
async def test_a_body_that_cannot_be_read_is_400_with_its_place(
    amake: Any, body: bytes, content_type: str, place: str
) -> None:
    hook = await amake()
    headers = {"Content-Type": content_type}
    answer = await refused(hook.path, 400, "bad_body", place, body=body, headers=headers)
    assert place in answer.json["detail"]
    assert bytes((await only_delivery()).body) == body


async def test_a_query_that_is_no_text_is_400(amake: Any) -> None:
    hook = await amake()
    await refused(hook.path, 400, "bad_body", "query", query="a=%ff")


async def test_a_packed_body_is_unpacked_and_kept_as_it_came(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("when_finished", body_limit=100))
    packed = gzip.compress(b'{"n": 1}')
    headers = {**JSON, "Content-Encoding": "gzip"}
    answer = await call(hook.path, packed, headers=headers)
    assert answer.json["got"]["body"] == {"n": 1}
    assert bytes((await only_delivery()).body) == packed


BOMB = gzip.compress(bytes(100_000_000))


@pytest.mark.parametrize(
    ("encoding", "body", "status", "verdict", "reason"),
    [
        ("br", b"x", 415, "bad_body", "'br'"),
        ("gzip", b"\x1f\x8b", 400, "bad_body", "ends before its end"),
        ("gzip", b"no such thing", 400, "bad_body", "cannot be unpacked"),
        ("gzip", BOMB, 413, "too_large", "more than the allowed 200000 bytes"),
        ("gzip", gzip.compress(b"x" * 150_000) * 2, 413, "too_large", "more than the allowed"),
    ],
)
async def test_a_packed_body_that_cannot_be_taken_says_why(
    amake: Any, encoding: str, body: bytes, status: int, verdict: str, reason: str
) -> None:
    hook = await amake(drawing(body_limit=200_000))
    headers = {"Content-Encoding": encoding}
    tracemalloc.start()
    await refused(hook.path, status, verdict, reason, body=body, headers=headers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


# --- credentials ---------------------------------------------------------------------


def credentials(scheme: str, secret: str, body: bytes) -> dict[str, str]:
    if scheme == "basic":
        return {"Authorization": "Basic " + base64.b64encode(f"anna:{secret}".encode()).decode()}
    if scheme == "header":
        return {"X-Webhook-Secret": secret}
    name = {"hmac": "X-Signature-256", "github": "X-Hub-Signature-256"}[scheme]
    return {name: "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize("scheme", ["header", "basic", "hmac", "github"])
async def test_the_right_credentials_pass_and_are_kept_nowhere(
    amake: Any, worker: Worker, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    hook = await amake(drawing("when_finished"), scheme, username="anna")
    body = b'{"n": 1}'
    given = credentials(scheme, hook.secret, body)
    headers = {**JSON, **given, "Cookie": "c=1", "X-Event": "push"}
    answer = await call(hook.path, body, headers=headers)
    assert answer.status == 200, answer.body
    (name,), (value,) = given.keys(), given.values()
    seen = answer.json["got"]["headers"]
    assert seen["x-event"] == "push"
    assert not {name.lower(), "cookie", "authorization"} & seen.keys()
    run = await Run.objects.aget()
    chunks = [chunk.events async for chunk in JournalChunk.objects.all()]
    delivery = await only_delivery()
    stored = [run.inputs, run.outputs, chunks, delivery.headers, delivery.reason, caplog.text]
    for hidden in (hook.secret, value):
        assert hidden not in json.dumps(stored)
    assert hook.secret not in (await Webhook.objects.aget()).secret


@pytest.mark.parametrize("scheme", ["header", "basic", "hmac", "github"])
async def test_wrong_credentials_are_401_and_the_sender_learns_nothing(
    amake: Any, scheme: str
) -> None:
    hook = await amake(drawing(), scheme, username="anna")
    answers = []
    for headers in ({}, credentials(scheme, "wrong", b"")):
        answer = await call(hook.path, headers=headers)
        assert answer.status == 401
        assert ("www-authenticate" in answer.headers) is (scheme == "basic")
        answers.append(answer.body)
    assert answers[0] == answers[1]
    reasons = [row.reason async for row in WebhookDelivery.objects.order_by("id")]
    assert "is missing" in reasons[0]
    assert reasons[0] != reasons[1]
    assert await count() == (0, 2)


async def test_a_rotated_secret_replaces_the_old_one_at_once(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing(), "hmac")
    old = credentials("hmac", hook.secret, b"x")
    assert (await call(hook.path, b"x", headers=old)).status == 202
    secret = await sync_to_async(rotate_secret)(hook.webhook)
    assert (await call(hook.path, b"x", headers=old)).status == 401
    new = credentials("hmac", secret, b"x")
    assert (await call(hook.path, b"x", headers=new)).status == 202


# --- runs and answers ----------------------------------------------------------------


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
