"""Draws blueprints of operations: a webhook trigger for each, and the answer of its success."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from runner.graph import Document
from runner.graph.files import from_json
from runner.openapi.reading import Api, Operation

RIGHT, BELOW = 260, 160


def one_each(api: Api) -> list[tuple[Document, list[Operation]]]:
    """Return a document for each operation. Raises DocumentInvalid."""
    return [(_document(title_of(it), it.description, [it]), [it]) for it in api.operations]


def all_in_one(api: Api) -> list[tuple[Document, list[Operation]]]:
    """Return one document with a trigger for each operation. Raises DocumentInvalid."""
    found = list(api.operations)
    return [(_document(api.title or "Webhooks", "", found), found)]


def title_of(operation: Operation) -> str:
    """Return what an operation is called: its summary, its id, or method and path."""
    return (operation.title or operation.id or f"{operation.method} {operation.path}")[:200]


def _document(name: str, description: str, operations: Sequence[Operation]) -> Document:
    nodes: dict[str, Any] = {}
    edges: list[str] = []
    layout: dict[str, list[int]] = {}
    for row, operation in enumerate(operations):
        stem = _name(operation, nodes) if len(operations) > 1 else "hook"
        answer = f"{stem}_answer" if len(operations) > 1 else "answer"
        parameters: dict[str, Any] = {
            "methods": [operation.method],
            "response": "respond_node",
        }
        if operation.route:
            parameters["path"] = operation.route
        if operation.schema and operation.method not in ("GET", "HEAD"):
            parameters["body_schema"] = operation.schema
        nodes[stem] = {
            "kind": "trigger.webhook",
            "title": title_of(operation),
            "parameters": parameters,
        }
        nodes[answer] = {
            "kind": "webhook.respond",
            "title": f"Answer {operation.status}",
            "parameters": {"status": operation.status, "body": operation.answer},
        }
        edges.append(f"{stem}.out -> {answer}.in")
        layout[stem], layout[answer] = [0, row * BELOW], [RIGHT, row * BELOW]
    return from_json(
        {
            "name": name,
            "description": description[:20_000],
            "nodes": nodes,
            "edges": edges,
            "layout": layout,
        }
    )


def _name(operation: Operation, taken: dict[str, Any]) -> str:
    text = operation.id or f"{operation.method.lower()}_{operation.path}"
    stem = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:40] or "hook"
    stem = stem if stem[0].isalpha() else f"hook_{stem}"
    name, number = stem, 2
    while name in taken or f"{name}_answer" in taken:
        name, number = f"{stem}_{number}", number + 1
    return name
