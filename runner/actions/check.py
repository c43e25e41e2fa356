"""Check a document against the node types of this installation."""

from __future__ import annotations

from runner.engine.expressions import check
from runner.graph import Document, Problem, validate
from runner.nodes import node_types


def problems_of(document: Document) -> list[Problem]:
    """Return every problem of the document, errors and warnings."""
    return validate(document, node_types(), check)
