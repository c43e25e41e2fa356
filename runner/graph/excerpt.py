"""The part of a document that some nodes need, and what comes after one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.graph.compensation import undoing_nodes
from runner.graph.document import Document, Node
from runner.graph.texts import nodes_named, texts_in


def excerpt_to(document: Document, *names: str) -> Document:
    """Return the document with no nodes but these, and those from which they can be reached.

    Nodes that these name in expressions (`nodes["…"]`) belong to it, with what
    leads to them; a frame belongs to it as a whole, as does what undoes a step.
    Raises KeyError where there is no such node.
    """
    related: dict[str, set[str]] = {known: set() for known in document.nodes}
    for edge in document.edges:
        if edge.target in related and edge.source in related:
            related[edge.target].add(edge.source)
    for known, node in document.nodes.items():
        related[known].update(read for read in _named(node) if read in related)
        if node.frame in related:
            related[known].add(node.frame)
            related[node.frame].add(known)
    for source, behind in undoing_nodes(document).items():
        related[source] |= behind
    needed = _reached(related, names)
    return document.model_copy(
        update={
            "nodes": {key: node for key, node in document.nodes.items() if key in needed},
            "edges": [it for it in document.edges if {it.source, it.target} <= needed],
            "layout": {key: place for key, place in document.layout.items() if key in needed},
            "collapsed": [key for key in document.collapsed if key in needed],
            "routes": {},
            "notes": [],
            "tests": [],
        }
    )


def nodes_after(document: Document, name: str) -> set[str]:
    """Return the node, and those to which something can come from it.

    What is inside a frame that is reached is reached, and so is the frame around a node.
    """
    related: dict[str, set[str]] = {known: set() for known in document.nodes}
    for edge in document.edges:
        if edge.target in related and edge.source in related:
            related[edge.source].add(edge.target)
    for known, node in document.nodes.items():
        if node.frame in related:
            related[known].add(node.frame)
            related[node.frame].add(known)
    return _reached(related, [name])


def _reached(related: dict[str, set[str]], names: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    pending = list(names)
    while pending:
        if (known := pending.pop()) not in reached:
            reached.add(known)
            pending += related[known]
    return reached


def _named(node: Node) -> Iterator[str]:
    for text in texts_in([node.parameters, node.settings.model_dump()]):
        yield from nodes_named(text)
