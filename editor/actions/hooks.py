"""Make blueprints of an OpenAPI file: drafts, beside those that there are."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.models import User
from django.db import transaction

from editor.actions.copies import copy_document
from editor.models import Blueprint
from editor.nul import place_of_nul
from runner.graph import Document, DocumentInvalid, Problem
from runner.graph.files import parse, to_json
from runner.graph.pictures import is_picture
from runner.openapi.drawing import all_in_one, one_each
from runner.openapi.reading import Operation, is_openapi, read

Into = Literal["each", "one"]


def holds_hooks(content: bytes) -> bool:
    """Say whether a file is an OpenAPI document. Raises DocumentInvalid if it cannot be read."""
    # Without one of these words there is no need to read it twice.
    may_be = (b"openapi" in content or b"swagger" in content) and not is_picture(content)
    return may_be and is_openapi(parse(content))


def import_hooks(
    owner: User, content: bytes, into: Into = "each", only: str = ""
) -> list[tuple[Blueprint, list[Operation]]]:
    """Create a draft for each operation of the file, or `one` for all; nothing is overwritten.

    `only` is a tag of the operations that are wanted, or how their paths begin. Raises
    DocumentInvalid, with every problem and its place; then nothing is created.
    """
    drawn = draw_hooks(content, into, only)
    with transaction.atomic():
        return [(copy_document(owner, document), operations) for document, operations in drawn]


def draw_hooks(
    content: bytes, into: Into = "each", only: str = ""
) -> list[tuple[Document, list[Operation]]]:
    """Return a drawing for each operation of the file, or `one` for all. Raises DocumentInvalid."""
    api = read(content, only)
    drawn = all_in_one(api) if into == "one" else one_each(api)
    for document, _ in drawn:
        if place := place_of_nul(to_json(document)):
            said = f"{document.name}: {place} has a NUL character, which cannot be stored."
            raise DocumentInvalid([Problem("nul_character", said)])
    return drawn
