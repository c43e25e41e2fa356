"""Webhooks: what makes and changes them, and how they are shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.blueprints import BlueprintWebhook
from editor.api.shapes.fields import Choice, Id, Inbound, Query, Text, TrueFalse
from runner.models import Authentication


class WebhookShape(BlueprintWebhook):
    """A webhook."""

    blueprint = s.UUIDField()
    header = s.CharField()
    username = s.CharField()
    created = s.DateTimeField()
    updated = s.DateTimeField()


class WebhookWithSecret(WebhookShape):
    """A webhook just made, with its secret, which is never shown again."""

    secret = s.CharField()


class Secret(s.Serializer[Any]):
    """A new secret, which is never shown again."""

    secret = s.CharField()


class NewWebhook(Inbound):
    """What makes a webhook."""

    blueprint = Id()
    node = Text(max_length=64)
    authentication = Choice(Authentication.choices, default=Authentication.HMAC)
    header = Text(max_length=100, required=False, allow_blank=True, default="")
    username = Text(max_length=100, required=False, allow_blank=True, default="")
    enabled = TrueFalse(default=True)


class ChangedWebhook(Inbound):
    """What may be changed of a webhook."""

    node = Text(max_length=64, required=False)
    authentication = Choice(Authentication.choices, required=False)
    header = Text(max_length=100, required=False, allow_blank=True)
    username = Text(max_length=100, required=False, allow_blank=True)
    enabled = TrueFalse(required=False)


class WebhookQuery(Query):
    """Which webhooks are asked for."""

    blueprint = Id(required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)
