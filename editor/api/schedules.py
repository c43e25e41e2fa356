"""Schedules: what comes next, pause and resume, a run now, and a range made up for."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.view import View
from editor.models import Right
from editor.visible import schedules_of
from runner.actions.summary import run_listed
from runner.models import Calendar, Schedule
from runner.queue.holding import holds
from runner.schedules import control
from runner.schedules.summary import foresee, in_state, schedule_summary


class ScheduleView(View):
    """A view of schedules: those of the blueprints that somebody may see."""

    def schedule(self, schedule_id: UUID, right: Right) -> Schedule:
        """Return a schedule of a blueprint to which the caller has a right, else 404 or 403."""
        found = get_object_or_404(schedules_of(self.who), pk=schedule_id)
        self.blueprint(found.blueprint_id, right)
        return found


class Schedules(ScheduleView):
    """The schedules of the blueprints that the user may see."""

    @extend_schema(
        operation_id="list_schedules",
        parameters=[shapes.ScheduleQuery],
        responses=shapes.page_of(shapes.ScheduleShape, "SchedulePage"),
    )
    def get(self, request: Request) -> Response:
        """List schedules, newest first."""
        query = self.asked(shapes.ScheduleQuery, request)
        rows = schedules_of(self.who)
        if blueprint := query.get("blueprint"):
            rows = rows.filter(blueprint=blueprint)
        if state := query.get("state"):
            rows = in_state(rows, state)
        return self.page(rows, schedule_summary)


class Calendars(View):
    """The calendars of days off that schedules may name."""

    @extend_schema(operation_id="list_calendars", responses=shapes.CalendarShape(many=True))
    def get(self, request: Request) -> Response:
        """List the calendars that the operator keeps, by name."""
        names = Calendar.objects.order_by("name").values_list("name", flat=True)
        return Response([{"name": name} for name in names])


class Foresee(View):
    """What would come of parameters that nobody has published yet."""

    @extend_schema(
        operation_id="foresee_schedule", request=shapes.ToForesee, responses=shapes.Foreseen
    )
    def post(self, request: Request) -> Response:
        """Say when a schedule with such parameters would come, or what is wrong with them."""
        return Response(foresee(self.given(shapes.ToForesee, request)["parameters"]))


class OneSchedule(ScheduleView):
    """A schedule."""

    @extend_schema(
        operation_id="read_schedule",
        responses={200: shapes.ScheduleShape, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, schedule_id: UUID) -> Response:
        """Read a schedule, with the next five times."""
        return Response(schedule_summary(self.schedule(schedule_id, Right.VIEW)))


class Pause(ScheduleView):
    """Pausing."""

    @extend_schema(operation_id="pause_schedule", request=None, responses=shapes.ScheduleShape)
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Have it start nothing until it is resumed."""
        return Response(schedule_summary(control.pause(self.schedule(schedule_id, Right.OWN))))


class Resume(ScheduleView):
    """Going on."""

    @extend_schema(operation_id="resume_schedule", request=None, responses=shapes.ScheduleShape)
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Have it start again what comes from now on."""
        return Response(schedule_summary(control.resume(self.schedule(schedule_id, Right.OWN))))


class RunNow(ScheduleView):
    """A run beside the times."""

    @extend_schema(
        operation_id="run_schedule_now",
        request=None,
        responses={201: shapes.RunShape, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Start a run for this moment; its times come as if nothing had happened."""
        run = control.run_now(self.schedule(schedule_id, Right.RUN), self.user)
        shown = run_listed(run, holds(run))
        return Response(shown, 201, headers={"Location": f"/api/runs/{run.pk}/"})


class Backfill(ScheduleView):
    """Making up for a range."""

    @extend_schema(
        operation_id="backfill_schedule",
        request=shapes.NewBackfill,
        responses={
            200: shapes.BackfillShape,
            201: shapes.BackfillShape,
            422: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Start a run for each time of a range; 200 where it was only asked which (`dry`)."""
        schedule = self.schedule(schedule_id, Right.RUN)
        given = self.given(shapes.NewBackfill, request)
        made = control.backfill(schedule, given["begin"], given["end"], self.user, dry=given["dry"])
        shown = {
            "count": len(made.times),
            "times": [it.isoformat() for it in made.times],
            "runs": [str(run.pk) for run in made.runs],
        }
        return Response(shown, 200 if given["dry"] else 201)
