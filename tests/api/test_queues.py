"""Queues in the API: how they are, who may change them, how starts queue, and dead letters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from runner.models import Queue, Run
from tests.api.conftest import Caller


@pytest.fixture
def operator(user: User) -> Caller:
    """Who may look after queues; there is no worker."""
    user.user_permissions.set(Permission.objects.filter(content_type__model="queue"))
    return Caller(User.objects.get(pk=user.pk))


def published(call: Caller, **queue: Any) -> str:
    made = call.make(settings={"queue": queue})
    status, answer, _ = call("POST", f"blueprints/{made['id']}/publish/")
    assert status == 201, answer
    return str(made["id"])


def test_queues_are_made_changed_and_deleted(operator: Caller) -> None:
    status, made, answer = operator("POST", "queues/", {"name": "bulk", "concurrency": 2})
    assert (status, made["concurrency"], made["paused"]) == (201, 2, False)
    assert answer["Location"] == "/api/queues/bulk/"
    blueprint = published(operator, name="bulk", priority=3)
    _, run, _ = operator("POST", f"blueprints/{blueprint}/runs/", {})
    assert (run["queue"], run["priority"]) == ("bulk", 3)
    status, changed, _ = operator("PATCH", "queues/bulk/", {"paused": True, "priority": 10})
    assert (status, changed["paused"], changed["waiting"]) == (200, True, 1)
    row = Run.objects.get()
    # What waits has its turn as if it had come with this priority.
    assert (row.priority, row.turn) == (13, row.created - timedelta(minutes=13))
    _, listed, _ = operator("GET", "queues/")
    assert [queue["name"] for queue in listed] == ["bulk", "default"]
    assert operator("DELETE", "queues/bulk/")[0] == 204
    assert Run.objects.get().queue == "default"
    status, told, _ = operator("DELETE", "queues/default/")
    assert (status, told["code"]) == (409, "queue_needed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Bulk!"}, "name"),
        ({"name": "default"}, "name"),
        ({"name": "x", "concurrency": 0}, "concurrency"),
        ({"name": "x", "rate": -1}, "rate"),
        ({"name": "x", "when_full": "burn"}, "when_full"),
        ({"name": "x", "priority": 101}, "priority"),
    ],
)
def test_what_no_queue_can_be_is_told_and_changes_nothing(
    operator: Caller, body: dict[str, Any], field: str
) -> None:
    status, told, _ = operator("POST", "queues/", body)
    assert (status, told["errors"][0]["field"]) == (400, field)
    assert [queue.name for queue in Queue.objects.all()] == ["default"]


def test_who_has_no_permission_for_queues_neither_sees_nor_changes_them(call: Caller) -> None:
    for method, path, body in (
        ("GET", "queues/", None),
        ("POST", "queues/", {"name": "mine"}),
        ("GET", "queues/default/", None),
        ("PATCH", "queues/default/", {"paused": True}),
        ("DELETE", "queues/default/", None),
    ):
        assert call(method, path, body)[0] == 403, (method, path)
    assert not Queue.objects.get().paused


def test_a_draining_queue_refuses_starts_for_now(operator: Caller) -> None:
    blueprint = published(operator)
    assert operator("PATCH", "queues/default/", {"draining": True})[0] == 200
    status, told, answer = operator("POST", f"blueprints/{blueprint}/runs/", {})
    assert (status, told["code"], answer["Retry-After"]) == (503, "queue_draining", "30")
    assert Run.objects.count() == 0


def test_a_start_can_be_put_off_and_be_the_same_as_another(call: Caller) -> None:
    path = f"blueprints/{published(call)}/runs/"
    status, run, _ = call("POST", path, {"delay": 3600, "unique": "nightly"})
    due = datetime.fromisoformat(run["due"]) - timezone.now()
    assert (status, run["status"]) == (201, "queued")
    assert 3590 < due.total_seconds() <= 3600
    status, same, _ = call("POST", path, {"unique": "nightly"})
    assert (status, same["id"]) == (200, run["id"])
    status, told, _ = call("POST", path, {"unique_for": 60})
    assert (status, told["errors"][0]["field"]) == (400, "unique_for")
    _, other, _ = call("POST", path, {"run_at": "2036-01-01T00:00:00Z", "priority": -4})
    assert (other["due"], other["priority"]) == ("2036-01-01T00:00:00+00:00", -4)
    status, told, _ = call("POST", path, {"delay": 1, "run_at": "2036-01-01T00:00:00Z"})
    assert (status, told["errors"][0]["field"]) == (400, "delay")
    status, cancelled, _ = call("POST", f"runs/{other['id']}/cancel/")
    assert (status, cancelled["status"], cancelled["due"]) == (202, "cancelled", None)
    # Who lost the answer asks again when the run may be over.
    asked = {"delay": 3600, "unique": "order-7", "unique_for": 3600}
    _, once, _ = call("POST", path, asked)
    call("POST", f"runs/{once['id']}/cancel/")
    status, again, _ = call("POST", path, asked)
    assert (status, again["id"]) == (200, once["id"])


def test_a_start_that_has_not_its_key_is_refused_with_the_expression(call: Caller) -> None:
    path = f"blueprints/{published(call, key='{{ input.customer }}', per_key=1)}/runs/"
    status, told, _ = call("POST", path, {"inputs": {}})
    assert (status, told["code"]) == (422, "queue_key_invalid")
    assert "input.customer" in told["detail"]


@pytest.mark.parametrize(
    ("queue", "code"),
    [
        ({"key": "{{ input. }}"}, "bad_expression"),
        ({"per_key": 1}, "missing_key"),
        ({"debounce": {"seconds": 1}, "batch": {}}, "debounce_and_batch"),
        ({"unique_for": 5}, "missing_key"),
        ({"when_full": "drop_newest"}, "missing_limit"),
    ],
)
def test_settings_that_cannot_hold_are_problems_of_the_document(
    call: Caller, queue: dict[str, Any], code: str
) -> None:
    made = call.make(settings={"queue": queue})
    assert [problem["code"] for problem in made["problems"]] == [code]
    assert call("POST", f"blueprints/{made['id']}/publish/")[0] in (400, 422)


def test_a_queue_that_is_not_there_is_a_warning_and_its_runs_go_to_the_default_one(
    call: Caller,
) -> None:
    made = call.make(settings={"queue": {"name": "bulk"}})
    (problem,) = made["problems"]
    assert (problem["code"], problem["severity"]) == ("unknown_queue", "warning")
    call("POST", f"blueprints/{made['id']}/publish/")
    _, run, _ = call("POST", f"blueprints/{made['id']}/runs/", {})
    assert run["queue"] == "default"


def test_dead_letters_are_listed_replayed_and_dismissed(call: Caller, other: Caller) -> None:
    blueprint = published(call)
    ids = [call("POST", f"blueprints/{blueprint}/runs/", {})[1]["id"] for _ in range(3)]
    ended = {"status": "failed", "finished": timezone.now(), "dead": True}
    Run.objects.filter(pk__in=ids[:2]).update(**ended)
    _, page, _ = call("GET", "runs/?dead=true")
    assert {run["id"] for run in page["results"]} == set(ids[:2])
    body = {"runs": ids[:2], "begin": "start"}
    assert other("POST", "dead-letters/replay/", body)[0] == 404
    status, told, _ = call("POST", "dead-letters/replay/", {"runs": ids, "begin": "start"})
    assert (status, told["code"]) == (404, "no_dead_letter")
    assert call("POST", f"runs/{ids[1]}/dismiss/")[0] == 204
    assert call("POST", f"runs/{ids[1]}/dismiss/")[0] == 409
    status, done, _ = call(
        "POST", "dead-letters/replay/", {"blueprint": blueprint, "begin": "start"}
    )
    assert (status, [it["run"] for it in done["replayed"]]) == (200, ids[:1])
    assert call("GET", f"runs/{done['replayed'][0]['by']}/")[1]["rerun_of"] == ids[0]
    assert call("GET", "runs/?dead=true")[1]["results"] == []
