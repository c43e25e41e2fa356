"""Describes webhooks as an OpenAPI document: addresses, methods, who may call, bodies, answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from runner.models import Authentication, Webhook
from runner.webhooks.addresses import secret_header, webhook_url
from runner.webhooks.lookup import Trigger, address_of

VERSION = "3.1.0"
JSON = "application/json"
PROBLEM = "application/problem+json"
BODILESS = ("GET", "HEAD")


def describe(webhooks: Iterable[Webhook], base: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all of these webhooks that answer, below `base`.

    A webhook that is disabled or not published is left out. It holds no secret, but the
    addresses, which are one where a webhook asks for no other.
    """
    paths: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    for webhook in webhooks:
        # A test address goes by the draft and is gone in two hours.
        if not webhook.enabled or webhook.draft:
            continue
        triggers = address_of(webhook).triggers
        if not triggers:
            continue
        security = _security(webhook, schemes)
        tags[webhook.blueprint.name] = {"name": webhook.blueprint.name}
        start = urlsplit(webhook_url(webhook, base)).path
        templates: dict[tuple[str, ...], list[str]] = {}
        for trigger in triggers:
            path, parameters = _path(trigger.path.segments or (), templates)
            item = paths.setdefault(start + path, {})
            if parameters:
                item["parameters"] = parameters
            for method in trigger.methods:
                operation = _operation(webhook, trigger, method)
                item.setdefault(method.lower(), {**operation, "security": security})
    document: dict[str, Any] = {
        "openapi": VERSION,
        "info": {
            "title": "Webhooks of Conductor",
            "version": "1",
            "description": "The addresses at which published blueprints start.",
        },
        "servers": [{"url": base.rstrip("/")}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _SCHEMAS, "responses": _RESPONSES},
        "tags": [tags[name] for name in sorted(tags)],
    }
    if schemes:
        document["components"]["securitySchemes"] = schemes
    return document


def _path(
    segments: tuple[str, ...], templates: dict[tuple[str, ...], list[str]]
) -> tuple[str, list[dict[str, Any]]]:
    """Return a path as OpenAPI writes it, and its parameters.

    Two that differ in their names alone are one path there: the first one's names hold.
    """
    shape = tuple(":" if it.startswith(":") else it for it in segments)
    names = templates.setdefault(shape, [it[1:] for it in segments if it.startswith(":")])
    found = iter(names)
    path = "".join(f"/{{{next(found)}}}" if it == ":" else f"/{it}" for it in shape)
    return path, [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]


def _operation(webhook: Webhook, trigger: Trigger, method: str) -> dict[str, Any]:
    version = webhook.blueprint.published
    document: dict[str, Any] = version.drawing.document if version else {}
    node: dict[str, Any] = document.get("nodes", {}).get(trigger.node, {})
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{trigger.node}_{webhook.pk.hex}",
        "summary": str(node.get("title") or webhook.blueprint.name),
        "tags": [webhook.blueprint.name],
        "responses": _responses(webhook, trigger, document),
    }
    if text := str(document.get("description") or ""):
        operation["description"] = text
    if method not in BODILESS:
        operation["requestBody"] = {
            "required": bool(trigger.body_schema),
            "content": {JSON: {"schema": trigger.body_schema}},
        }
    return operation


def _security(webhook: Webhook, schemes: dict[str, Any]) -> list[dict[str, list[str]]]:
    scheme, header = webhook.authentication, secret_header(webhook)
    if scheme == Authentication.NONE:
        return []
    if scheme == Authentication.BASIC:
        name, shown = "basic", {"type": "http", "scheme": "basic"}
    elif header.lower() == "authorization":
        name, shown = "bearer", {"type": "http", "scheme": "bearer"}
        if scheme == Authentication.JWT:
            name, shown = "jwt", {**shown, "bearerFormat": "JWT"}
    else:
        about = Authentication(scheme).label
        name = f"{scheme}-{header.lower()}"
        shown = {"type": "apiKey", "in": "header", "name": header, "description": about}
    schemes[name] = shown
    return [{name: []}]


def _responses(
    webhook: Webhook, trigger: Trigger, document: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    accepted = {"$ref": "#/components/responses/Accepted"}
    found: dict[str, dict[str, Any]] = {}
    if trigger.response == "respond_node":
        found.update(_answers(document))
        found.setdefault("204", {"description": "The run ended without an answer."})
        found.setdefault("202", accepted)
    elif trigger.response == "when_finished":
        outputs = {"type": "object", "properties": {name: {} for name in _outputs(document)}}
        found["200"] = {
            "description": "The run has finished: its outputs.",
            "content": {JSON: {"schema": outputs}},
        }
        found["202"] = accepted
    elif trigger.response == "stream":
        found["200"] = {
            "description": "What the run tells, as server-sent events.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    else:
        found["202"] = accepted
    problems = {"400": "The request cannot be read.", "413": "The body is too large."}
    if webhook.authentication != Authentication.NONE:
        problems["401"] = "The request does not prove who sends it."
    if trigger.body_schema:
        problems["422"] = "The body is not what is declared."
    if webhook.networks:
        problems["403"] = "The request comes from elsewhere."
    if webhook.rate_limit:
        problems["429"] = "There were too many requests; Retry-After says when to come again."
    if trigger.response != "at_once":
        problems["500"] = "The run has not succeeded."
    for status, about in problems.items():
        schema = {"$ref": "#/components/schemas/Problem"}
        found.setdefault(status, {"description": about, "content": {PROBLEM: {"schema": schema}}})
    return dict(sorted(found.items()))


def _answers(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for node in document.get("nodes", {}).values():
        if node.get("kind") != "webhook.respond" or node.get("settings", {}).get("disabled"):
            continue
        given = node.get("parameters", {})
        status = given.get("status", 200)
        # A status that is computed is not known before the run.
        key = str(status) if isinstance(status, int) else "default"
        shown: dict[str, Any] = {"description": str(node.get("title") or "What the run answers.")}
        body = given.get("body")
        if "file" in given:
            shown["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        elif body is not None and not _computed(body):
            kind = "text/plain" if isinstance(body, str) else JSON
            shown["content"] = {kind: {"example": body}}
        yield key, shown


def _computed(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_computed(it) for it in inner)


def _outputs(document: Mapping[str, Any]) -> list[str]:
    nodes = document.get("nodes", {}).values()
    names = (
        node.get("parameters", {}).get("name")
        for node in nodes
        if node.get("kind") == "flow.output"
    )
    return sorted({name for name in names if isinstance(name, str) and "{{" not in name})


_SCHEMAS: dict[str, Any] = {
    "Accepted": {
        "type": "object",
        "required": ["run", "status_url", "page"],
        "properties": {
            "run": {"type": "string", "format": "uuid"},
            "status_url": {"type": "string", "format": "uri"},
            "page": {"type": "string", "format": "uri"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["status", "code", "detail"],
        "properties": {
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "title": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
}
_RESPONSES: dict[str, Any] = {
    "Accepted": {
        "description": "The run is accepted; it is at this address.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Accepted"}}},
    }
}
