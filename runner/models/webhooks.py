"""Addresses that start runs, and the requests that came to them."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from runner.models.ids import time_ordered_id
from runner.models.runs import Run


class Authentication(models.TextChoices):
    """How a webhook knows its callers."""

    NONE = "none", "None: anyone who knows the address"
    HEADER = "header", "A secret in a header"
    BASIC = "basic", "User and password (HTTP basic)"
    HMAC = "hmac", "HMAC signature"
    STANDARD = "standard", "Standard Webhooks (webhook-signature)"
    GITHUB = "github", "GitHub (X-Hub-Signature-256)"
    SHOPIFY = "shopify", "Shopify (X-Shopify-Hmac-SHA256)"
    SLACK = "slack", "Slack (X-Slack-Signature)"
    STRIPE = "stripe", "Stripe (Stripe-Signature)"
    TWILIO = "twilio", "Twilio (X-Twilio-Signature)"
    JWT = "jwt", "JSON Web Token"


class Encoding(models.TextChoices):
    """How a signature is written."""

    EITHER = "", "Hexadecimal or base64"
    HEX = "hex", "Hexadecimal"
    BASE64 = "base64", "Base64"


class Webhook(models.Model):
    """An address that starts runs at a webhook trigger of a blueprint's published version.

    What the trigger accepts and how it answers are parameters of the trigger
    node in the published version; this row holds the address, who may call it
    and how often: the operator's business, which acts without publishing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.CharField(max_length=43, unique=True, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="webhooks"
    )
    node = models.CharField(
        max_length=64,
        blank=True,
        help_text="The webhook trigger in the blueprint. Empty: every one, by path and method.",
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
    algorithm = models.CharField(
        max_length=10,
        blank=True,
        help_text="HMAC: sha1, sha256 or sha512. JWT: HS256, RS256, ES256 and their kin. "
        "Empty: sha256 or HS256.",
    )
    prefix = models.CharField(
        max_length=20,
        blank=True,
        help_text="HMAC: what stands before the signature. Empty: nothing, or as in “sha256=”.",
    )
    encoding = models.CharField(max_length=6, choices=Encoding.choices, blank=True)
    signed = models.CharField(
        max_length=200,
        blank=True,
        help_text="HMAC: what is signed, such as {timestamp}.{body}. It may hold {body}, "
        "{timestamp}, {method}, {url}, and headers by their name. Empty: {body}.",
    )
    timestamp_header = models.CharField(
        max_length=100,
        blank=True,
        help_text="HMAC: the header with the time of sending in Unix seconds. Sign it too.",
    )
    tolerance = models.PositiveIntegerField(
        default=300, help_text="Seconds that the time of sending may be off, to both sides."
    )
    keys = models.TextField(
        blank=True,
        help_text="JWT, RS or ES: public keys in PEM, a JWKS, its https:// address, or its path "
        "in the blueprints' folder.",
    )
    issuer = models.CharField(
        max_length=200, blank=True, help_text="JWT: what “iss” must be. Empty: anything."
    )
    audience = models.CharField(
        max_length=200, blank=True, help_text="JWT: what “aud” must name. Empty: anything."
    )
    networks = models.TextField(
        blank=True,
        help_text="Networks that may call, such as 192.0.2.0/24, a line each. Empty: any.",
    )
    rate_limit = models.PositiveIntegerField(
        default=0, help_text="Requests a minute that are taken. 0: any number."
    )
    burst = models.PositiveIntegerField(
        default=0, help_text="Requests that may come at once. 0: as many as in a minute."
    )
    secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted with the site's key."
    )
    old_secret = models.TextField(
        blank=True, editable=False, help_text="The one before, valid until `old_until`."
    )
    old_until = models.DateTimeField(null=True, editable=False)
    draft = models.BooleanField(
        default=False, editable=False, help_text="A test address: it starts runs of the draft."
    )
    expires = models.DateTimeField(
        null=True, editable=False, help_text="When a test address ends to answer."
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
        help_text="Who listens at a test address, and answers for the runs that it starts.",
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node or '*'}"


class Verdict(models.TextChoices):
    """What became of a request to a webhook."""

    ACCEPTED = "accepted"
    BAD_SIGNATURE = "bad_signature"
    NOT_ALLOWED = "not_allowed"  # method, path, network or origin
    DUPLICATE = "duplicate"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
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
    body_file = models.CharField(
        max_length=64, blank=True, help_text="The hash of a body that lies in a file, being large."
    )
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
            # Few of many are refused, or all of some kind; what is accepted is not in it.
            models.Index(
                fields=("verdict", "-id", "webhook"),
                condition=~models.Q(verdict=Verdict.ACCEPTED.value),
                name="delivery_refused",
            ),
            models.Index(
                fields=("replay_of",),
                condition=models.Q(replay_of__isnull=False),
                name="delivery_replay",
            ),
        )
        verbose_name_plural = "webhook deliveries"


class SeenRequest(models.Model):
    """What a webhook remembers of a request, so that the same one starts no second run.

    It is written in the commit of the run that the first one starts.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="seen")
    key = models.CharField(max_length=64, help_text="The hash of what tells requests apart.")
    body_hash = models.CharField(max_length=64)
    delivery = models.UUIDField()
    run = models.UUIDField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("webhook", "key"), name="seen_once"),)
