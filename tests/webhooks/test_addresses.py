"""Addresses of webhooks: which are there, how soon a change acts, and what an unknown one costs."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from runner.models import Webhook, WebhookDelivery
from runner.queue import Worker
from runner.webhooks import lookup as lookup_module
from runner.webhooks import strangers
from runner.webhooks.lookup import lookup
from tests.webhooks.conftest import Hook, call, drawing
from tests.webhooks.received import JSON, count, refused


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/short", f"/hooks/{'x' * 43}", "/hooks/%00/a"])
async def test_an_unknown_address_is_404_and_leaves_no_row(amake: Any, path: str) -> None:
    await amake()
    answer = await call(path, b"{}")
    assert answer.status == 404
    assert answer.json["code"] == "not_found"
    assert await count() == (0, 0)


async def test_strangers_are_answered_in_turn_and_the_others_at_once(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake()
    await call(hook.path)
    for name, value in {
        "RATE": 20.0,
        "BURST": 0.1,
        "LONGEST": 0.3,
        "_pace": strangers.Pace(),
    }.items():
        monkeypatch.setattr(strangers, name, value)
    began = time.monotonic()
    flood = asyncio.gather(*(call(f"/hooks/{number:043}") for number in range(50)))
    await asyncio.sleep(0)
    assert (await call(hook.path)).status == 202
    assert not flood.done()
    answers = await flood
    assert 0.25 < time.monotonic() - began < 5
    assert {answer.status for answer in answers} == {404}
    # Three at once, six or so in turn; the connections of all others are closed.
    closed = sum(answer.headers.get("connection") == "close" for answer in answers)
    assert 30 <= closed <= 43


async def test_a_flood_of_unknown_addresses_asks_the_database_once_a_second(
    amake: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await amake()
    asked = 0
    real = lookup_module._every_token

    def counted() -> frozenset[str]:
        nonlocal asked
        asked += 1
        return real()

    monkeypatch.setattr(lookup_module, "_every_token", counted)
    monkeypatch.setattr(strangers, "RATE", 1e9)
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

    def before_it_was_made() -> frozenset[str]:
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
