"""Endpoints and messages over the API: made, changed, rotated, tried, and others' hidden."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from runner.models import OutgoingMessage
from runner.outgoing.claiming import Outcome, claim, note
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
NEW = {"name": "Shop", "url": "https://shop.example.com/hook", "on_failed": True}


def test_an_endpoint_is_made_changed_and_deleted_and_its_secret_shown_once(call: Caller) -> None:
    status, made, answer = call("POST", "endpoints/", NEW)
    assert status == 201, made
    assert made["secret"].startswith("whsec_")
    place = answer.headers["Location"].removeprefix("/api/")
    _, read, _ = call("GET", place)
    assert "secret" not in read
    assert (read["name"], read["on_failed"], read["blueprint"]) == ("Shop", True, None)
    blueprint = call.make()["id"]
    _, changed, _ = call("PATCH", place, {"blueprint": blueprint, "enabled": False})
    assert (changed["blueprint"], changed["enabled"], changed["url"]) == (
        blueprint,
        False,
        NEW["url"],
    )
    _, listed, _ = call("GET", "endpoints/")
    assert [it["id"] for it in listed["results"]] == [made["id"]]
    _, rotated, _ = call("POST", f"{place}rotate/", {"keep_hours": 2})
    assert rotated["secret"] != made["secret"]
    assert call("GET", place)[1]["old_secret_until"]
    assert call("DELETE", place)[0] == 204
    assert call("GET", place)[0] == 404


def test_what_cannot_be_is_told_by_its_field_and_changes_nothing(
    call: Caller, other: Caller, problem: Check
) -> None:
    _, made, _ = call("POST", "endpoints/", NEW)
    wrong = {
        "ftp://shop.example.com": "https://host/path",
        "https://": "https://host/path",
        "https://ada:secret@shop.example.com/": "must not hold a password",
        "https://shop.example.com/#part": "never sent",
        "https://[::": "This is no address",
    }
    for url, words in wrong.items():
        body = problem(call("PATCH", f"endpoints/{made['id']}/", {"url": url}), 400, "invalid")
        assert body["errors"][0]["field"] == "url"
        assert words in body["detail"], body
    body = problem(call("POST", "endpoints/", NEW), 400, "invalid")
    assert body["detail"] == "name: There is an endpoint 'Shop' already; choose another name."
    theirs = other.make()["id"]
    problem(call("POST", "endpoints/", {**NEW, "name": "B", "blueprint": theirs}), 404, "not_found")
    problem(call("POST", f"endpoints/{made['id']}/rotate/", {"keep_hours": 1000}), 400, "invalid")
    assert call("GET", f"endpoints/{made['id']}/")[1]["url"] == NEW["url"]


def test_a_message_is_read_with_its_attempts_and_sent_again(
    call: Caller, other: Caller, problem: Check
) -> None:
    from django.utils import timezone

    _, made, _ = call("POST", "endpoints/", NEW)
    status, message, _ = call("POST", f"endpoints/{made['id']}/test/")
    assert (status, message["type"], message["status"]) == (202, "endpoint.test", "waiting")
    place = f"messages/{message['id']}/"
    problem(call("POST", f"{place}send-again/"), 409, "message_waits")
    (claimed,) = claim("me", 5)
    note(claimed, Outcome(timezone.now(), 12, 201, answer=b"thanks\xff"))
    _, read, _ = call("GET", place)
    assert (read["status"], read["tries"], read["due"]) == ("delivered", 1, None)
    (attempt,) = read["attempts"]
    assert (attempt["status"], attempt["milliseconds"]) == (201, 12)
    assert attempt["answer"] == "thanks\ufffd"
    assert '"endpoint.test"' in read["body"]
    status, again, _ = call("POST", f"{place}send-again/")
    assert (status, again["status"], again["webhook_id"]) == (202, "waiting", read["webhook_id"])
    for query, count in (("", 1), ("?status=failed", 0), (f"?endpoint={made['id']}", 1)):
        assert len(call("GET", f"messages/{query}")[1]["results"]) == count
    call("PATCH", f"endpoints/{made['id']}/", {"enabled": False})
    problem(call("POST", f"{place}send-again/"), 409, "endpoint_off")
    problem(call("POST", f"endpoints/{made['id']}/test/"), 409, "endpoint_off")
    problem(other("GET", place), 404, "not_found")
    problem(other("GET", f"endpoints/{made['id']}/"), 404, "not_found")
    assert other("GET", "messages/")[1]["results"] == []
    problem(call("GET", f"messages/{uuid.uuid4()}/"), 404, "not_found")
    assert OutgoingMessage.objects.count() == 1
