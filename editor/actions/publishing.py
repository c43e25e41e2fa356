"""Publish the draft of a blueprint as its next version."""

from __future__ import annotations

from contextlib import suppress

from django.contrib.auth.models import User
from django.db import connection, transaction

from editor.actions.drawings import store_drawing
from editor.models import Blueprint, BlueprintReference, BlueprintVersion
from runner.actions import problems_of
from runner.actions.named import find
from runner.graph import Document, DocumentInvalid, Unresolved, load, references
from runner.listeners import keeping as listeners
from runner.queue import slots
from runner.queue.wake import wake_workers
from runner.schedules import keeping as schedules

# A number of our own among the locks that PostgreSQL keeps for applications.
PUBLISHING = 0x636F6E64


def publish(blueprint: Blueprint, by: User | None, message: str = "") -> BlueprintVersion:
    """Publish the draft and return the version, which never changes again.

    A draft that is published already is not published a second time. Raises
    DocumentInvalid, with all problems, where the draft could not run.
    """
    with transaction.atomic():
        current = _locked(blueprint)
        document = load(current.draft)
        errors = [found for found in problems_of(document, current) if found.severity == "error"]
        if errors:
            raise DocumentInvalid(errors)
        drawing = store_drawing(document)
        version = current.published
        if version is None or version.drawing_id != drawing.pk:
            last = current.versions.order_by("-number").first()
            version = BlueprintVersion.objects.create(
                blueprint=current,
                number=last.number + 1 if last else 1,
                drawing=drawing,
                message=message,
                published_by=by,
            )
            refer(version, document)
            Blueprint.objects.filter(pk=current.pk).update(published=version)
            schedules.keep_in_step(current, document)
            listeners.keep_in_step(current, document)
            # A limit that this version raises holds for what waits already.
            if slots.give(current.pk):
                transaction.on_commit(wake_workers)
    blueprint.refresh_from_db()
    return version


def refer(version: BlueprintVersion, document: Document) -> None:
    """Write down which blueprints a version names."""
    rows: dict[tuple[str, str, object], BlueprintReference] = {}
    for reference in references(document):
        target = find(version.blueprint.owner, reference.blueprint)
        rows[reference.kind, reference.node, target.pk] = BlueprintReference(
            version=version,
            kind=reference.kind,
            node=reference.node,
            target=target,
            recursive=reference.recursive,
        )
    BlueprintReference.objects.bulk_create(rows.values())


def _locked(blueprint: Blueprint) -> Blueprint:
    """Lock the blueprint and those that its draft names, and return it as it is now.

    All who publish take turns, so that numbers have no doubles, and so that
    nobody overlooks a circle that two close whose blueprints do not name each other.
    """
    if connection.vendor == "postgresql":
        # SQLite has one writer anyway.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHING])
    keys = {blueprint.pk}
    for reference in references(load(blueprint.draft)):
        with suppress(Unresolved):
            keys.add(find(blueprint.owner, reference.blueprint).pk)
    rows = Blueprint.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}
    if blueprint.pk not in found:
        raise Blueprint.DoesNotExist
    return found[blueprint.pk]
