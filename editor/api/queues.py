"""Queues and dead letters: how they are, and what is done about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.visible import runs_of
from runner.actions.dead import dismiss, replay
from runner.actions.queues import delete_queue, save_queue
from runner.models import Queue, Run
from runner.queue.figures import QueueFigures, figures

SETTINGS = (
    "name",
    "priority",
    "concurrency",
    "rate",
    "burst",
    "when_full",
    "most_waiting",
    "paused",
    "draining",
)


class QueueView(View):
    """A view of queues, which are the operators': the admin's permissions say who may do what."""

    def permit(self, what: str) -> None:
        """Let in who has a permission for queues. Raises PermissionDenied."""
        if not self.user.has_perm(f"runner.{what}_queue"):
            raise PermissionDenied

    def queue(self, name: str) -> Queue:
        """Return a queue by its name; 404 where there is none."""
        return get_object_or_404(Queue, name=name)

    def shown(self, queue: Queue) -> dict[str, Any]:
        """Return a queue with its figures."""
        return queue_shown(queue, {it.name: it for it in figures()})


class Queues(QueueView):
    """The queues of the site."""

    @extend_schema(operation_id="list_queues", responses=shapes.QueueShape(many=True))
    def get(self, request: Request) -> Response:
        """List the queues with their figures, the most urgent first."""
        self.permit("view")
        found = {it.name: it for it in figures()}
        return Response([queue_shown(queue, found) for queue in Queue.objects.all()])

    @extend_schema(
        operation_id="create_queue",
        request=shapes.NewQueue,
        responses={201: shapes.QueueShape, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make a queue."""
        self.permit("add")
        queue = save_queue(Queue(), self.given(shapes.NewQueue, request))
        return Response(self.shown(queue), 201, headers={"Location": f"/api/queues/{queue.name}/"})


class OneQueue(QueueView):
    """A queue."""

    @extend_schema(
        operation_id="read_queue", responses={200: shapes.QueueShape, 404: shapes.ProblemDetails}
    )
    def get(self, request: Request, name: str) -> Response:
        """Read a queue with its figures."""
        self.permit("view")
        return Response(self.shown(self.queue(name)))

    @extend_schema(
        operation_id="change_queue", request=shapes.ChangedQueue, responses=shapes.QueueShape
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change a queue: its limits, or pause, resume or drain it; what is not given stays."""
        self.permit("change")
        return Response(
            self.shown(save_queue(self.queue(name), self.given(shapes.ChangedQueue, request)))
        )

    @extend_schema(operation_id="delete_queue", responses={204: None, 409: shapes.ProblemDetails})
    def delete(self, request: Request, name: str) -> Response:
        """Delete a queue; what waits in it goes to the default one."""
        self.permit("delete")
        delete_queue(self.queue(name))
        return Response(status=204)


class Replay(View):
    """Replaying dead letters."""

    @extend_schema(operation_id="replay", request=shapes.ToReplay, responses=shapes.ReplayedShape)
    def post(self, request: Request) -> Response:
        """Replay dead letters: those named, or all of a blueprint, 1,000 at a time."""
        given = self.given(shapes.ToReplay, request)
        rows = runs_of(self.who, Right.RUN).select_related("drawing").filter(dead=True)
        if "runs" in given:
            rows = rows.filter(pk__in=given["runs"])
        else:
            rows = rows.filter(blueprint=self.blueprint(given["blueprint"], Right.RUN))
        found = list(rows.order_by("created")[: shapes.MOST_REPLAYED])
        missing = set(given.get("runs", ())) - {run.pk for run in found}
        if missing:
            raise ApiProblem(
                404,
                "no_dead_letter",
                f"The run {min(missing)} is no dead letter that you may replay. "
                "Nothing was replayed.",
            )
        trigger = "api" if request.auth else "manual"
        done = replay(found, given["begin"], trigger=trigger, by=self.user)
        return Response(
            {
                "replayed": [{"run": old, "by": new} for old, new in done.runs.items()],
                "refused": [{"run": run, "why": why} for run, why in done.refused.items()],
            }
        )


class Dismiss(View):
    """Dismissing dead letters."""

    @extend_schema(
        operation_id="dismiss", request=None, responses={204: None, 409: shapes.ProblemDetails}
    )
    def post(self, request: Request, run_id: Any) -> Response:
        """Take a run off the list of dead letters."""
        run: Run = self.run(run_id, Right.RUN)
        if not dismiss([run]):
            raise ApiProblem(409, "no_dead_letter", "The run is no dead letter (any more).")
        return Response(status=204)


def queue_shown(queue: Queue, found: dict[str, QueueFigures]) -> dict[str, Any]:
    """Return a queue's settings and figures."""
    told = asdict(found.get(queue.name) or QueueFigures(queue.name))
    return {**told, **{name: getattr(queue, name) for name in SETTINGS}}
