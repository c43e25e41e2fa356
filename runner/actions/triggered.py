"""What triggers with rows have in common: they follow what is published, and start runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.contrib.auth.models import User

from editor.models import Blueprint, Drawing
from runner.actions.accept import NewRow, accept_run
from runner.actions.rerun import accepted_event
from runner.graph import Document
from runner.graph.document import Node
from runner.models import Run


def rows_in_step(
    blueprint: Blueprint, document: Document, rows: Any, kinds: Collection[str]
) -> Iterator[tuple[str, Node, Any]]:
    """Yield each trigger node of these kinds with its row, None where it has none yet.

    `rows` are those of all blueprints; the rows of nodes that are gone are deleted first.
    """
    nodes = {name: node for name, node in document.nodes.items() if node.kind in kinds}
    found = {row.node: row for row in rows.filter(blueprint=blueprint)}
    for name, row in found.items():
        if name not in nodes:
            row.delete()
    for name, node in nodes.items():
        yield name, node, found.get(name)


def start_triggered(
    blueprint: Blueprint,
    node: str,
    trigger: str,
    inputs: Mapping[str, Any],
    *,
    by: User | None = None,
) -> Run:
    """Accept a run that begins at a trigger node, of the version that is published.

    Raises AssertionError where none is: whoever calls has looked.
    """
    version = blueprint.published
    assert version is not None
    return accept_run(
        NewRow(
            events=[accepted_event(inputs, node, trigger, stand_ins={})],
            blueprint=blueprint,
            # A run needs to know of the drawing which it is, not what is drawn.
            drawing=Drawing(pk=version.drawing_id),
            version=version,
            inputs=dict(inputs),
            trigger=trigger,
            trigger_node=node,
            by=by,
        )
    ).run
