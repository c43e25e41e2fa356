"""Which labels of workers the runs of a document ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runner.graph.document import Document
from runner.graph.labels import MOST_LABELS, together
from runner.graph.problems import Problem
from runner.graph.references import CALL


def labels_of(document: Mapping[str, Any]) -> list[str]:
    """Return the labels that runs of a stored document ask for: its own, and its nodes'.

    Those of a node that calls another blueprint are asked for by the run that it starts.
    """
    found = _stated(document.get("settings"))
    for node in (document.get("nodes") or {}).values():
        settings = node.get("settings") or {}
        if node.get("kind") != CALL and not (settings.get("disabled") or settings.get("bypass")):
            found += _stated(settings)
    return sorted(set(found))


def asked_for(document: Mapping[str, Any]) -> set[str]:
    """Return the labels that runs of a stored document ask for, and those that it calls with.

    Each is a text of labels that one worker must have together; a call's own are asked for besides
    those of the blueprint that it calls.
    """
    calls = [name for name, it in (document.get("nodes") or {}).items() if it.get("kind") == CALL]
    texts = {together(labels_of(document)), *(together(labels_at(document, it)) for it in calls)}
    return texts - {""}


def labels_at(document: Mapping[str, Any], node: str) -> list[str]:
    """Return the labels that a node of a stored document states."""
    return _stated(((document.get("nodes") or {}).get(node) or {}).get("settings"))


def label_problems(document: Document) -> Iterator[Problem]:
    """Yield that the runs of the document would ask for too many labels."""
    stated = {*document.settings.labels}
    for node in document.nodes.values():
        stated |= set(node.settings.labels)
    if len(stated) > MOST_LABELS:
        yield Problem(
            "too_many_labels",
            f"The blueprint and its nodes ask for {len(stated)} labels of workers, at most "
            f"{MOST_LABELS} are possible. Take away those that no worker needs to tell apart.",
        )


def _stated(settings: Any) -> list[str]:
    given = settings.get("labels") if isinstance(settings, Mapping) else None
    return [str(label) for label in given] if isinstance(given, list) else []
