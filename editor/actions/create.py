"""Create a blueprint."""

from __future__ import annotations

from django.contrib.auth.models import User

from editor.models import Blueprint
from runner.graph import Document
from runner.graph.files import to_json


def create_blueprint(*, owner: User, name: str, document: Document | None = None) -> Blueprint:
    """Create a blueprint with this document, or an empty one, as its draft."""
    draft = to_json(document or Document(name=name))
    draft["name"] = name
    return Blueprint.objects.create(owner=owner, name=name, draft=draft)
