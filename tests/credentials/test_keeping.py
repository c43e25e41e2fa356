"""Credentials that several people change at once, and values that are none for a request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from runner.credentials.keeping import keep, secrets_of
from runner.models import Credential
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Credential:
    row = Credential(owner=User.objects.create_user("bob"), name="Shop", kind="bearer")
    keep(row, {"token": "sk-live-0123456789"})
    return row


@pytest.fixture
def call() -> Caller:
    return Caller(User.objects.create_user("ada"))


def test_one_that_was_deleted_meanwhile_does_not_come_back(row: Credential) -> None:
    Credential.objects.filter(pk=row.pk).delete()
    with pytest.raises(ValidationError, match="deleted meanwhile"):
        keep(row, {"token": "another-one"})
    assert not Credential.objects.exists()


def test_who_changes_a_part_leaves_what_another_has_changed_of_it(row: Credential) -> None:
    stale = Credential.objects.get(pk=row.pk)
    row.hosts = "api.example.com"
    keep(row, None)
    keep(stale, {"token": "another-one"}, only=())
    row.refresh_from_db()
    assert (row.hosts, secrets_of(row)) == ("api.example.com", {"token": "another-one"})


def test_two_changes_together_are_judged_as_one(row: Credential) -> None:
    row.hosts = "api.example.com"
    keep(row, None)
    stale = Credential.objects.get(pk=row.pk)
    row.for_editors = True
    keep(row, None)
    # Each alone may be; together anybody who may edit could send it anywhere.
    stale.hosts = ""
    with pytest.raises(ValidationError, match="Name the hosts"):
        keep(stale, None, only=["hosts"])
    row.refresh_from_db()
    assert row.hosts == "api.example.com"


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("bearer", {"token": "t\u00f6ken-of-mine"}, "token"),
        ("bearer", {"token": " token-of-mine"}, "token"),
        ("header", {"header": "X-Key", "value": "k\u20acy-of-mine"}, "value"),
    ],
)
def test_what_no_header_can_carry_is_refused_at_once(
    call: Caller, kind: str, fields: dict[str, str], field: str
) -> None:
    status, body, _ = call("POST", "credentials/", {"name": "A", "kind": kind, "fields": fields})
    assert status == 400
    (told,) = body["errors"]
    assert told["field"] == field
    assert "header" in told["message"]


@pytest.mark.parametrize("sign", ["\n", "\0", "\ud800"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("query", {"parameter": "k", "value": "v"}),
        ("basic", {"username": "u", "password": "p"}),
        ("values", {"v": "v"}),
        (
            "oauth2",
            {
                "token_url": "https://e.com/",
                "client_id": "i",
                "client_secret": "s",
                "scope": "s",
                "audience": "a",
            },
        ),
    ],
)
def test_strange_signs_are_kept_or_refused_but_never_a_crash(
    call: Caller, kind: str, fields: dict[str, Any], sign: str
) -> None:
    for name in fields:
        given = {**fields, name: fields[name] + sign}
        body = {"name": f"A {name}", "kind": kind, "fields": given}
        status, told, _ = call("POST", "credentials/", json.dumps(body).encode())
        assert status in (201, 400), told
        if status == 201:
            row = Credential.objects.get(name=f"A {name}")
            assert given.items() <= (secrets_of(row) | row.fields).items()
