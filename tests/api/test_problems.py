"""Whatever is wrong with a call, the answer has one shape and the right status."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, InternalError, OperationalError
from django.test import Client

from editor.actions.tokens import create_token
from editor.models import ApiToken, Blueprint
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name":', 400, "malformed_json"),
        (b'{"name": NaN}', 400, "malformed_json"),
        (b'{"name": "\xff"}', 400, "not_utf8"),
        (b'{"name": "\\ud800"}', 400, "malformed_json"),
        (b"[" * 100_000, 400, "too_deep"),
        (b'{"document": ' + b"[" * 150 + b"]" * 150 + b"}", 400, "too_deep"),
        (b'["a list"]', 400, "parse_error"),
        (b'{"name": 5, "document": 7}', 400, "invalid"),
        (b'{"name": "' + b"a" * 201 + b'"}', 400, "invalid"),
        (b'{"name": "a\\u0000b"}', 400, "nul_character"),
        (b'{"document": {}}', 400, "name_invalid"),
        (b'{"document": {"name": "' + b"a" * 201 + b'"}}', 400, "document_invalid"),
        (b'{"document": {"nodes": 7}}', 400, "document_invalid"),
        (b'{"name": "' + b"a" * 9_000_000 + b'"}', 413, "too_large"),
    ],
)
def test_a_body_that_is_wrong_gets_its_reason_and_changes_nothing(
    call: Caller, problem: Check, body: bytes, status: int, code: str
) -> None:
    problem(call("POST", "blueprints/", body), status, code)
    assert not Blueprint.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "nothing/", 404, "not_found"),
        ("GET", "runs/not-an-id/", 404, "not_found"),
        ("GET", "runs/11111111-1111-1111-1111-111111111111/", 404, "not_found"),
        ("PATCH", "blueprints/", 405, "method_not_allowed"),
        ("GET", "runs/?status=lost", 400, "invalid"),
        ("GET", "runs/?blueprint=x", 400, "invalid"),
        ("GET", "runs/?colour=red", 400, "invalid"),
        ("GET", "runs/?cursor=zzz", 404, "not_found"),
    ],
)
def test_an_address_that_is_wrong_gets_its_reason(
    call: Caller, problem: Check, method: str, path: str, status: int, code: str
) -> None:
    problem(call(method, path), status, code)


@pytest.mark.parametrize("path", ["nope/", "runs/not-a-uuid/cancel/"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_to_an_address_that_is_not_there_is_told_so(
    call: Caller, problem: Check, method: str, path: str
) -> None:
    call.client.handler.enforce_csrf_checks = True
    problem(call(method, path, {}), 404, "not_found")


def test_other_media_types_are_refused(call: Caller) -> None:
    answer = call.client.post("/api/blueprints/", "a,b", content_type="text/csv")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    answer = call.client.get("/api/blueprints/", headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        InternalError("terminating connection due to idle-in-transaction timeout"),
        InterfaceError("connection already closed"),
    ],
)
def test_a_database_that_takes_nothing_is_said_and_may_be_tried_again(
    call: Caller, problem: Check, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def locked(**_: object) -> None:
        raise error

    monkeypatch.setattr("editor.api.blueprints.create_blueprint", locked)
    answer = call("POST", "blueprints/", {"name": "x"})
    problem(answer, 503, "database_unavailable")
    assert answer[2].headers["Retry-After"] == "2"


def test_a_fault_of_ours_is_a_problem_too(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("editor.api.blueprints.create_blueprint", broken)
    call.client.raise_request_exception = False
    status, body, answer = call("POST", "blueprints/", {"name": "x"})
    assert (status, body["code"]) == (500, "server_error")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_without_a_session_or_token_nothing_is_answered(db: None, client: Client) -> None:
    answer = client.get("/api/blueprints/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not_authenticated"


def test_a_token_is_kept_as_its_hash_and_notes_its_use(user: User) -> None:
    text = create_token(user, "a script")
    token = ApiToken.objects.get()
    assert text.startswith("cnd_")
    assert text not in str(vars(token))
    assert token.used is None
    client = Client(headers={"Authorization": f"bearer {text}"})
    assert client.get("/api/runs/").status_code == 200
    token.refresh_from_db()
    assert token.used is not None


@pytest.mark.parametrize("text", ["", "cnd_wrong", "\udcff", "a b"])
def test_a_token_that_is_not_known_is_refused(db: None, client: Client, text: str) -> None:
    answer = client.get("/api/runs/", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401


def test_a_token_of_somebody_who_left_is_refused(user: User) -> None:
    client = Client(headers={"Authorization": f"Bearer {create_token(user, 'x')}"})
    user.is_active = False
    user.save()
    assert client.get("/api/runs/").status_code == 401


def test_a_session_needs_the_csrf_token_to_change_anything(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    body = {"name": "x"}
    answer = client.post("/api/blueprints/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    client.get("/runs/")
    token = client.cookies["conductor_csrf"].value
    answer = client.post(
        "/api/blueprints/", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 201


def test_a_field_that_cannot_be_there_is_told_with_the_draft(call: Caller) -> None:
    nodes = {
        "sum": {"kind": "data.set", "parameters": {"fields": {"sum": 1}, "keep": False}},
        "say": {"kind": "log.message", "parameters": {"message": "{{ input.total }}"}},
    }
    edges = ["start.out -> sum.in", "sum.out -> say.in"]
    start = {"start": {"kind": "trigger.manual"}}
    made = call.make(nodes={**start, **nodes}, edges=edges)
    assert made["problems"] == [
        {
            "code": "unknown_field",
            "message": "input has no field 'total' (it has sum).",
            "node": "say",
            "parameter": "message",
            "severity": "warning",
        }
    ]
    assert call("POST", f"blueprints/{made['id']}/publish/", {})[0] == 201
