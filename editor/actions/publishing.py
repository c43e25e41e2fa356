"""Publish the draft of a blueprint as its next version."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from editor.actions.drawings import store_drawing
from editor.models import Blueprint, BlueprintVersion
from runner.actions import problems_of
from runner.graph import DocumentInvalid, load


def publish(blueprint: Blueprint, by: User | None, message: str = "") -> BlueprintVersion:
    """Publish the draft and return the version, which never changes again.

    A draft that is published already is not published a second time. Raises
    DocumentInvalid, with all problems, where the draft could not run.
    """
    with transaction.atomic():
        # Two who publish at once take turns, so that numbers have no doubles.
        current = Blueprint.objects.select_for_update(of=("self",)).get(pk=blueprint.pk)
        document = load(current.draft)
        errors = [problem for problem in problems_of(document) if problem.severity == "error"]
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
            Blueprint.objects.filter(pk=current.pk).update(published=version)
    blueprint.refresh_from_db()
    return version
