"""Webhooks over the API."""

from collections.abc import Callable
from typing import Any

from runner.models import Webhook
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
HOOKED = {
    "nodes": {"start": {"kind": "trigger.webhook"}, "by_hand": {"kind": "trigger.manual"}},
    "edges": [],
}


def test_a_webhook_is_made_with_its_secret_shown_once(call: Caller) -> None:
    made = call.make(**HOOKED)
    status, hook, _ = call("POST", "webhooks/", {"blueprint": made["id"], "node": "start"})
    assert (status, hook["authentication"], hook["enabled"]) == (201, "hmac", True)
    assert len(hook["secret"]) >= 20
    assert hook["url"] == f"http://testserver/hooks/{Webhook.objects.get().token}"
    read = call("GET", f"webhooks/{hook['id']}/")[1]
    assert read == {name: value for name, value in hook.items() if name != "secret"}
    assert call("GET", "webhooks/")[1]["results"] == [read]
    shown = call("GET", f"blueprints/{made['id']}/")[1]["webhooks"]
    assert [(row["id"], row["url"]) for row in shown] == [(hook["id"], hook["url"])]


def test_a_webhook_is_changed_rotated_and_deleted(call: Caller, problem: Check) -> None:
    hook = call("POST", "webhooks/", {"blueprint": call.make(**HOOKED)["id"], "node": "start"})[1]
    path = f"webhooks/{hook['id']}/"
    assert call("PATCH", path, {"enabled": False})[1]["enabled"] is False
    problem(call("PATCH", path, {"authentication": "basic"}), 400, "invalid")
    assert call("GET", path)[1]["authentication"] == "hmac"
    assert call("POST", f"{path}rotate/")[1]["secret"] != hook["secret"]
    assert call("DELETE", path)[0] == 204
    problem(call("GET", path), 404, "not_found")


def test_what_is_wrong_with_a_webhook_is_said_by_field(call: Caller, problem: Check) -> None:
    body = {"blueprint": call.make(**HOOKED)["id"], "node": "start", "header": "a b"}
    found = problem(call("POST", "webhooks/", body), 400, "invalid")
    assert found["errors"][0]["field"] == "header"
    problem(
        call("POST", "webhooks/", {**body, "header": "", "authentication": "magic"}), 400, "invalid"
    )
    assert not Webhook.objects.exists()


def test_others_webhooks_are_not_there(call: Caller, other: Caller, problem: Check) -> None:
    made = call.make(**HOOKED)
    hook = call("POST", "webhooks/", {"blueprint": made["id"], "node": "start"})[1]
    assert other("GET", "webhooks/")[1]["results"] == []
    problem(other("POST", f"webhooks/{hook['id']}/rotate/"), 404, "not_found")
    problem(other("POST", "webhooks/", {"blueprint": made["id"], "node": "x"}), 404, "not_found")


def test_a_webhook_is_made_only_for_a_trigger_that_there_is(call: Caller, problem: Check) -> None:
    made = call.make(**HOOKED)
    for node in ("nope", "by_hand"):
        body = {"blueprint": made["id"], "node": node}
        found = problem(call("POST", "webhooks/", body), 400, "invalid")
        assert found["errors"][0]["field"] == "node"
        assert "It has: start." in found["errors"][0]["message"]
    assert not Webhook.objects.exists()
    hook = call("POST", "webhooks/", {"blueprint": made["id"], "node": "start"})[1]
    problem(call("PATCH", f"webhooks/{hook['id']}/", {"node": "nope"}), 400, "invalid")
    assert Webhook.objects.get().node == "start"
    assert call("PATCH", f"webhooks/{hook['id']}/", {"enabled": False})[0] == 200
