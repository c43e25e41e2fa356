"""Messages to endpoints: list, read with all attempts, send again."""

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
from editor.visible import messages_of, newest_messages_of
from runner.models import UNDELIVERED, MessageStatus, OutgoingMessage
from runner.outgoing.messages import header_names, send_again
from runner.written import written_in


def message_shown(message: OutgoingMessage) -> dict[str, Any]:
    """Return a message as lists show it."""
    return {
        "id": str(message.pk),
        "webhook_id": message.webhook_id,
        "endpoint": str(message.endpoint_id),
        "type": message.type,
        "status": str(message.status),
        "why": message.why,
        "tries": message.tries,
        "run": str(message.run_id) if message.run_id else None,
        "created": message.created,
        "ended": message.ended,
        "due": message.due if message.status == MessageStatus.WAITING else None,
    }


def message_detail(message: OutgoingMessage) -> dict[str, Any]:
    """Return a message with its body and attempts; of its headers the names, which tell enough."""
    return {
        **message_shown(message),
        "body": bytes(message.body).decode(errors="replace"),
        "headers": header_names(message),
        "attempts": [
            {
                "started": attempt.started,
                "milliseconds": attempt.milliseconds,
                "status": attempt.status,
                "error": attempt.error,
                "answer": bytes(attempt.answer).decode(errors="replace").replace("\0", "\ufffd"),
            }
            for attempt in message.attempts.all()
        ],
    }


class Messages(View):
    """The messages to the user's endpoints."""

    @extend_schema(
        operation_id="list_messages",
        parameters=[shapes.MessageQuery],
        responses=shapes.page_of(shapes.MessageShape, "MessagePage"),
    )
    def get(self, request: Request) -> Response:
        """List messages, newest first."""
        query = self.asked(shapes.MessageQuery, request)
        # One index has those of an endpoint, and others those of a run, and the few that wait.
        waiting = query.get("status") == MessageStatus.WAITING
        one = query.get("endpoint") or query.get("run") or waiting
        rows = (messages_of if one else newest_messages_of)(self.user)
        for name in ("endpoint", "run", "status"):
            if value := query.get(name):
                rows = rows.filter(**{name: value})
        if waiting and not query.get("endpoint"):
            # By what the index of those that wait says of them.
            rows = rows.filter(ended__isnull=True)
        elif query.get("status") in UNDELIVERED and not query.get("run"):
            rows = rows.filter(written_in("status", UNDELIVERED))
        return self.page(rows.defer("body"), message_shown)


class OneMessage(View):
    """A message."""

    @extend_schema(
        operation_id="read_message",
        responses={200: shapes.MessageDetail, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, message_id: UUID) -> Response:
        """Read a message with every attempt to send it."""
        found = get_object_or_404(messages_of(self.user), pk=message_id)
        return Response(message_detail(found))


class SendAgain(View):
    """Sending a message again."""

    @extend_schema(
        operation_id="send_message_again",
        request=None,
        responses={202: shapes.MessageShape, 409: shapes.ProblemDetails},
    )
    def post(self, request: Request, message_id: UUID) -> Response:
        """Send a message that has ended once more, with the same id, by the whole schedule."""
        found = get_object_or_404(messages_of(self.user), pk=message_id)
        if not found.endpoint.enabled:
            raise ApiProblem(409, "endpoint_off", "The endpoint is switched off; switch it on.")
        if not send_again([found]):
            raise ApiProblem(409, "message_waits", "The message waits for its next attempt anyway.")
        found.refresh_from_db()
        return Response(message_shown(found), 202)
