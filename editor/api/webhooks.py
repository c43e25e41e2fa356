"""Webhooks: list, make, read, change, delete, and give a new secret."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor import shown
from editor.api import shapes
from editor.api.view import View
from editor.models import Right
from editor.visible import webhooks_of
from runner.models import Webhook
from runner.webhooks.addresses import check, create_webhook, rotate_secret
from runner.webhooks.triggers import check_trigger


class WebhookView(View):
    """A view of webhooks."""

    def webhook(self, webhook_id: UUID) -> Webhook:
        """Return a webhook of the user's; 404 for any other."""
        return get_object_or_404(webhooks_of(self.user), pk=webhook_id)

    @property
    def base(self) -> str:
        """Where the addresses of webhooks begin."""
        return self.request.build_absolute_uri("/")


class Webhooks(WebhookView):
    """The webhooks of the user's blueprints."""

    @extend_schema(
        operation_id="list_webhooks",
        parameters=[shapes.WebhookQuery],
        responses=shapes.page_of(shapes.WebhookShape, "WebhookPage"),
    )
    def get(self, request: Request) -> Response:
        """List webhooks, newest first."""
        query = self.asked(shapes.WebhookQuery, request)
        rows = webhooks_of(self.user)
        if blueprint := query.get("blueprint"):
            rows = rows.filter(blueprint=blueprint)
        return self.page(rows, lambda row: shown.webhook_shown(row, self.base))

    @extend_schema(
        operation_id="create_webhook",
        request=shapes.NewWebhook,
        responses={201: shapes.WebhookWithSecret, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make a webhook; its secret is in this answer and nowhere else."""
        given = self.given(shapes.NewWebhook, request)
        blueprint = self.blueprint(given["blueprint"], Right.OWN)
        check_trigger(Webhook(blueprint=blueprint, node=given["node"]))
        enabled = given.pop("enabled")
        webhook, secret = create_webhook(**{**given, "blueprint": blueprint})
        if not enabled:
            webhook.enabled = False
            webhook.save(update_fields=["enabled", "updated"])
        body = {**shown.webhook_shown(webhook, self.base), "secret": secret}
        return Response(body, 201, headers={"Location": f"/api/webhooks/{webhook.pk}/"})


class OneWebhook(WebhookView):
    """A webhook."""

    @extend_schema(
        operation_id="read_webhook",
        responses={200: shapes.WebhookShape, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """Read a webhook, without its secret."""
        return Response(shown.webhook_shown(self.webhook(webhook_id), self.base))

    @extend_schema(
        operation_id="replace_webhook", request=shapes.ChangedWebhook, responses=shapes.WebhookShape
    )
    def put(self, request: Request, webhook_id: UUID) -> Response:
        """Change a webhook; what is not given stays."""
        webhook = self.webhook(webhook_id)
        given = self.given(shapes.ChangedWebhook, request)
        for name, value in given.items():
            setattr(webhook, name, value)
        check(webhook)
        if "node" in given:
            check_trigger(webhook)
        webhook.save()
        return Response(shown.webhook_shown(webhook, self.base))

    @extend_schema(
        operation_id="change_webhook", request=shapes.ChangedWebhook, responses=shapes.WebhookShape
    )
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """Change a webhook; what is not given stays."""
        return self.put(request, webhook_id)

    @extend_schema(operation_id="delete_webhook", responses={204: None})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        """Delete a webhook: its address answers no more."""
        self.webhook(webhook_id).delete()
        return Response(status=204)


class Rotate(WebhookView):
    """New secrets."""

    @extend_schema(operation_id="rotate_secret", request=shapes.Rotation, responses=shapes.Secret)
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Give the webhook a new secret; the old one opens for as many hours as are asked for."""
        webhook = self.webhook(webhook_id)
        given = self.given(shapes.Rotation, request)
        secret = rotate_secret(webhook, given["secret"], given["keep_old_hours"])
        return Response({"secret": secret})
