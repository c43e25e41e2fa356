"""Addresses that start runs, and the requests that came to them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from runner.models.ids import time_ordered_id
from runner.models.runs import Run


class Authentication(models.TextChoices):
    """How a webhook knows its callers."""

    NONE = "none", "None: anyone who knows the address"
    HEADER = "header", "A secret in a header"
    BASIC = "basic", "User and password (HTTP basic)"
    HMAC = "hmac", "HMAC-SHA256 signature of the raw body"
    GITHUB = "github", "GitHub (X-Hub-Signature-256)"


class Webhook(models.Model):
    """An address that starts runs at a webhook trigger of a blueprint's published version.

    What the trigger accepts and how it answers are parameters of the trigger
    node in the published version; this row holds the address and who may call it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.CharField(max_length=43, unique=True, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="webhooks"
    )
    node = models.CharField(
        max_length=64, help_text="The name of the webhook trigger node in the blueprint."
    )
    enabled = models.BooleanField(default=True)
    authentication = models.CharField(
        max_length=10, choices=Authentication.choices, default=Authentication.HMAC
    )
    header = models.CharField(
        max_length=100,
        blank=True,
        help_text="The header that carries the secret or the signature. Empty: the scheme's own.",
    )
    username = models.CharField(max_length=100, blank=True, help_text="For HTTP basic.")
    secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted with the site's key."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node}"


class Verdict(models.TextChoices):
    """What became of a request to a webhook."""

    ACCEPTED = "accepted"
    BAD_SIGNATURE = "bad_signature"
    NOT_ALLOWED = "not_allowed"  # method
    TOO_LARGE = "too_large"
    BAD_BODY = "bad_body"
    DISABLED = "disabled"
    NOT_PUBLISHED = "not_published"  # the published version has no such trigger
    NOT_QUEUED = "not_queued"  # its queue takes no runs, or the request has not the run's key


class WebhookDelivery(models.Model):
    """One request to a webhook's address, also a refused one, with the reason."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    received = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.TextField(blank=True)
    query = models.TextField(blank=True)
    headers: models.JSONField[Any, Any] = models.JSONField(help_text="Without secrets.")
    body = models.BinaryField()
    sender = models.CharField(max_length=45, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    replay_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ("-received",)
        indexes = (
            models.Index(fields=("webhook", "-received"), name="delivery_webhook"),
            models.Index(
                fields=("replay_of",),
                condition=models.Q(replay_of__isnull=False),
                name="delivery_replay",
            ),
        )
        verbose_name_plural = "webhook deliveries"
