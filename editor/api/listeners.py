"""Listeners: where they stand, pause and resume."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.view import View
from editor.models import Right
from editor.visible import listeners_of
from runner.listeners import control
from runner.listeners.summary import in_state, listener_summary
from runner.models import Listener


class ListenerView(View):
    """A view of listeners: those of the blueprints that somebody may see."""

    def listener(self, listener_id: UUID, right: Right) -> Listener:
        """Return a listener of a blueprint to which the caller has a right, else 404 or 403."""
        found = get_object_or_404(listeners_of(self.who), pk=listener_id)
        self.blueprint(found.blueprint_id, right)
        return found


class Listeners(ListenerView):
    """The listeners of the blueprints that the user may see."""

    @extend_schema(
        operation_id="list_listeners",
        parameters=[shapes.ListenerQuery],
        responses=shapes.page_of(shapes.ListenerShape, "ListenerPage"),
    )
    def get(self, request: Request) -> Response:
        """List listeners, newest first."""
        query = self.asked(shapes.ListenerQuery, request)
        rows = listeners_of(self.who)
        if blueprint := query.get("blueprint"):
            rows = rows.filter(blueprint=blueprint)
        if state := query.get("state"):
            rows = in_state(rows, state)
        return self.page(rows, listener_summary)


class OneListener(ListenerView):
    """A listener."""

    @extend_schema(
        operation_id="read_listener",
        responses={200: shapes.ListenerShape, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, listener_id: UUID) -> Response:
        """Read a listener."""
        return Response(listener_summary(self.listener(listener_id, Right.VIEW)))


class Pause(ListenerView):
    """Pausing."""

    @extend_schema(operation_id="pause_listener", request=None, responses=shapes.ListenerShape)
    def post(self, request: Request, listener_id: UUID) -> Response:
        """Have nobody listen until it is resumed."""
        return Response(listener_summary(control.pause(self.listener(listener_id, Right.OWN))))


class Resume(ListenerView):
    """Going on."""

    @extend_schema(operation_id="resume_listener", request=None, responses=shapes.ListenerShape)
    def post(self, request: Request, listener_id: UUID) -> Response:
        """Have a worker listen again; what has failed is tried again at once."""
        return Response(listener_summary(control.resume(self.listener(listener_id, Right.OWN))))
