"""Test addresses: what calls one starts a run of the draft, while somebody draws it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from runner.models import Authentication, Webhook, WebhookDelivery
from runner.webhooks.addresses import new_token
from runner.webhooks.deliveries import body_of
from runner.webhooks.showing import show_body

if TYPE_CHECKING:
    from editor.models import Blueprint

LASTS = timedelta(hours=2)
KEPT = timedelta(days=1)  # for how long calls to an address that has expired can be looked at
MOST_SHOWN = 20
_LONGEST = 4_000  # characters of a body


def listen(blueprint: Blueprint, node: str, by: User) -> Webhook:
    """Return the test address of a trigger, for two hours from now; it is made where needed.

    Who has it may start runs of the draft: it asks for no credentials, and
    nobody can guess it. Whoever opened it last answers for them, or who else has changed the draft
    since.
    """
    now = timezone.now()
    Webhook.objects.filter(draft=True, expires__lt=now - KEPT).delete()
    with transaction.atomic():
        rows = Webhook.objects.select_for_update().filter(
            blueprint=blueprint, node=node, draft=True
        )
        webhook = rows.first() or Webhook(
            blueprint=blueprint,
            node=node,
            token=new_token(),
            draft=True,
            authentication=Authentication.NONE,
        )
        webhook.expires = now + LASTS
        webhook.opened_by = by
        webhook.save()
    return webhook


def stop_listening(blueprint: Blueprint, node: str) -> None:
    """End the test address of a trigger, or of all; what called it can still be looked at."""
    rows = Webhook.objects.filter(blueprint=blueprint, draft=True, expires__gt=timezone.now())
    for webhook in rows.filter(node=node) if node else rows:
        webhook.expires = timezone.now()
        webhook.save(update_fields=["expires", "updated"])


def listening(blueprint: Blueprint, node: str) -> Webhook | None:
    """Return the test address of a trigger, where it answers."""
    rows = Webhook.objects.filter(blueprint=blueprint, node=node, draft=True)
    return rows.filter(expires__gt=timezone.now()).first()


def calls(blueprint: Blueprint, node: str, *, tests_only: bool) -> QuerySet[WebhookDelivery]:
    """Return the last calls to a trigger, or to all, newest first.

    Those to its test address, or to all addresses that it has.
    """
    rows = WebhookDelivery.objects.filter(webhook__blueprint=blueprint)
    if tests_only:
        rows = rows.filter(webhook__draft=True)
    if node:
        rows = rows.filter(Q(webhook__node=node) | Q(webhook__node="", webhook__draft=False))
    return rows.select_related("webhook", "run").order_by("-id")[:MOST_SHOWN]


def call_shown(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return a call as the editor shows it, with the beginning of its body as text."""
    if delivery.body_file:
        body = {"kind": "large", "text": "", "whole": False}
    else:
        shown = show_body(body_of(delivery))
        whole = shown.whole and len(shown.text) <= _LONGEST
        body = {"kind": shown.kind, "text": shown.text[:_LONGEST], "whole": whole}
    run = delivery.run
    return {
        "id": str(delivery.pk),
        "test": delivery.webhook.draft,
        "received": delivery.received.isoformat(),
        "method": delivery.method,
        "path": delivery.path,
        "query": delivery.query,
        "headers": delivery.headers,
        "body": body,
        "sender": delivery.sender,
        "verdict": delivery.verdict,
        "reason": delivery.reason,
        "run": {"id": str(run.pk), "status": run.shown_status} if run else None,
        "replay_of": str(delivery.replay_of_id) if delivery.replay_of_id else None,
    }
