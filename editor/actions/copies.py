"""Make a blueprint of somebody else's document, under a name that is still free."""

from __future__ import annotations

from django.contrib.auth.models import User

from editor.actions.create import create_blueprint
from editor.models import Blueprint
from runner.graph import Document


def copy_document(owner: User, document: Document) -> Blueprint:
    """Create a fresh blueprint; where the owner has one of that name, this one gets a number."""
    stem = document.name or "Untitled blueprint"
    taken = set(
        Blueprint.objects.filter(owner=owner, name__startswith=stem).values_list("name", flat=True)
    )
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem} {number}", number + 1
    return create_blueprint(owner=owner, name=name, document=document)
