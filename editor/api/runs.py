"""Runs: start, list, read, read the events, cancel."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.actions import store_drawing
from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Blueprint, BlueprintVersion, Drawing, Right
from editor.shown import run_in_list
from editor.veil import veiled_document
from editor.visible import newest_runs_of, owned, runs_of, shown_as
from runner import stopping
from runner.actions import cancel_run, problems_of
from runner.actions.accept import Wishes
from runner.actions.history import events_of_run
from runner.actions.partial import Part, origin_for, start_part
from runner.actions.start import start
from runner.actions.summary import run_summary
from runner.graph import DocumentInvalid, load
from runner.models import WHOLE, Run, RunStatus, note_newest
from runner.queue.holding import holds_of

OVER = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)
LOOK_EVERY = 0.05


def run_shown(run: Run, right: Right) -> dict[str, Any]:
    """Return a run with the document that it executes, as far as the right to it shows that."""
    document = run.drawing.document
    whole = right.allows(Right.EDIT)
    return {**run_summary(run), "document": document if whole else veiled_document(document)}


class StartRun(View):
    """Starting runs of a blueprint."""

    unsound_status = 422

    @extend_schema(
        operation_id="start_run",
        request=shapes.NewRun,
        responses={
            200: shapes.RunDetail,
            201: shapes.RunDetail,
            202: shapes.RunDetail,
            409: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
            503: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Start a run of the published version, or of the draft as it is now."""
        blueprint = self.blueprint(blueprint_id, Right.RUN)
        given = self.given(shapes.NewRun, request)
        if given["to"] or given["from"] or given["mocks"] or given.get("reuse"):
            # What stands in for nodes makes another blueprint of it than the owner's.
            self.blueprint(blueprint_id, Right.EDIT)
        wishes = wishes_of(given)
        if wishes.priority is not None:
            # Its place among others is the blueprint's to say.
            self.blueprint(blueprint_id, Right.EDIT)
        drawing, version = chosen(blueprint, draft=given["draft"])
        more: dict[str, Any] = {
            "blueprint": blueprint,
            "drawing": drawing,
            "version": version,
            "trigger": "api" if request.auth else "manual",
            "trigger_node": given["trigger"],
            "by": self.user,
            "debug": given.get("debug"),
        }
        new = True
        if part := self._part(blueprint, given):
            run = start_part(part, inputs=given.get("inputs"), **more)
        else:
            accepted = start(inputs=given.get("inputs", {}), wishes=wishes, **more)
            run, new = accepted.run, accepted.new
        over = _wait(run.pk, given["wait"])
        shown = run_shown(self.run(run.pk, Right.RUN), self.least)
        late = given["wait"] > 0 and not over
        status = 202 if late else 201 if new else 200
        return Response(shown, status, headers={"Location": f"/api/runs/{run.pk}/"})

    def _part(self, blueprint: Blueprint, given: dict[str, Any]) -> Part | None:
        """Return what of the drawing is asked for; None for a whole run of its own."""
        part = Part(to=given["to"], since=given["from"], mocks=given["mocks"])
        wanted = given.get("reuse", bool(part.to or part.since))
        if not wanted:
            return part if part.to or part.mocks else None
        chosen_run = None
        if isinstance(wanted, str):
            chosen_run = self.run(UUID(wanted), Right.EDIT)
            if chosen_run.blueprint_id != blueprint.pk:
                raise ApiProblem(409, "other_blueprint", "The run is one of another blueprint.")
        return replace(part, origin=origin_for(blueprint, chosen_run, part))


