"""Which nodes of a drawing name credentials, and which blueprints use one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from editor.models import Blueprint
from runner.nodes import node_types


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter of a node that names a credential; `kinds` are those that it takes."""

    node: str
    parameter: str
    name: Any
    kinds: tuple[str, ...]


def named_in(document: Mapping[str, Any]) -> Iterator[Named]:
    """Yield the parameters of a document that name credentials, and are not left empty."""
    for key, node in document.get("nodes", {}).items():
        for parameter, kinds in parameters_of(node.get("kind", "")).items():
            name = node.get("parameters", {}).get(parameter)
            if name not in (None, ""):
                yield Named(key, parameter, name, kinds)


def parameters_of(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return the parameters of a node type that name credentials, with the kinds they take.

    No kinds: any.
    """
    typed = node_types().get(kind)
    if typed is None:
        return {}
    return {
        name: tuple(part.get("kinds", ()))
        for name, part in typed.spec.schema.get("properties", {}).items()
        if part.get("widget") == "credential"
    }


def users_of(owner: User, name: str) -> list[Blueprint]:
    """Return the owner's blueprints whose draft or published version names this credential."""
    rows = Blueprint.objects.filter(owner=owner).select_related("published__drawing")
    found = []
    for row in rows.order_by("name").iterator():
        documents = [row.draft]
        if row.published is not None:
            documents.append(row.published.drawing.document)
        if any(it.name == name for document in documents for it in named_in(document)):
            found.append(row)
    return found
