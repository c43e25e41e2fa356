"""Store a drawing by its content."""

from __future__ import annotations

from editor.models import Drawing
from runner.graph import Document, content_hash
from runner.graph.files import to_json


def store_drawing(document: Document) -> Drawing:
    """Return the stored drawing of this document; the same content is stored once."""
    drawing, _ = Drawing.objects.get_or_create(
        hash=content_hash(document), defaults={"document": to_json(document)}
    )
    return drawing
