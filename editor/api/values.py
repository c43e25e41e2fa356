"""The values of runs, page by page: what is too large for events and lists."""

from __future__ import annotations

from uuid import UUID

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from runner.actions.values import NoSuchValue, ValueLost, keys_of, page_of, value_at


class Values(View):
    """A value that a run took or gave."""

    guests = True

    @extend_schema(
        operation_id="read_value",
        parameters=[shapes.ValueQuery],
        responses={
            200: shapes.ValuePage,
            404: shapes.ProblemDetails,
            409: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def get(self, request: Request, run_id: UUID) -> Response | HttpResponse:
        """Read a part of a value, or all of it."""
        run = self.run(run_id, Right.VIEW)
        query = self.asked(shapes.ValueQuery, request)
        seq = query["seq"]
        try:
            path = keys_of(query["at"])
        except ValueError as error:
            raise ApiProblem(422, "not_a_pointer", str(error)) from error
        try:
            value = value_at(run, seq, path)
        except NoSuchValue as error:
            raise ApiProblem(404, "no_such_value", str(error.args[0])) from error
        except ValueLost as error:
            raise ApiProblem(409, "value_lost", f"The value cannot be read: {error}.") from error
        if not query["whole"]:
            return Response(page_of(value, seq, path, query["offset"], query["limit"]))
        name = "-".join([str(run.pk), str(seq), *(path[-1:] if path else [])])
        safe = "".join(it if it.isascii() and (it.isalnum() or it in "-_") else "_" for it in name)
        return HttpResponse(
            orjson.dumps(value),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{safe}.json"'},
        )
