"""Debugging a run: pause, continue, step, breakpoints, and the tokens in flight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.view import View
from editor.models import Right
from runner.actions import debug
from runner.actions.debug import Debugged
from runner.models import Run

ANSWERS = {
    200: shapes.DebuggedRun,
    202: shapes.DebuggedRun,
    409: shapes.ProblemDetails,
    422: shapes.ProblemDetails,
}


class DebugView(View):
    """A view of the debugger: what is asked is done (200), or will be, as soon as it can (202)."""

    unsound_status = 422

    def act(
        self,
        run_id: UUID,
        action: Callable[[Run, str], bool],
        wait: float = 0,
        right: Right = Right.RUN,
    ) -> Response:
        """Do something with a run, and wait until it stands still."""
        run = self.run(run_id, right)
        done = action(run, self.user.get_username())
        found = debug.settled(self.run(run_id, right), wait if done else 0)
        return Response(found.to_json(), 200 if done else 202)


class Pause(DebugView):
    """Pausing."""

    @extend_schema(operation_id="pause_run", request=None, responses=ANSWERS)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Pause a run: what is under way ends, nothing begins."""
        return self.act(run_id, debug.pause)


class Continue(DebugView):
    """Going on."""

    @extend_schema(operation_id="continue_run", request=shapes.GoOn, responses=ANSWERS)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Let a paused run go on."""
        given = self.given(shapes.GoOn, request)
        pause = given.get("pause")
        return self.act(run_id, lambda run, by: debug.go_on(run, by, pause), given["wait"])


class Step(DebugView):
    """Stepping."""

    @extend_schema(operation_id="step_run", request=shapes.StepOn, responses=ANSWERS)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Let one step of a paused run begin."""
        given = self.given(shapes.StepOn, request)
        path, meant = given.get("step"), {"over": given["over"], "pause": given.get("pause")}
        return self.act(run_id, lambda run, by: debug.step(run, by, path, **meant), given["wait"])


class Breakpoints(DebugView):
    """The breakpoints of a run."""

    @extend_schema(operation_id="set_breakpoints", request=shapes.BreakpointsSet, responses=ANSWERS)
    def put(self, request: Request, run_id: UUID) -> Response:
        """Give a run other breakpoints."""
        found: list[Any] = self.given(shapes.BreakpointsSet, request)["breakpoints"]
        return self.act(run_id, lambda run, by: debug.set_breakpoints(run, found, by))


class Tokens(DebugView):
    """The tokens in flight."""

    guests = True

    @extend_schema(
        operation_id="read_tokens", parameters=[shapes.TokenQuery], responses=shapes.DebuggedRun
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Say how a run stands in the debugger, with the tokens that are in flight."""
        query = self.asked(shapes.TokenQuery, request)
        return Response(Debugged.of(self.run(run_id, Right.VIEW)).to_json(query.get("token")))

    @extend_schema(operation_id="edit_token", request=shapes.EditedToken, responses=ANSWERS)
    def put(self, request: Request, run_id: UUID) -> Response:
        """Give a token of a paused run another value."""
        given = self.given(shapes.EditedToken, request)
        token, value = given["token"], given["value"]
        return self.act(
            run_id,
            lambda run, by: debug.edit_token(run, token, value, self.user),
            right=Right.EDIT,
        )
