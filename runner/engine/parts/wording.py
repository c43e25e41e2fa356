"""The expressions of nodes, read and written anew; and names that are still free."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container
from keyword import iskeyword
from typing import Any

from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.renaming import Mention, replaced, replaced_in
from runner.graph import Document, Node
from runner.graph.document import Each
from runner.graph.plan import Types
from runner.graph.validation import evaluated_per_item

# Of a mention, and whether `item` and `index` are the node's own there.
NodeChange = Callable[[Mention, bool], str | None]


def with_mentions(node: Node, types: Types, change: NodeChange) -> Node:
    """Return the node with other mentions in its expressions; those that cannot be read stay."""
    typed = types.get(node.kind)
    mapped = node.settings.mapped
    parameters = {}
    for name, value in node.parameters.items():
        per_item = typed is not None and evaluated_per_item(typed.spec.parameters, name)
        own = per_item or mapped is not None
        parameters[name] = _changed(value, change, own=own, bare=per_item)
    settings = node.settings
    if isinstance(settings.each, Each) and settings.each.list is not None:
        listed = _changed(settings.each.list, change, own=False, bare=False)
        each = settings.each.model_copy(update={"list": listed})
        settings = settings.model_copy(update={"each": each})
    if parameters == node.parameters and settings == node.settings:
        return node
    return node.model_copy(update={"parameters": parameters, "settings": settings})


def _changed(value: Any, change: NodeChange, *, own: bool, bare: bool) -> Any:
    if isinstance(value, str):
        try:
            if "{{" in value:
                return replaced(value, lambda mention: change(mention, own))
            if bare and value.strip():
                return replaced_in(value, lambda mention: change(mention, own)) or value
        except ExpressionError:
            # Told as a problem of the drawing.
            return value
    if isinstance(value, dict):
        return {key: _changed(it, change, own=own, bare=bare) for key, it in value.items()}
    if isinstance(value, list):
        return [_changed(it, change, own=own, bare=bare) for it in value]
    return value


def read_by(document: Document, types: Types, name: str) -> list[tuple[Mention, bool]]:
    """Return all that a node's expressions mention, and whether `item` is its own there."""
    found: list[tuple[Mention, bool]] = []

    def note(mention: Mention, own: bool) -> None:
        found.append((mention, own))

    with_mentions(document.nodes[name], types, note)
    return found


def member(owner: str, key: str) -> str:
    """Return how an expression reads a key of something."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII) and not iskeyword(key)
    return f"{owner}.{key}" if plain else at(owner, key)


def at(owner: str, key: str) -> str:
    """Return how an expression reads a key in brackets."""
    return f"{owner}[{json.dumps(key)}]"


def free(wanted: str, taken: Container[str]) -> str:
    """Return a name like the wanted one that is not taken, fit for a node, an input or a port."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", wanted).strip("_")[:50] or "part"
    if not re.match(r"[A-Za-z_]", stem):
        stem = f"part_{stem}"[:50]
    number = 2
    found = stem
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found
