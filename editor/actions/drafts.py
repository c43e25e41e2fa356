"""Save the draft of a blueprint, unless somebody else has saved in between."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from editor.models import Blueprint
from runner.graph import Document
from runner.graph.files import to_json


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
    blueprint: Blueprint, document: Document, revision: int, *, name: str | None = None
) -> Blueprint:
    """Save the draft (and the name, where one is given) if it still is at `revision`.

    Returns the blueprint as it is now. Raises RevisionConflict, which holds
    both documents, where the draft has moved on; nothing is changed then.
    """
    draft = to_json(document)
    name = name or document.name
    draft["name"] = name
    with transaction.atomic():
        saved = Blueprint.objects.filter(pk=blueprint.pk, revision=revision).update(
            draft=draft, name=name, revision=revision + 1, updated=timezone.now()
        )
        blueprint.refresh_from_db()
    if not saved:
        raise RevisionConflict(draft, revision, blueprint)
    return blueprint
