"""The part of a document that one node needs: what "run to here" runs."""

from __future__ import annotations

from collections.abc import Iterator

from runner.graph.document import Document, Node
from runner.graph.texts import nodes_named, texts_in


def excerpt_to(document: Document, name: str) -> Document:
    """Return the document with no nodes but this one, and those from which it can be reached.

    Nodes that these name in expressions (`nodes["…"]`) belong to it, with what
    leads to them. Raises KeyError where there is no such node.
    """
    before: dict[str, list[str]] = {}
    for edge in document.edges:
        before.setdefault(edge.target, []).append(edge.source)
    needed: set[str] = set()
    pending = [name]
    while pending:
        known = pending.pop()
        if known in needed:
            continue
        node = document.nodes[known]
        needed.add(known)
        pending += before.get(known, ())
        pending += (read for read in _named(node) if read in document.nodes)
    return document.model_copy(
        update={
            "nodes": {key: node for key, node in document.nodes.items() if key in needed},
            "edges": [it for it in document.edges if {it.source, it.target} <= needed],
            "layout": {key: place for key, place in document.layout.items() if key in needed},
            "notes": [],
            "tests": [],
        }
    )


def _named(node: Node) -> Iterator[str]:
    for text in texts_in([node.parameters, node.settings.model_dump()]):
        yield from nodes_named(text)
