"""Calls to webhook triggers: listen to a test address, see the last ones, deliver one again."""

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
from editor.visible import blueprints_of
from runner.journal.files import ValueLost
from runner.models import Webhook, WebhookDelivery
from runner.webhooks.addresses import webhook_url
from runner.webhooks.listening import call_shown, calls, listen, listening, stop_listening
from runner.webhooks.replay import deliver_again
from runner.webhooks.triggers import check_trigger


class Calls(View):
    """The last calls to a webhook trigger of a blueprint."""

    @extend_schema(
        operation_id="list_calls",
        parameters=[shapes.CallsQuery],
        responses=shapes.CallsShape,
    )
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """List the last 20 calls; only the owner sees those to other than the test address."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        return self._shown(blueprint, self.asked(shapes.CallsQuery, request)["node"])

    @extend_schema(operation_id="listen", request=shapes.Listening, responses=shapes.CallsShape)
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Open a test address for two hours: what calls it starts a run of the draft."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        node = self.given(shapes.Listening, request)["node"]
        check_trigger(Webhook(blueprint=blueprint, node=node))
        listen(blueprint, node, self.user)
        return self._shown(blueprint, node)

    @extend_schema(
        operation_id="stop_listening", parameters=[shapes.CallsQuery], responses={204: None}
    )
    def delete(self, request: Request, blueprint_id: UUID) -> Response:
        """End the test address."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        stop_listening(blueprint, self.asked(shapes.CallsQuery, request)["node"])
        return Response(status=204)

    def _shown(self, blueprint: Blueprint, node: str) -> Response:
        rows = calls(blueprint, node, tests_only=self.least is not Right.OWN)
        shown = self._listening(blueprint, node)
        return Response({"listening": shown, "calls": [call_shown(row) for row in rows]})

    def _listening(self, blueprint: Blueprint, node: str) -> dict[str, Any] | None:
        webhook = listening(blueprint, node)
        if webhook is None or webhook.expires is None:
            return None
        url = webhook_url(webhook, self.request.build_absolute_uri("/"))
        return {"url": url, "expires": webhook.expires.isoformat()}


class Replay(View):
    """Delivering a call again."""

    @extend_schema(
        operation_id="replay_call",
        request=shapes.Replayed,
        responses={201: shapes.CallShape, 409: shapes.ProblemDetails},
    )
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Start a run of the draft or the published version from a stored call.

        Who sent it is not checked again: whoever may do this answers for it.
        """
        rows = WebhookDelivery.objects.select_related("webhook")
        rows = rows.filter(webhook__blueprint__in=blueprints_of(self.who))
        delivery = get_object_or_404(rows, pk=delivery_id)
        right = Right.EDIT if delivery.webhook.draft else Right.OWN
        self.blueprint(delivery.webhook.blueprint_id, right)
        to = self.given(shapes.Replayed, request)["to"]
        if to == "published" and delivery.webhook.draft:
            # What is published runs for whoever owns it.
            self.blueprint(delivery.webhook.blueprint_id, Right.RUN)
        try:
            made = deliver_again(delivery, self.user, draft=to == "draft")
        except ValueLost as error:
            raise ApiProblem(409, "body_lost", f"The call has lost its body: {error}.") from None
        return Response(call_shown(made), 201)
