"""Expressions while they are written: what they give, what they can read, what they can call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Blueprint, Right
from editor.visible import runs_of
from runner.actions.preview import Asked, NoSuchNode, RunTooLong, preview
from runner.engine.expressions.told import told_calls
from runner.graph import load
from runner.models import WHOLE, Run


class Evaluate(View):
    """Trying an expression."""

    unsound_status = 422

    @extend_schema(
        operation_id="evaluate_expression",
        request=shapes.ToEvaluate,
        responses={
            200: shapes.Evaluation,
            404: shapes.ProblemDetails,
            410: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Say what an expression at a node of the draft gives on the values of a run."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        given: dict[str, Any] = self.given(shapes.ToEvaluate, request)
        run = self._run(blueprint, given.pop("run", None))
        try:
            found = preview(load(blueprint.draft), run, Asked(**given))
        except NoSuchNode as error:
            raise ApiProblem(404, "no_such_node", str(error)) from error
        except RunTooLong as error:
            raise ApiProblem(422, "run_too_long", str(error)) from error
        return Response({"run": str(run.pk) if run else None, **found.to_json()})

    def _run(self, blueprint: Blueprint, asked: UUID | None) -> Run | None:
        """Return the run that is asked for, or the newest whose values are kept."""
        rows = runs_of(self.who).filter(blueprint=blueprint)
        if asked is not None:
            return get_object_or_404(rows, pk=asked)
        return rows.filter(WHOLE, pruned=None).order_by("-created").first()


class Expressions(View):
    """The language of expressions."""

    @extend_schema(operation_id="describe_expressions", responses=shapes.Language)
    def get(self, request: Request) -> Response:
        """List the functions and methods that expressions can call."""
        return Response(told_calls())
