"""A part of a drawing as a blueprint of its own, and back."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.actions.parts import collapse_part, expand_call
from editor.api import shapes
from editor.api.view import View
from editor.models import Right
from runner.graph import load, to_json


class Collapse(View):
    """Collapsing."""

    @extend_schema(
        operation_id="collapse_part",
        request=shapes.ToCollapse,
        responses={201: shapes.CollapsedPart, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Make and publish a blueprint of some nodes; the answer is the document that calls it.

        The draft itself is not changed. Where the two would not do what the document does,
        nothing is made, and the problems say why.
        """
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        given = self.given(shapes.ToCollapse, request)
        planned, version = collapse_part(
            blueprint,
            self.user,
            load(given["document"]),
            given["nodes"],
            given["notes"],
            given["name"],
        )
        made = version.blueprint
        body = {
            "document": to_json(planned.calling(str(made.pk))),
            "call": planned.call,
            "blueprint": {"id": str(made.pk), "name": made.name, "version": version.number},
            "notices": list(planned.notices),
        }
        return Response(body, 201)


class Expand(View):
    """Expanding."""

    @extend_schema(
        operation_id="expand_call",
        request=shapes.ToExpand,
        responses={200: shapes.ExpandedCall, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Return the document with the called blueprint's nodes in place of a call.

        The draft itself is not changed. Where the nodes would not do what the call does, the
        problems say why.
        """
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        given = self.given(shapes.ToExpand, request)
        done = expand_call(blueprint, self.who, load(given["document"]), given["node"])
        return Response(
            {
                "document": to_json(done.document),
                "nodes": list(done.nodes),
                "notices": list(done.notices),
            }
        )