class Runs(View):
    """The runs of the blueprints that the user may see."""

    guests = True

    @extend_schema(
        operation_id="list_runs",
        parameters=[shapes.RunQuery],
        responses=shapes.page_of(shapes.RunShape, "RunPage"),
    )
    def get(self, request: Request) -> Response:
        """List runs, newest first."""
        query = self.asked(shapes.RunQuery, request)
        blueprint = query.get("blueprint")
        # One index has those of a blueprint, or of a run, in their order.
        one = blueprint or query.get("parent")
        rows = runs_of(self.who) if one else newest_runs_of(self.who)
        if wanted := query.get("status"):
            rows = rows.filter(shown_as(wanted))
        if blueprint:
            rows = rows.filter(blueprint=blueprint)
        if parent := query.get("parent"):
            rows = rows.filter(parent=parent)
        elif "step" not in query:
            # Those of items belong to the run that they are parts of.
            rows = rows.filter(WHOLE)
        if "dead" in query:
            rows = rows.filter(dead=query["dead"])
        if queue := query.get("queue"):
            rows = rows.filter(queue=queue)
        if step := query.get("step"):
            rows = rows.filter(parent__isnull=False, parent_step=step)
        return self.page_of(rows, self._listed)

    def _listed(self, runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
        # Not with the rows: SQLite would look for it in each of those that it sorts.
        note_newest(runs)
        held_by = holds_of(runs)
        for run in runs:
            yield run_in_list(run, owned(self.who, run), held_by.get(run.pk, ()))


class OneRun(View):
    """A run."""

    guests = True

    @extend_schema(
        operation_id="read_run", responses={200: shapes.RunDetail, 404: shapes.ProblemDetails}
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Read a run, with its document."""
        return Response(run_shown(self.run(run_id, Right.VIEW), self.least))


class Events(View):
    """The journal of a run."""

    guests = True

    @extend_schema(
        operation_id="read_events",
        parameters=[shapes.EventQuery],
        responses={
            200: shapes.EventPage,
            404: shapes.ProblemDetails,
            409: shapes.ProblemDetails,
            410: shapes.ProblemDetails,
        },
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Read the events after one; `last_seq` says how far the journal goes."""
        run = self.run(run_id, Right.VIEW)
        query = self.asked(shapes.EventQuery, request)
        events = events_of_run(run, query["after"], query["limit"])
        return Response({"events": events, "last_seq": run.last_seq})


class Cancel(View):
    """Cancelling."""

    @extend_schema(
        operation_id="cancel_run",
        request=None,
        responses={202: shapes.RunDetail, 409: shapes.ProblemDetails},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Ask a run to stop; one that is over answers 409."""
        run = self.run(run_id, Right.RUN)
        if run.status in OVER:
            raise ApiProblem(409, "run_is_over", f"The run is over: it has {run.status}.")
        cancel_run(run, f"cancelled by {self.user.get_username()}")
        return Response(run_shown(self.run(run_id, Right.RUN), self.least), 202)


def chosen(blueprint: Blueprint, *, draft: bool) -> tuple[Drawing, BlueprintVersion | None]:
    """Return what is to run: the draft as it is now, or what is published.

    Raises DocumentInvalid for an unsound draft, ApiProblem where nothing is published.
    """
    if draft:
        document = load(blueprint.draft)
        errors = [found for found in problems_of(document, blueprint) if found.severity == "error"]
        if errors:
            raise DocumentInvalid(errors)
        return store_drawing(document), None
    if blueprint.published is None:
        raise ApiProblem(
            409,
            "not_published",
            'This blueprint was never published. Publish it, or run the draft with "draft": true.',
        )
    return blueprint.published.drawing, blueprint.published


def wishes_of(given: dict[str, Any]) -> Wishes:
    """Return what a body wants of the queue."""
    due = given.get("run_at")
    if delay := given.get("delay"):
        due = timezone.now() + timedelta(seconds=delay)
    return Wishes(
        outside=True,
        due=due,
        priority=given.get("priority"),
        unique=given.get("unique"),
        unique_for=given.get("unique_for"),
    )


def _wait(run_id: UUID, seconds: float) -> bool:
    """Wait until the run is over or paused; this thread serves one request, so it may sleep."""
    deadline = time.monotonic() + seconds
    while True:
        status, paused = Run.objects.values_list("status", "paused").get(pk=run_id)
        left = deadline - time.monotonic()
        if status in OVER or paused or left <= 0:
            return status in OVER
        if stopping.pause(min(LOOK_EVERY, left)):
            return False
