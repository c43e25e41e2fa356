"""Approvals: what the user is asked for, and what they decide."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.shown import approval_shown
from runner.actions import approvals
from runner.models import Wait


class Approvals(View):
    """The open approvals that the user is asked for."""

    @extend_schema(operation_id="list_approvals", responses=shapes.Approvals)
    def get(self, request: Request) -> Response:
        """List the approvals that wait for the user's decision, newest first."""
        found = approvals.approvals_of(self.user)
        return Response({"results": [approval_shown(wait, self.user) for wait in found]})


class OneApproval(View):
    """One approval that the user is asked for."""

    @extend_schema(
        operation_id="read_approval",
        responses={
            200: shapes.ApprovalShape,
            403: shapes.ProblemDetails,
            404: shapes.ProblemDetails,
        },
    )
    def get(self, request: Request, approval_id: UUID) -> Response:
        """Read an approval, also one that is over."""
        return Response(approval_shown(self._wait(approval_id), self.user))

    @extend_schema(
        operation_id="decide_approval",
        request=shapes.Decision,
        responses={
            200: shapes.ApprovalShape,
            403: shapes.ProblemDetails,
            404: shapes.ProblemDetails,
            409: shapes.ProblemDetails,
            410: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Approve or reject, once."""
        given = self.given(shapes.Decision, request)
        self._wait(approval_id)
        try:
            wait = approvals.decide(
                self.user,
                approval_id,
                approve=given["decision"] == "approve",
                comment=given["comment"],
            )
        except approvals.AlreadyDecided as error:
            raise ApiProblem(409, "already_decided", str(error.__doc__)) from error
        except approvals.ApprovalOver as error:
            raise ApiProblem(410, "approval_over", str(error.__doc__)) from error
        return Response(approval_shown(wait, self.user))

    def _wait(self, approval_id: UUID) -> Wait:
        try:
            return approvals.approval_for(self.user, approval_id)
        except Wait.DoesNotExist as error:
            raise Http404 from error
        except approvals.NotAsked as error:
            raise ApiProblem(403, "not_asked", str(error.__doc__)) from error
