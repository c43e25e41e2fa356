"""Listeners: where they stand, pause and resume; what was set aside, and replay."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.visible import aside_of, listeners_of
from runner.listeners import control
from runner.listeners.summary import (
    aside_detail,
    aside_summary,
    in_state,
    listener_summaries,
    listener_summary,
)
from runner.models import Listener, MessageAside


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
        return self.page_of(rows, listener_summaries)


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


class AsideView(View):
    """A view of messages that were set aside: those of the user's own blueprints."""

    def message(self, message_id: UUID) -> MessageAside:
        """Return such a message; 404 for any other."""
        return get_object_or_404(aside_of(self.user), pk=message_id)


class Aside(AsideView):
    """What came to the user's listeners and could not become a run."""

    @extend_schema(
        operation_id="list_messages_aside",
        parameters=[shapes.AsideQuery],
        responses=shapes.page_of(shapes.AsideShape, "AsidePage"),
    )
    def get(self, request: Request) -> Response:
        """List messages that were set aside, newest first."""
        query = self.asked(shapes.AsideQuery, request)
        rows = aside_of(self.user).defer("content")
        for name in ("blueprint", "node"):
            if value := query.get(name):
                rows = rows.filter(**{name: value})
        if replayed := query.get("replayed"):
            rows = rows.filter(replayed__isnull=replayed == "no")
        return self.page(rows, aside_summary)


class OneAside(AsideView):
    """A message that was set aside."""

    @extend_schema(
        operation_id="read_message_aside",
        responses={200: shapes.AsideDetail, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, aside_id: UUID) -> Response:
        """Read it, with what came."""
        return Response(aside_detail(self.message(aside_id)))

    @extend_schema(operation_id="delete_message_aside", responses={204: None})
    def delete(self, request: Request, aside_id: UUID) -> Response:
        """Delete it."""
        self.message(aside_id).delete()
        return Response(status=204)


class ReplayAside(AsideView):
    """Replay."""

    @extend_schema(
        operation_id="replay_message_aside",
        request=None,
        responses={201: shapes.AsideShape, 409: shapes.ProblemDetails},
    )
    def post(self, request: Request, aside_id: UUID) -> Response:
        """Start a run of it, of the version that is published now; 409 says why that cannot be."""
        message = self.message(aside_id)
        try:
            control.replay(message, self.user)
        except control.ReplayRefused as error:
            raise ApiProblem(409, "replay_refused", str(error)) from error
        message.refresh_from_db()
        return Response(aside_summary(message), 201)
