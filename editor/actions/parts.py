"""Make a blueprint of a part of a drawing, and put a called blueprint in place of its call."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction

from editor.actions.copies import copy_document
from editor.actions.publishing import publish
from editor.models import Blueprint, BlueprintVersion
from editor.visible import Who, blueprints_of
from runner.actions.named import find
from runner.engine.parts import Collapsed, Expanded, PartRefused, collapse, expand
from runner.graph import Document, Problem, Unresolved, load
from runner.graph.references import CALL
from runner.nodes import node_types


def collapse_part(
    blueprint: Blueprint,
    by: User,
    document: Document,
    nodes: Iterable[str],
    notes: Iterable[str],
    name: str,
) -> tuple[Collapsed, BlueprintVersion]:
    """Make and publish a blueprint of some nodes of a document of a blueprint.

    It belongs to whom the blueprint belongs to, for whom it is called. Nothing else is saved.
    Raises PartRefused, and DocumentInvalid where the part could not be published.
    """
    planned = collapse(document, node_types(), nodes, notes, name)
    with transaction.atomic():
        made = copy_document(blueprint.owner, planned.inner)
        version = publish(made, by, f"Collapsed from {blueprint.name}"[:200])
    return planned, version


def expand_call(blueprint: Blueprint, by: Who | User, document: Document, node: str) -> Expanded:
    """Return a document of a blueprint with what a node of it calls in place of that node.

    Nothing is saved. Raises PartRefused.
    """
    call = document.nodes.get(node)
    if call is None or call.kind != CALL:
        raise _refused(
            node, "expand_no_call", f"{node} does not run a blueprint; select one that does."
        )
    text = call.parameters.get("blueprint")
    if not isinstance(text, str) or not text or "{{" in text or "blueprint" in call.promoted:
        sentence = f"{node} does not say which blueprint it runs. Choose one first."
        raise _refused(node, "expand_no_blueprint", sentence)
    try:
        found = find(blueprint.owner, text)
    except Unresolved as error:
        raise _refused(node, error.code, str(error)) from None
    if not blueprints_of(by).filter(pk=found.pk).exists():
        sentence = f"You may not read the blueprint that {node} runs, so you cannot have its nodes."
        raise _refused(node, "expand_not_readable", sentence)
    if found.published is None:
        sentence = f"{found.name!r} was never published, so that {node} runs nothing. Publish it."
        raise _refused(node, "unpublished_blueprint", sentence)
    return expand(document, node_types(), node, load(found.published.drawing.document))


def _refused(node: str, code: str, message: str) -> PartRefused:
    return PartRefused([Problem(code, message, node=node)])
