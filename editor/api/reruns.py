"""Running a run again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.runs import chosen, run_shown
from editor.api.view import View
from editor.models import Right
from runner.actions import rerun
from runner.actions.rerun import Rerun as Made
from runner.actions.rerun import Start
from runner.engine.stand_ins import pins_of
from runner.graph import load


class Rerun(View):
    """Rerunning."""

    unsound_status = 422

    @extend_schema(
        operation_id="rerun",
        request=shapes.NewRerun,
        responses={
            200: shapes.RerunShape,
            201: shapes.RerunShape,
            404: shapes.ProblemDetails,
            409: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Run a run again, as a new run; 200 where it was only asked what would be (`dry`)."""
        origin = self.run(run_id, Right.RUN)
        given = self.given(shapes.NewRerun, request)
        start: Start = given["start"]
        # Whoever gives a step other inputs stands in for what comes before it.
        right = Right.EDIT if start.how == "step" and start.inputs is not None else Right.RUN
        blueprint = self.blueprint(origin.blueprint_id, right)
        drawing, version, pins = origin.drawing, origin.version, None
        if given["version"] != "same":
            draft = given["version"] == "draft"
            drawing, version = chosen(blueprint, draft=draft)
            pins = pins_of(load(drawing.document)) if draft else {}
        made = rerun(
            origin,
            start,
            drawing=drawing,
            version=version,
            pins=pins,
            trigger="api" if request.auth else "manual",
            by=self.user,
            dry=given["dry"],
            debug=given.get("debug"),
        )
        if made.run is None:
            return Response(self._shown(made, None))
        shown = run_shown(self.run(made.run.pk, Right.RUN), self.least)
        location = {"Location": f"/api/runs/{made.run.pk}/"}
        return Response(self._shown(made, shown), 201, headers=location)

    @staticmethod
    def _shown(made: Made, run: dict[str, Any] | None) -> dict[str, Any]:
        return {
            "run": run,
            "reused": [{"step": step, "was": was} for step, was in made.reused.items()],
            "repeated": [
                {"step": it.step, "code": it.code, "reason": it.reason} for it in made.repeated
            ],
        }
