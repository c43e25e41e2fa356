"""Credentials over the API: written, never read, named by blueprints, those of others hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from editor.actions.sharing import share_with
from editor.models import Blueprint, Right
from runner.credentials.keeping import secrets_of
from runner.models import Credential
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
SECRET = "sk-live-0123456789"
NEW = {"name": "Shop", "kind": "bearer", "fields": {"token": SECRET}}
BASIC = {"name": "Bank", "kind": "basic", "fields": {"username": "ada", "password": SECRET}}
ASKS = {
    "start": {"kind": "trigger.manual"},
    "ask": {"kind": "http.request", "parameters": {"url": "https://e.com/", "credential": "Shop"}},
}


def made(call: Caller, **given: Any) -> dict[str, Any]:
    status, body, _ = call("POST", "credentials/", {**NEW, **given})
    assert status == 201, body
    return dict(body)


def test_what_is_secret_goes_in_and_never_out(call: Caller) -> None:
    status, body, answer = call("POST", "credentials/", BASIC)
    assert status == 201, body
    place = answer.headers["Location"].removeprefix("/api/")
    answers = [body, call("GET", place)[1], call("GET", "credentials/")[1]]
    assert SECRET not in json.dumps(answers)
    assert answers[1]["fields"] == {"username": "ada"}
    assert answers[1]["secrets"] == ["password"]
    assert answers[2]["results"][0]["id"] == body["id"]
    # Changed without it, it stays; given anew, it is another one.
    changed = call("PATCH", place, {"fields": {"username": "bob"}, "hosts": ["*.bank.com"]})[1]
    assert (changed["fields"], changed["hosts"]) == ({"username": "bob"}, ["*.bank.com"])
    row = Credential.objects.get()
    assert secrets_of(row) == {"password": SECRET}
    assert SECRET not in row.secret
    call("PATCH", place, {"fields": {"password": "another"}})
    assert secrets_of(Credential.objects.get()) == {"password": "another"}
    assert call("PATCH", place, {"fields": {"password": ""}})[0] == 200
    assert secrets_of(Credential.objects.get()) == {"password": "another"}
    assert call("DELETE", place)[0] == 204
    assert call("GET", place)[0] == 404


def test_named_values_are_all_secret(call: Caller) -> None:
    body = made(call, kind="values", fields={"host": "db.example.com", "password": SECRET})
    assert (body["fields"], body["secrets"]) == ({}, ["host", "password"])
    place = f"credentials/{body['id']}/"
    # Those that are not given go; one that is given empty stays.
    call("PATCH", place, {"fields": {"password": "", "user": "ada"}})
    assert secrets_of(Credential.objects.get()) == {"password": SECRET, "user": "ada"}


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"kind": "cookie"}, "kind", "one of bearer, basic"),
        ({"fields": {}}, "token", "Is missing"),
        ({"fields": {"token": ""}}, "token", "Must not be empty"),
        ({"fields": {"token": "two\nlines"}}, "token", "one line"),
        ({"fields": {"token": "x", "passwort": SECRET}}, "passwort", ""),
        ({"fields": {"token": {"deep": SECRET}}}, "token", "Must be a text"),
        ({"kind": "header", "fields": {"header": "X Key", "value": "x"}}, "header", "X-Api-Key"),
        ({"kind": "basic", "fields": {"username": "a:b", "password": "x"}}, "username", "colon"),
        ({"kind": "values", "fields": {}}, "fields", "1 to 50"),
        ({"kind": "values", "fields": {"1st": SECRET}}, "fields", "no name"),
        (
            {
                "kind": "oauth2",
                "fields": {"token_url": "ftp://x", "client_id": "a", "client_secret": SECRET},
            },
            "token_url",
            "https://host/path",
        ),
        ({"name": "{{ x }}"}, "name", "without {{"),
        ({"hosts": ["https://api.example.com/"]}, "hosts", "without https://"),
        ({"hosts": ["example.com:99999"]}, "hosts", "is no host"),
        ({"for_editors": True}, "hosts", "Name the hosts"),
        ({"per_second": 0}, "per_second", "more than 0"),
        ({"burst": 0}, "burst", "from 1"),
        ({"hosts": "example.com"}, "hosts", "a list"),
        ({"owner": "eve"}, "owner", "none of"),
    ],
)
def test_what_cannot_be_is_told_by_its_field_without_the_secret(
    call: Caller, problem: Check, given: dict[str, Any], field: str, words: str
) -> None:
    body = problem(call("POST", "credentials/", {**NEW, **given}), 400, "invalid")
    found = {it["field"]: it["message"] for it in body["errors"]}
    assert field in found, found
    assert words in found[field]
    assert SECRET not in json.dumps(body)
    assert Credential.objects.count() == 0


def test_a_name_is_taken_once_for_each_person(call: Caller, other: Caller, problem: Check) -> None:
    mine = made(call)
    assert "already" in problem(call("POST", "credentials/", NEW), 400, "invalid")["detail"]
    theirs = made(other)
    problem(call("GET", f"credentials/{theirs['id']}/"), 404, "not_found")
    problem(call("DELETE", f"credentials/{theirs['id']}/"), 404, "not_found")
    listed = call("GET", "credentials/")[1]["results"]
    assert [it["id"] for it in listed] == [mine["id"]]


def test_one_that_is_used_is_neither_renamed_nor_deleted_unasked(
    call: Caller, problem: Check
) -> None:
    body = made(call)
    blueprint = call.make(nodes=ASKS, edges=["start.out -> ask.in"], name="Orders")
    place = f"credentials/{body['id']}/"
    assert call("GET", place)[1]["used_by"] == [{"id": blueprint["id"], "name": "Orders"}]
    renamed = problem(call("PATCH", place, {"name": "Store"}), 400, "invalid")
    assert "'Orders' uses it by its name" in renamed["detail"]
    kept = problem(call("DELETE", place), 409, "credential_used")
    assert "'Orders'" in kept["detail"]
    assert call("GET", place)[1]["name"] == "Shop"
    assert call("DELETE", f"{place}?even_if_used=true")[0] == 204
    found = call("GET", f"blueprints/{blueprint['id']}/")[1]["problems"]
    assert [(it["code"], it["node"], it["parameter"]) for it in found] == [
        ("unknown_credential", "ask", "credential")
    ]
    assert found[0]["message"] == "ada has no credential 'Shop': make it, or choose another one."


def test_an_editor_is_offered_names_and_told_which_serve(call: Caller, other: Caller) -> None:
    made(call)
    made(call, name="Open", for_editors=True, hosts=["api.example.com"])
    blueprint = call.make(nodes=ASKS, edges=["start.out -> ask.in"])["id"]
    share_with(Blueprint.objects.get(pk=blueprint), "eve", Right.EDIT)
    place = f"blueprints/{blueprint}/credentials/"
    offered = [
        {"id": None, "name": "Open", "kind": "bearer", "usable": True, "connected": None},
        {"id": None, "name": "Shop", "kind": "bearer", "usable": False, "connected": None},
    ]
    body = other("GET", place)[1]
    assert body == {"owner": "ada", "yours": False, "credentials": offered}
    mine = call("GET", place)[1]
    assert mine["yours"] is True
    assert all(it["usable"] and it["id"] for it in mine["credentials"])


def test_kinds_have_schemas_with_their_secrets_marked(call: Caller) -> None:
    kinds = {it["kind"]: it for it in call("GET", "credentials/kinds/")[1]}
    named = ["bearer", "basic", "header", "query", "oauth2", "oauth2_code", "values"]
    assert list(kinds) == named
    assert kinds["basic"]["schema"]["properties"]["password"]["widget"] == "secret"
    assert "widget" not in kinds["basic"]["schema"]["properties"]["username"]


def test_exports_have_the_name_alone(call: Caller) -> None:
    made(call)
    blueprint = call.make(nodes=ASKS, edges=["start.out -> ask.in"])["id"]
    _, _, answer = call("GET", f"blueprints/{blueprint}/document/")
    document = answer.json()
    assert document["nodes"]["ask"]["parameters"]["credential"] == "Shop"
    assert SECRET not in answer.content.decode()


def test_a_secret_that_was_given_for_one_address_goes_to_no_other(
    call: Caller, problem: Check
) -> None:
    fields = {"token_url": "https://a.com/t", "client_id": "me", "client_secret": SECRET}
    place = f"credentials/{made(call, kind='oauth2', fields=fields)['id']}/"
    without: list[dict[str, str]] = [{}, {"client_secret": ""}]
    for also in without:
        other = {"fields": {"token_url": "https://b.com/t", **also}}
        told = problem(call("PATCH", place, other), 400, "invalid")
        assert "Enter it anew" in told["detail"]
    assert call("GET", place)[1]["fields"]["token_url"] == "https://a.com/t"
    both = {"fields": {"token_url": "https://b.com/t", "client_secret": "another"}}
    assert call("PATCH", place, both)[0] == 200
    assert call("PATCH", place, {"fields": {"scope": "read"}})[0] == 200
