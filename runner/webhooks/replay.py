"""Delivers a stored request again: a new run from what was received then."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User

from runner.models import Webhook, WebhookDelivery
from runner.webhooks import receive
from runner.webhooks.deliveries import body_of
from runner.webhooks.lookup import address_of
from runner.webhooks.request import Request


def deliver_again(
    delivery: WebhookDelivery, by: User | None, *, draft: bool | None = None
) -> WebhookDelivery:
    """Start a new run from the request, and return the delivery that this becomes.

    The run is of the draft, of the published version, or where `draft` is None
    of what the address runs. Whoever does this (`by`) answers for the sender:
    credentials were not kept, so they are not checked again. Everything else is
    judged as it stands now. Raises ValueLost where a large body is gone.
    """
    rows = Webhook.objects.select_related("blueprint__published__drawing", "blueprint__owner")
    webhook = rows.get(pk=delivery.webhook_id)
    # Of this run alone: whoever listens goes on answering for what else comes.
    webhook.opened_by = by
    address = address_of(webhook, draft=webhook.draft if draft is None else draft)
    request = Request(
        method=delivery.method,
        path=delivery.path,
        query=delivery.query,
        headers=delivery.headers,
        sender=delivery.sender,
        body=body_of(delivery),
    )
    made = async_to_sync(receive.take_again)(address, request, delivery.pk)
    return WebhookDelivery.objects.get(pk=made)
