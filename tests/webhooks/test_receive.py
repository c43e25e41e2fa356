"""Requests to /hooks/ that are wrong or lack credentials: what they are answered, what is kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import tracemalloc
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from runner.models import JournalChunk, Run, Webhook, WebhookDelivery
from runner.queue import Worker
from runner.webhooks import request
from runner.webhooks.addresses import rotate_secret
from tests.webhooks.conftest import call, drawing
from tests.webhooks.received import JSON, count, only_delivery, refused

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


async def test_a_body_of_which_the_server_says_that_it_does_not_come_is_408(amake: Any) -> None:
    hook = await amake()
    await refused(hook.path, 408, "bad_body", "did not arrive", late=True)


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


BOMB = gzip.compress(bytes(100_000_000), 1)


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
