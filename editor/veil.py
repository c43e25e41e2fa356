"""What others than the owner are not shown of a blueprint and its runs, and what no file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from runner.nodes import node_types

HIDDEN = "••••••"
# Whoever has such an address can start or resume a run; its end is the secret.
_ADDRESS = re.compile(r"(/hooks/(?:resume/)?)[^\s\"'<>\\/?#]+")
_SECRETS = ("secret", "password")

Schema = Mapping[str, Any]


def veiled_text(text: str) -> str:
    """Return a text, also one of JSON, without what opens the addresses in it."""
    return _ADDRESS.sub(rf"\1{HIDDEN}", text) if "/hooks/" in text else text


def veiled(value: Any) -> Any:
    """Return a JSON value without what opens the addresses in it."""
    if isinstance(value, str):
        return veiled_text(value)
    if isinstance(value, Mapping):
        return {key: veiled(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [veiled(part) for part in value]
    return value


def veiled_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without the secrets that are written into its nodes.

    Of a kind that is not installed here nobody knows which parameters are secrets.
    """
    nodes = document.get("nodes", {})
    found: dict[str, Any] = veiled(document)
    found["nodes"] = {name: _veiled_node(veiled(node)) for name, node in nodes.items()}
    return found


def document_to_give(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as a file has it: fields of secrets are empty, unless they are computed.

    They are not veiled there: whoever reads the file in would send the veil as a password.
    """
    nodes = document.get("nodes", {})
    return {**document, "nodes": {name: _node_to_give(node) for name, node in nodes.items()}}


def _node_to_give(node: dict[str, Any]) -> dict[str, Any]:
    parameters, known = node.get("parameters"), node_types().get(node.get("kind", ""))
    if not parameters or known is None:
        return node
    schema = known.spec.schema
    return {**node, "parameters": _without_secrets(parameters, schema, schema, _unless_computed)}


def _unless_computed(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else ""
    return value if text.startswith("{{") and text.endswith("}}") else ""


def _hidden(_value: Any) -> Any:
    return HIDDEN


def _veiled_node(node: dict[str, Any]) -> dict[str, Any]:
    parameters = node.get("parameters")
    if not parameters:
        return node
    known = node_types().get(node.get("kind", ""))
    if known is None:
        return {**node, "parameters": dict.fromkeys(parameters, HIDDEN)}
    schema = known.spec.schema
    return {**node, "parameters": _without_secrets(parameters, schema, schema, _hidden)}


def _without_secrets(
    value: Any, schema: Schema, root: Schema, instead: Callable[[Any], Any]
) -> Any:
    """Return a value with something instead of what its schema says is a secret."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = {**root.get("$defs", {}).get(name, {}), **schema}
    if schema.get("widget") in _SECRETS or schema.get("format") in _SECRETS:
        return instead(value) if value not in (None, "") else value
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        value = _without_secrets(value, part, root, instead)
    if isinstance(value, Mapping):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        rest = others if isinstance(others, Mapping) else {}
        return {
            key: _without_secrets(part, fields.get(key) or rest, root, instead)
            for key, part in value.items()
        }
    if isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
        return [_without_secrets(part, items, root, instead) for part in value]
    return value
