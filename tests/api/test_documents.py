"""Documents as files over the API: read in any form, exported as JSON and YAML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.graph import load, to_json
from tests.api.conftest import DOCUMENT, Caller

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

Check = Callable[..., dict[str, Any]]
YAML = b"name: From YAML\nnodes:\n  a: {kind: no.such, parameters: {x: 1}}\n"


def raw(call: Caller, path: str, body: bytes | None = None, **headers: str) -> Response:
    method = "GET" if body is None else "POST"
    return call.client.generic(
        method, f"/api/{path}", body or b"", content_type="text/plain", headers=headers
    )


def test_yaml_is_read_and_unknown_kinds_are_kept(call: Caller) -> None:
    answer = raw(call, "documents/", YAML)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert to_json(load(answer.content))["nodes"] == {
        "a": {"kind": "no.such", "parameters": {"x": 1}}
    }


def test_the_operations_of_an_openapi_file_are_one_document(call: Caller) -> None:
    shop = (
        b"openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n"
        b"  /orders: {get: {responses: {}}, post: {responses: {}}}\n"
    )
    answer = raw(call, "documents/", shop)
    assert answer.status_code == 200, answer.content
    kinds = [node["kind"] for node in to_json(load(answer.content))["nodes"].values()]
    assert kinds == ["trigger.webhook", "webhook.respond"] * 2
    wrong = raw(call, "documents/", shop.replace(b"/orders", b"orders"))
    assert (wrong.status_code, "must begin with a slash" in wrong.json()["detail"]) == (400, True)


def test_json_is_written_as_yaml(call: Caller) -> None:
    text = raw(call, "documents/", YAML).content
    for answer in (
        raw(call, "documents/?format=yaml", text),
        raw(call, "documents/", text, Accept="application/yaml"),
    ):
        assert answer.headers["Content-Type"] == "application/yaml"
        assert b"name: From YAML\n" in answer.content
        assert load(answer.content) == load(YAML)


def test_garbage_is_refused_with_problem_details_in_either_form(
    call: Caller, problem: Check
) -> None:
    for form in ("json", "yaml"):
        answer = raw(call, f"documents/?format={form}", b"nodes: [")
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem((answer.status_code, answer.json(), answer), 400, "document_invalid")
    status, found, answer = call("POST", "documents/", b"  ")
    problem((status, found, answer), 400, "empty")
    newer = {**DOCUMENT, "format": "conductor/9"}
    found = problem(call("POST", "documents/", newer), 400, "document_invalid")
    assert "newer Conductor" in found["detail"]


def test_draft_and_versions_are_exported_in_both_forms(call: Caller, problem: Check) -> None:
    made = call.make(name="Grüße / today")
    path = f"blueprints/{made['id']}/"
    call("POST", f"{path}publish/")
    changed = {**made["document"], "description": "newer"}
    call("PUT", path, {"document": changed}, If_Match="1")
    for form in ("json", "yaml"):
        draft = raw(call, f"{path}document/?format={form}")
        assert to_json(load(draft.content)) == changed
        name = "filename*=UTF-8''Gr%C3%BC%C3%9Fe-today"
        assert draft.headers["Content-Disposition"] == f"attachment; {name}.{form}"
        version = raw(call, f"{path}document/?format={form}&version=1")
        assert to_json(load(version.content)) == made["document"]
    problem(call("GET", f"{path}document/?version=2"), 404, "not_found")
    problem(call("GET", f"{path}document/?version=zero"), 400, "invalid")


def test_no_export_holds_a_secret(call: Caller) -> None:
    nodes = {"hook": {"kind": "trigger.webhook"}}
    made = call.make(nodes=nodes, edges=[])
    body = {"blueprint": made["id"], "node": "hook", "authentication": "header"}
    status, hook, _ = call("POST", "webhooks/", body)
    assert status == 201, hook
    secret = hook["secret"]
    assert secret
    for form in ("json", "yaml"):
        text = raw(call, f"blueprints/{made['id']}/document/?format={form}").content.decode()
        assert secret not in text
        assert hook["id"] not in text


def test_no_export_holds_a_password_that_is_typed_into_a_node(call: Caller) -> None:
    typed = {"type": "bearer", "username": "ada", "password": "hush-9"}
    computed = {"type": "bearer", "password": "{{ vars.token }}"}
    nodes = {
        name: {"kind": "http.request", "parameters": {"url": "http://a.example", **parameters}}
        for name, parameters in {
            "typed": {"authentication": typed},
            "computed": {"authentication": computed},
        }.items()
    }
    made = call.make(nodes=nodes, edges=[])
    for form in ("json", "yaml"):
        text = raw(call, f"blueprints/{made['id']}/document/?format={form}").content
        assert b"hush-9" not in text
        given = to_json(load(text))["nodes"]
        assert given["typed"]["parameters"]["authentication"] == {**typed, "password": ""}
        assert given["computed"]["parameters"]["authentication"] == computed
    # In the draft it stays.
    assert "hush-9" in str(call("GET", f"blueprints/{made['id']}/")[1]["document"])


def test_what_somebody_else_owns_is_not_exported(
    call: Caller, problem: Check, other: Caller
) -> None:
    made = call.make()
    problem(other("GET", f"blueprints/{made['id']}/document/"), 404, "not_found")
