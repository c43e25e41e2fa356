"""Blueprints: list, make, read, save, delete, publish, validate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor import shown
from editor.actions import create_blueprint, publish, save_draft
from editor.actions.deletion import delete_blueprint
from editor.actions.usage import used_by
from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Blueprint, Right
from editor.visible import blueprints_of, right_of
from runner.actions import problems_of
from runner.graph import load
from runner.queue.holding import holds_of

IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", required=True, description='the revision that you have: "7"'
)


def answer(request: Request, blueprint: Blueprint, right: Right, status: int = 200) -> Response:
    """Return a blueprint, as far as the right to it shows it, with its revision as ETag."""
    body = shown.blueprint_shown(blueprint, request.build_absolute_uri("/"), right)
    headers = {"ETag": f'"{blueprint.revision}"'}
    if status == 201:
        headers["Location"] = f"/api/blueprints/{blueprint.pk}/"
    return Response(body, status, headers=headers)


class Blueprints(View):
    """The user's blueprints."""

    @extend_schema(
        operation_id="list_blueprints",
        parameters=[shapes.BlueprintQuery],
        responses=shapes.page_of(shapes.BlueprintListed, "BlueprintPage"),
    )
    def get(self, request: Request) -> Response:
        """List blueprints, newest first."""
        query = self.asked(shapes.BlueprintQuery, request)
        rows = blueprints_of(self.who).select_related("published", "owner")
        if search := query.get("search"):
            rows = rows.filter(name__icontains=search)
        return self.page_of(rows, self._listed)

    def _listed(self, rows: Sequence[Blueprint]) -> list[dict[str, Any]]:
        newest = shown.last_runs(rows)
        held = holds_of(list(newest.values()))
        listed = []
        for row in rows:
            right = right_of(self.who, row) or Right.VIEW
            run = newest.get(row.pk)
            held_by = held.get(run.pk, ()) if run else ()
            listed.append(shown.blueprint_listed(row, run, right, held_by))
        return listed

    @extend_schema(
        operation_id="create_blueprint",
        request=shapes.NewBlueprint,
        responses={201: shapes.BlueprintShape, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make a blueprint."""
        given = self.given(shapes.NewBlueprint, request)
        document = load(given["document"]) if "document" in given else None
        name = _named(given.get("name") or (document.name if document else ""))
        made = create_blueprint(owner=self.user, name=name, document=document)
        return answer(request, made, Right.OWN, 201)


class OneBlueprint(View):
    """A blueprint with its draft."""

    guests = True

    @extend_schema(
        operation_id="read_blueprint",
        responses={200: shapes.BlueprintShape, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """Read a blueprint; its ETag is the revision that a save names."""
        return answer(request, self.blueprint(blueprint_id, Right.VIEW), self.least)

    @extend_schema(
        operation_id="save_blueprint",
        parameters=[IF_MATCH],
        request=shapes.ChangedBlueprint,
        responses={
            200: shapes.BlueprintShape,
            400: shapes.ProblemDetails,
            409: shapes.Conflict,
            428: shapes.ProblemDetails,
        },
    )
    def put(self, request: Request, blueprint_id: UUID) -> Response:
        """Save the draft. One with problems is saved; one that cannot be read is not."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        revision = named_revision(request, blueprint)
        given = self.given(shapes.ChangedBlueprint, request)
        document = load(given["document"])
        name = _named(given.get("name") or document.name or blueprint.name)
        saved = save_draft(blueprint, document, revision, name=name, by=self.user)
        return answer(request, saved, self.least)

    @extend_schema(
        operation_id="delete_blueprint",
        parameters=[shapes.Deletion],
        responses={204: None, 409: shapes.ProblemDetails},
    )
    def delete(self, request: Request, blueprint_id: UUID) -> Response:
        """Delete a blueprint with its versions, runs and webhooks; not while one of them runs."""
        asked = self.asked(shapes.Deletion, request)
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        delete_blueprint(blueprint, self.user, even_if_used=asked["even_if_used"])
        return Response(status=204)


class UsedBy(View):
    """Who uses a blueprint."""

    @extend_schema(operation_id="list_users_of_blueprint", responses=shapes.UsedBy)
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """Say whose published versions call it, start after it, or name it for their errors."""
        users, others = used_by(self.blueprint(blueprint_id, Right.OWN), self.user)
        return Response({"used_by": [user.to_json() for user in users], "others": others})


class OneInterface(View):
    """What a blueprint declares to those who run it."""

    guests = True

    @extend_schema(operation_id="read_interface", responses=shapes.Interface)
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """Read the inputs and outputs of the published version."""
        return Response(shown.interface_shown(self.blueprint(blueprint_id, Right.VIEW)))


class Publish(View):
    """Publishing."""

    unsound_status = 422

    @extend_schema(
        operation_id="publish_blueprint",
        request=shapes.Publication,
        responses={201: shapes.Published, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Make the draft the version that webhooks and scripts run; tells its warnings."""
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        given = self.given(shapes.Publication, request)
        version = publish(blueprint, self.user, given["message"])
        warnings = problems_of(load(version.drawing.document), blueprint)
        told = {"problems": [found.to_json() for found in warnings]}
        return Response({**shown.version_summary(version), **told}, 201)


class Validate(View):
    """Checking."""

    @extend_schema(
        operation_id="validate_blueprint", request=shapes.ToValidate, responses=shapes.ProblemList
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Say all that is wrong with a document or, without one, with the draft."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        given = self.given(shapes.ToValidate, request)
        document = load(given.get("document", blueprint.draft))
        return Response(
            {"problems": [found.to_json() for found in problems_of(document, blueprint)]}
        )


def named_revision(request: Request, blueprint: Blueprint) -> int:
    """Return the revision that `If-Match` names; `*` names whichever is there."""
    text = request.headers.get("If-Match", "").strip()
    if not text:
        raise ApiProblem(
            428,
            "revision_required",
            "Say with the header If-Match which revision you have changed; GET gives it as ETag.",
        )
    if text == "*":
        return blueprint.revision
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', text, re.ASCII)
    if not found:
        detail = f'If-Match is {text!r}, not a revision like "7".'
        raise ApiProblem(400, "revision_malformed", detail)
    return int(found[1])


def _named(name: str) -> str:
    if not name or len(name) > 200 or "\0" in name:
        raise ApiProblem(400, "name_invalid", "A blueprint needs a name of 1 to 200 characters.")
    return name
