"""Compensation in a drawing: what is behind `compensate` ports undoes steps, and does only that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.graph.document import Document, Edge
from runner.graph.ports import Port
from runner.graph.problems import Problem

COMPENSATE_PORT = Port(
    "compensate",
    required=False,
    description="What the step gave, when the run fails later: what is drawn here undoes it.",
)


def compensates(document: Document, edge: Edge) -> bool:
    """Say whether an edge leads to what undoes its source."""
    source = document.nodes.get(edge.source)
    return source is not None and source.settings.compensate and edge.output == COMPENSATE_PORT.name


def undoing_nodes(document: Document) -> dict[str, set[str]]:
    """Return the nodes that undo the steps of a node, for each that has any."""
    after: dict[str, list[str]] = {name: [] for name in document.nodes}
    starts: dict[str, list[str]] = {}
    for edge in document.edges:
        if edge.target not in after:
            continue
        if compensates(document, edge):
            starts.setdefault(edge.source, []).append(edge.target)
        elif edge.source in after:
            after[edge.source].append(edge.target)
    return {source: _reached(after, targets) for source, targets in starts.items()}


def compensation_problems(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the compensations of a drawing."""
    undoing = [edge for edge in document.edges if compensates(document, edge)]
    yield from _without_edge(document, {edge.source for edge in undoing})
    if not undoing:
        return
    after: dict[str, list[str]] = {name: [] for name in document.nodes}
    for edge in document.edges:
        if edge.source in after and edge.target in after and not compensates(document, edge):
            after[edge.source].append(edge.target)
    entered = {edge.target for edge in document.edges}
    for name, node in document.nodes.items():
        if node.frame in after and name not in entered:
            after[node.frame].append(name)
    main = _reached(after, [name for name in after if name not in entered])
    behind = _reached(after, [edge.target for edge in undoing if edge.target in after])
    for edge in undoing:
        inside = _reached(after, [edge.target] if edge.target in after else [])
        if both := sorted(inside & main):
            yield Problem(
                "compensation_not_apart",
                f"What undoes {edge.source} also runs in the ordinary course: {both[0]} is reached "
                "by other edges as well. Draw what undoes a step apart.",
                node=both[0],
                edge=str(edge),
            )
        if edge.source in behind:
            yield Problem(
                "compensation_of_compensation",
                f"{edge.source} undoes another step, so it cannot be undone itself. Take its "
                "'compensate' away; let it be tried again instead (retry).",
                node=edge.source,
                edge=str(edge),
            )


def _without_edge(document: Document, drawn: set[str]) -> Iterator[Problem]:
    for name, node in document.nodes.items():
        if node.settings.compensate and name not in drawn:
            yield Problem(
                "compensate_without_edge",
                f"{name} says that it can be undone, but no edge leads from {name}.compensate to "
                "what does that.",
                node=name,
                severity="warning",
            )


def _reached(after: dict[str, list[str]], starts: Iterable[str]) -> set[str]:
    found = set(starts)
    pending = list(found)
    while pending:
        for name in after[pending.pop()]:
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
