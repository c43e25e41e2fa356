"""Callers of the API: with a token, with a session, and somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editor.actions.tokens import create_token

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

DOCUMENT: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Greeting",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "out": {"kind": "flow.output", "parameters": {"name": "greeting"}},
    },
    "edges": ["start.out -> out.in"],
}


class Caller:
    """Calls the API as one user, with a token."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client(headers={"Authorization": f"Bearer {create_token(user, 'tests')}"})

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Response]:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        answer = self.client.generic(
            method,
            f"/api/{path}",
            data,
            content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return answer.status_code, answer.json() if answer.content else None, answer

    def make(self, **document: Any) -> dict[str, Any]:
        status, made, _ = self("POST", "blueprints/", {"document": {**DOCUMENT, **document}})
        assert status == 201, made
        return dict(made)


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ada", password="analytical-engine-1")


@pytest.fixture
def call(user: User) -> Caller:
    return Caller(user)


@pytest.fixture
def other(db: None) -> Caller:
    return Caller(User.objects.create_user("eve", password="analytical-engine-2"))


@pytest.fixture
def problem() -> Callable[..., dict[str, Any]]:
    """Check that an answer is a problem as RFC 9457 has it, and return it."""

    def check(answer: tuple[int, Any, Response], status: int, code: str) -> dict[str, Any]:
        got, body, response = answer
        assert got == status, body
        assert response.headers["Content-Type"] == "application/problem+json"
        assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
        assert body["title"]
        assert body["detail"]
        return dict(body)

    return check
