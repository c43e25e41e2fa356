"""Save the draft of a blueprint, unless somebody else has saved in between."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from editor.models import Blueprint
from editor.together.rooms import write_document
from runner.graph import Document
from runner.graph.files import check_size, to_json


class RevisionConflict(Exception):
    """The draft was saved by somebody else since it was read."""

    def __init__(self, yours: dict[str, Any], revision: int, current: Blueprint) -> None:
        self.yours = yours
        self.revision = revision
        self.current = current
        super().__init__(
            f"The draft is at revision {current.revision}; your changes were made to {revision}."
        )


def save_draft(
    blueprint: Blueprint,
    document: Document,
    revision: int,
    *,
    name: str | None = None,
    by: User | None = None,
) -> Blueprint:
    """Save the draft (and the name, where one is given) if it still is at `revision`.

    Whoever has the blueprint open in the editor gets what has changed. Returns the blueprint
    as it is now. Raises RevisionConflict, which holds both documents, where the draft has
    moved on, and DocumentInvalid where it would be too large; nothing is changed then.
    """
    draft = to_json(document)
    draft["name"] = name or document.name
    with transaction.atomic():
        row = Blueprint.objects.select_for_update().get(pk=blueprint.pk)
        current = row.revision == revision
        if current:
            check_size(draft, row.draft)
            write_document(row, draft, by)
    blueprint.refresh_from_db()
    if not current:
        raise RevisionConflict(draft, revision, blueprint)
    return blueprint
