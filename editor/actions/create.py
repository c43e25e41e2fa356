"""Create a blueprint."""

from __future__ import annotations

from django.contrib.auth.models import User

from editor.models import Blueprint
from runner.graph import Document
from runner.graph.files import check_size, to_json


def create_blueprint(*, owner: User, name: str, document: Document | None = None) -> Blueprint:
    """Create a blueprint with this document, or an empty one, as its draft.

    Raises DocumentInvalid where the document is too large.
    """
    draft = to_json(document or Document(name=name))
    draft["name"] = name
    check_size(draft)
    return Blueprint.objects.create(owner=owner, name=name, draft=draft)
