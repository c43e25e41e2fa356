"""Webhooks as OpenAPI: described validly, drawn from files, and garbage told exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from openapi_spec_validator import validate

from editor.actions import publish
from editor.models import Blueprint
from runner.graph import DocumentInvalid
from runner.models import Webhook
from runner.nodes.schemas import misfits, wrong_with
from runner.openapi.reading import read
from runner.webhooks.addresses import create_webhook
from tests.api.conftest import Caller, call, other, problem, user

__all__ = ["call", "other", "problem", "user"]

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"$ref": "#/components/schemas/Note"}},
}
FILE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders/{order-id}": {
            "delete": {"summary": "Drop", "responses": {"204": {"description": "gone"}}}
        },
        "/orders": {
            "summary": "Orders",
            "post": {
                "operationId": "makeOrder",
                "summary": "Make an order",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": ORDER}},
                },
                "responses": {
                    "400": {"description": "no"},
                    "201": {
                        "description": "made",
                        "content": {"application/json": {"example": {"id": 7, "state": "new"}}},
                    },
                },
            },
            "get": {
                "responses": {
                    "200": {
                        "description": "all",
                        "content": {
                            "application/json": {"schema": {"type": "array", "items": ORDER}}
                        },
                    }
                }
            },
        },
    },
    "components": {"schemas": {"Note": {"type": "string", "nullable": True, "maxLength": 20}}},
}


def test_a_file_becomes_drafts_that_publish_and_are_described_again(
    call: Caller, user: User
) -> None:
    # What is there twice would be written as an alias.
    body = yaml.safe_dump(json.loads(json.dumps(FILE)), sort_keys=False).encode()
    for _ in range(2):
        status, made, _ = call("POST", "hooks/import/", body)
        assert status == 201, made
    names = [it["name"] for it in made["blueprints"]]
    assert names == ["Drop 2", "Make an order 2", "GET /orders 2"]  # nothing is overwritten
    assert made["blueprints"][1]["operations"] == ["POST /orders"]
    _, one, _ = call("POST", "hooks/import/?into=one", body)
    assert [it["name"] for it in one["blueprints"]] == ["Orders"]
    blueprint = Blueprint.objects.get(pk=one["blueprints"][0]["id"])
    assert blueprint.published is None
    nodes = blueprint.draft["nodes"]
    drop = "delete_orders_order_id"
    assert nodes[drop]["parameters"]["path"] == "/orders/:order_id"
    own = {"makeOrder", "makeOrder_answer", "get_orders", "get_orders_answer"}
    assert set(nodes) == own | {drop, f"{drop}_answer"}
    assert nodes["makeOrder"]["title"] == "Make an order"
    assert nodes["makeOrder_answer"]["parameters"] == {
        "status": 201,
        "body": {"id": 7, "state": "new"},
    }
    assert nodes["get_orders_answer"]["parameters"]["body"] == [{"id": 0, "note": ""}]
    publish(blueprint, user)
    for node, scheme, header in (
        ("makeOrder", "hmac", ""),
        ("makeOrder", "basic", ""),
        ("get_orders", "header", "Authorization"),
        ("get_orders", "none", ""),
    ):
        create_webhook(blueprint, node, scheme, header, "ada" if scheme == "basic" else "")
    status, described, answer = call("GET", "hooks/openapi.json")
    assert status == 200
    validate(described)
    assert len(described["paths"]) == 4
    create_webhook(blueprint, "", "jwt", "", "")
    _, with_all, _ = call("GET", "hooks/openapi.json")
    validate(with_all)
    served = [path.split("/", 3)[3] for path in with_all["paths"] if path not in described["paths"]]
    assert sorted(served) == ["orders", "orders/{order_id}"]
    Webhook.objects.filter(authentication="none").update(draft=True)
    assert len(call("GET", "hooks/openapi.json")[1]["paths"]) == 5
    Webhook.objects.filter(authentication="jwt").delete()
    Webhook.objects.update(draft=False)
    posts = [it["post"] for it in described["paths"].values() if "post" in it]
    schema = posts[0]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["note"] == {"type": ["string", "null"], "maxLength": 20}
    assert posts[0]["responses"]["201"]["content"] == {
        "application/json": {"example": {"id": 7, "state": "new"}}
    }
    assert {"422", "401", "202"} <= set(posts[0]["responses"])
    kinds = {it["type"] for it in described["components"]["securitySchemes"].values()}
    assert kinds == {"apiKey", "http"}
    text = call.client.get(f"/api/hooks/openapi.yaml?blueprint={blueprint.pk}").content
    assert yaml.safe_load(text)["paths"] == described["paths"]
    assert "no-store" in answer.headers.get("Cache-Control", "no-store")


def test_each_way_of_answering_is_described_and_only_to_the_owner(
    call: Caller, other: Caller, user: User, problem: Callable[..., dict[str, Any]]
) -> None:
    for response, statuses in (("at_once", ["202"]), ("when_finished", ["200", "202"])):
        made = call.make(
            nodes={
                "hook": {"kind": "trigger.webhook", "parameters": {"response": response}},
                "out": {"kind": "flow.output", "parameters": {"name": "total"}},
            },
            edges=["hook.out -> out.in"],
        )
        blueprint = Blueprint.objects.get(pk=made["id"])
        create_webhook(blueprint, "hook", "github", "", "")
        assert call("GET", f"hooks/openapi.json?blueprint={made['id']}")[1]["paths"] == {}
        publish(blueprint, user)
        _, described, _ = call("GET", f"hooks/openapi.json?blueprint={made['id']}")
        validate(described)
        (path,) = described["paths"].values()
        assert [it for it in path["post"]["responses"] if it < "400"] == statuses
        problem(other("GET", f"hooks/openapi.json?blueprint={made['id']}"), 404, "not_found")
    assert other("GET", "hooks/openapi.json")[1]["paths"] == {}
    validate(other("GET", "hooks/openapi.json")[1])


def changed(path: str, value: Any) -> bytes:
    """Return the file with another value at a place, or without it (None)."""
    copy = json.loads(json.dumps(FILE))
    *way, last = path.split("|")
    inner = copy
    for name in way:
        inner = inner[name]
    inner[last] = value
    return json.dumps(copy).encode()


POST = "paths|/orders|post"
SCHEMA = f"{POST}|requestBody|content|application/json|schema"
GARBAGE: dict[str, tuple[bytes, str]] = {
    "text": (b"hello", "This is no OpenAPI document"),
    "not JSON": (b'{"openapi": ', "it is not JSON"),
    "binary": (b"\xff\xfe\x00", "it is not UTF-8"),
    "deep": (b"[" * 5000, "it is not JSON"),
    "alias": (b"a: &x [1]\nb: *x", "line 2 uses a YAML alias"),
    "swagger": (b'{"swagger": "2.0"}', 'must be a version 3.0, 3.1 or 3.2; it is "2.0"'),
    "number": (changed("openapi", 3), "openapi: must be a version 3.0, 3.1 or 3.2; it is 3"),
    "paths": (changed("paths", []), "paths: must be an object; it is []"),
    "empty": (changed("paths", {}), "paths: has no operation"),
    "half": (changed("paths|/a.{b}", {"get": {}}), "paths./a.{b}: has the segment 'a.:b'"),
    "slash": (changed("paths|orders", {}), "paths.orders: must begin with a slash."),
    "item": (changed("paths|/orders", 7), "paths./orders: must be an object; it is 7"),
    "operation": (changed(POST, "x"), 'paths./orders.post: must be an object; it is "x"'),
    "options": (changed("paths|/orders|options", {}), "paths./orders.options: cannot be taken"),
    "summary": (
        changed(f"{POST}|summary", 1),
        "paths./orders.post.summary: must be a text; it is 1",
    ),
    "status": (changed(f"{POST}|responses|2000", {}), "responses.2000: must be a status"),
    "far": (changed(f"{SCHEMA}|$ref", "http://x/y"), "only what is in the file itself"),
    "nowhere": (changed(f"{SCHEMA}|$ref", "#/nope"), 'has the $ref "#/nope", but nothing is there'),
    "type": (changed(f"{SCHEMA}|type", "text"), "is wrong at schema.type"),
    "circle": (changed("paths|/orders|$ref", "#/paths/~1orders"), "leads round in a circle"),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_is_told_with_its_place(case: str) -> None:
    content, words = GARBAGE[case]
    with pytest.raises(DocumentInvalid) as caught:
        read(content)
    assert words in str(caught.value)


def test_an_import_that_fails_makes_nothing_over_the_api(
    call: Caller,
    problem: Callable[..., dict[str, Any]],
) -> None:
    problem(call("POST", "hooks/import/", b" "), 400, "empty")
    body = problem(call("POST", "hooks/import/", GARBAGE["slash"][0]), 400, "document_invalid")
    assert "paths.orders: must begin with a slash." in body["detail"]
    problem(call("POST", "hooks/import/?into=two", b"{}"), 400, "invalid")
    assert Blueprint.objects.count() == 0


@pytest.mark.parametrize("only", ["orders", "/orders"])
def test_a_part_of_a_file_is_taken_whatever_the_rest_holds(only: str) -> None:
    order = {
        "summary": "Order",
        "tags": ["orders"],
        "responses": {"200": {"description": "It is."}},
    }
    paths: dict[str, Any] = {f"/p{n}": {"get": {"responses": {}}} for n in range(300)}
    paths |= {"/orders": {"post": order}, "/a{x}.json": {"trace": {}, "get": {"tags": "orders"}}}
    file = json.dumps({"openapi": "3.1.0", "info": {"title": "Shop"}, "paths": paths}).encode()
    assert [(it.method, it.path) for it in read(file, only).operations] == [("POST", "/orders")]
    with pytest.raises(DocumentInvalid, match=r"302 operations|p0|trace"):
        read(file)
    with pytest.raises(DocumentInvalid, match="no operation with the tag"):
        read(file, "nobody")


def test_a_body_is_compared_with_the_only_alternative_of_its_type() -> None:
    pet = {"type": "object", "required": ["name"], "properties": {"id": {"type": "integer"}}}
    body = {"anyOf": [pet, {"type": "null"}]}
    assert misfits(body, {"id": "x"}) == [
        "body lacks 'name'.",
        'body.id must be a whole number; it is "x".',
    ]
    assert "any of the given" in misfits(body, 5)[0]
    two = {"anyOf": [pet, {"type": "object", "required": ["id"]}]}
    assert "any of the given" in misfits(two, {})[0]


def test_schemas_that_could_run_long_are_refused_or_not_followed() -> None:
    assert wrong_with({"properties": {"a": {"$ref": "#"}}}).startswith("has '$ref' at schema.prop")
    assert wrong_with({"type": "nonsense"}).startswith("is wrong at schema.type")
    assert "bytes" in wrong_with({"title": "x" * 70_000})
    assert misfits({"pattern": "(a+)+$"}, "a" * 100 + "!") == []
    unlike = misfits({"uniqueItems": True}, [{"a": 1}, 2, {"a": 1}])
    assert unlike == ["body must not have an item twice."]
    itself = {**FILE, "components": {"schemas": {"Note": {"$ref": "#/components/schemas/Note"}}}}
    assert read(json.dumps(itself).encode()).operations[1].schema["properties"]["note"] is True
    # Each level names the next twice: written out, it would be a million parts.
    schemas: dict[str, Any] = {
        f"L{n}": {"allOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 2} for n in range(20)
    }
    schemas |= {"L20": {}, "Note": {"$ref": "#/components/schemas/L0"}}
    with pytest.raises(DocumentInvalid, match="more than 3,000 parts"):
        read(json.dumps({**FILE, "components": {"schemas": schemas}}).encode())
