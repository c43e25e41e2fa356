"""Documents as files."""

from __future__ import annotations

from editor.api.shapes.fields import Choice, Query, Whole


class DocumentForm(Query):
    """In which form a document is wanted."""

    format = Choice(["json", "yaml"], required=False, help_text="else as the header Accept says")


class ExportQuery(DocumentForm):
    """What of a blueprint is exported."""

    version = Whole(required=False, min_value=1, help_text="else the draft")
