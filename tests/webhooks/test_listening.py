"""Test addresses: calls that run the draft, seen in the editor and delivered again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from editor.models import Blueprint
from runner.models import Run, Webhook, WebhookDelivery
from runner.queue import Worker
from runner.webhooks.listening import MOST_SHOWN
from runner.webhooks.lookup import lookup
from tests.webhooks.conftest import Hook, call, drawing

JSON = {"Content-Type": "application/json"}


def draft_of(hook: Hook, document: dict[str, Any]) -> None:
    Blueprint.objects.filter(pk=hook.blueprint.pk).update(draft=document)


class Editor:
    """What the editor asks of the API."""

    def __init__(self, hook: Hook) -> None:
        self._client = Client()
        self._client.force_login(hook.owner)
        self._path = f"/api/blueprints/{hook.blueprint.pk}/calls/"

    def ask(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        answer = self._client.generic(
            method, path or self._path + "?node=hook", json.dumps(body), "application/json"
        )
        return answer.status_code, json.loads(answer.content or b"null")


async def listening(hook: Hook) -> tuple[Any, str]:
    """Open a test address; return the editor's way to the API, and the address' path."""
    ask = sync_to_async((await sync_to_async(Editor)(hook)).ask)
    status, told = await ask("POST", body={"node": "hook"})
    assert status == 200, told
    return ask, "/hooks/" + told["listening"]["url"].rpartition("/hooks/")[2]


async def test_a_test_address_runs_the_draft_with_its_pins(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing("when_finished"))
    draft = drawing("when_finished")
    draft["nodes"]["said"] = {
        "kind": "data.set",
        "parameters": {"fields": {"a": 1}},
        "pin": {"out": {"pinned": True}},
    }
    draft["edges"] = ["hook.out -> said.in", "said.out -> end.in"]
    await sync_to_async(draft_of)(hook, draft)
    ask, path = await listening(hook)
    answer = await call(path + "/a?", b'{"n": 1}', headers=JSON)
    assert (answer.status, answer.json) == (200, {"got": {"pinned": True}})
    run = await Run.objects.aget()
    assert (run.version_id, run.trigger_node) == (None, "hook")
    # The published address goes on as it is.
    answer = await call(hook.path, b'{"n": 2}', headers=JSON)
    assert answer.json["got"]["body"] == {"n": 2}
    shown = (await ask("GET"))[1]["calls"]
    assert [(it["test"], it["verdict"], it["body"]["kind"]) for it in shown] == [
        (False, "accepted", "json"),
        (True, "accepted", "json"),
    ]
    assert shown[1]["run"] == {"id": str(run.pk), "status": "succeeded"}


async def test_a_call_is_delivered_again_to_the_draft_or_the_published_version(
    amake: Any, worker: Worker
) -> None:
    hook = await amake(drawing("when_finished"))
    ask, path = await listening(hook)
    assert (await call(path, b'{"n": 1}', headers=JSON)).status == 200
    first = await WebhookDelivery.objects.aget()
    for to, version in (("draft", None), ("published", 1)):
        status, made = await ask("POST", f"/api/calls/{first.pk}/replay/", {"to": to})
        assert (status, made["verdict"], made["replay_of"]) == (201, "accepted", str(first.pk))
        run = await Run.objects.select_related("version").aget(pk=made["run"]["id"])
        assert (run.version.number if run.version else None) == version
        assert run.inputs["body"] == {"n": 1}
    assert (await ask("POST", f"/api/calls/{first.pk}/replay/", {"to": "both"}))[0] == 400


async def test_a_draft_that_cannot_run_refuses_and_says_why(amake: Any) -> None:
    hook = await amake()
    ask, path = await listening(hook)
    await sync_to_async(draft_of)(hook, drawing(methods=["SING"]))
    lookup.forget()
    answer = await call(path)
    assert (answer.status, answer.json["code"]) == (404, "not_published")
    assert "The draft cannot run" in answer.json["detail"]
    assert (await ask("GET"))[1]["calls"][0]["verdict"] == "not_published"


async def test_a_test_address_ends_and_is_none_of_the_blueprints_webhooks(
    amake: Any, worker: Worker
) -> None:
    hook = await amake()
    ask, path = await listening(hook)
    again = (await listening(hook))[1]
    assert again == path  # listening longer keeps the address
    webhooks = (await ask("GET", "/api/webhooks/"))[1]["results"]
    assert [it["id"] for it in webhooks] == [str(hook.webhook.pk)]
    for _ in range(MOST_SHOWN + 2):
        assert (await call(path)).status == 202
    assert len((await ask("GET"))[1]["calls"]) == MOST_SHOWN
    assert (await ask("DELETE"))[0] == 204
    answer = await call(path)
    assert (answer.status, "has expired" in answer.json["detail"]) == (404, True)
    told = (await ask("GET"))[1]
    assert (told["listening"], told["calls"][0]["verdict"]) == (None, "not_published")
    # After a day it goes with what called it, when somebody listens next.
    gone = timezone.now() - timedelta(days=2)
    await Webhook.objects.filter(draft=True).aupdate(expires=gone)
    fresh = (await listening(hook))[1]
    assert fresh != path
    assert (await call(path)).json["code"] == "not_found"
