"""Running the test cases that a blueprint carries."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from runner.actions.cases import run_cases
from runner.graph import load


class Tests(View):
    """Test cases."""

    unsound_status = 422

    @extend_schema(
        operation_id="run_tests",
        request=shapes.WantedTests,
        responses={
            200: shapes.TestReportShape,
            404: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Run the test cases of the draft, or of a version, in memory."""
        blueprint = self.blueprint(blueprint_id, Right.RUN)
        given = self.given(shapes.WantedTests, request)
        source = blueprint.draft
        if number := given.get("version"):
            version = blueprint.versions.select_related("drawing").filter(number=number).first()
            if version is None:
                raise ApiProblem(404, "not_found", f"This blueprint has no version {number}.")
            source = version.drawing.document
        document = load(source)
        names = given.get("names")
        known = {case.name for case in document.tests}
        if names is not None and (unknown := [name for name in names if name not in known]):
            raise ApiProblem(422, "unknown_test", f"There is no test {unknown[0]!r}.")
        return Response(run_cases(document, names).to_json())
