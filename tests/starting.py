"""Starts runs as the transports do, with what a test rarely cares about filled in."""

from __future__ import annotations

from typing import Any

from editor.actions import store_drawing
from editor.models import Blueprint
from runner.actions import start
from runner.graph import Document, load
from runner.models import Run


def start_run(
    blueprint: Blueprint, document: Document | dict[str, Any] | None = None, **given: Any
) -> Run:
    """Accept a run of this document, or else of the published version; `given` goes to `start`.

    Its owner starts it, by hand and without inputs, where nothing else is given.
    """
    version = None
    if document is None:
        version = blueprint.published
        assert version is not None
        drawing = version.drawing
    else:
        drawing = store_drawing(load(document) if isinstance(document, dict) else document)
    usual = {"inputs": {}, "trigger": "manual", "by": blueprint.owner}
    return start(blueprint=blueprint, drawing=drawing, version=version, **{**usual, **given}).run
