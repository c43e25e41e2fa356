"""Why the nodes of a run ran, wait or did not run."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from runner.actions.explanation import NoSuchEvent, NoSuchNode, explain_run


class Explain(View):
    """Explaining."""

    guests = True

    unsound_status = 422

    @extend_schema(
        operation_id="explain_run",
        parameters=[shapes.ExplainQuery],
        responses={
            200: shapes.Explanations,
            400: shapes.ProblemDetails,
            404: shapes.ProblemDetails,
            410: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Say why each node, or one, ran, waits or did not run, as of any event of the run."""
        run = self.run(run_id, Right.VIEW)
        query = self.asked(shapes.ExplainQuery, request)
        try:
            at, found = explain_run(run, query.get("node"), query.get("at"))
        except NoSuchNode as error:
            raise ApiProblem(404, "no_such_node", str(error)) from error
        except NoSuchEvent as error:
            raise ApiProblem(400, "no_such_event", str(error)) from error
        return Response({"at": at, "nodes": [it.to_json() for it in found]})
