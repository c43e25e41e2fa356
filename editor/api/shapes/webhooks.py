"""Webhooks: what makes and changes them, and how they are shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.blueprints import BlueprintWebhook
from editor.api.shapes.fields import Choice, Id, Inbound, Query, Text, TrueFalse, Whole
from runner.models import Authentication, Verdict
from runner.webhooks.addresses import LONGEST_KEEPING, MOST_KEYS, MOST_RATE, MOST_TOLERANCE


class WebhookShape(BlueprintWebhook):
    """A webhook."""

    blueprint = s.UUIDField()
    header = s.CharField()
    username = s.CharField()
    algorithm = s.CharField()
    prefix = s.CharField()
    encoding = s.CharField()
    signed = s.CharField()
    timestamp_header = s.CharField()
    tolerance = s.IntegerField()
    keys = s.CharField()
    issuer = s.CharField()
    audience = s.CharField()
    networks = s.CharField()
    rate_limit = s.IntegerField()
    burst = s.IntegerField()
    old_until = s.DateTimeField(allow_null=True)
    created = s.DateTimeField()
    updated = s.DateTimeField()


class WebhookWithSecret(WebhookShape):
    """A webhook just made, with its secret, which is never shown again."""

    secret = s.CharField()


class Secret(s.Serializer[Any]):
    """A new secret, which is never shown again."""

    secret = s.CharField()


class Rotation(Inbound):
    """How a secret is replaced."""

    secret = Text(max_length=500, required=False, allow_blank=True, default="")
    keep_old_hours = Whole(min_value=0, max_value=LONGEST_KEEPING, default=0)


class WebhookSettings(Inbound):
    """Who may call a webhook, and how often; what is not given has its default or stays."""

    header = Text(max_length=100, required=False, allow_blank=True)
    username = Text(max_length=100, required=False, allow_blank=True)
    algorithm = Text(max_length=10, required=False, allow_blank=True)
    prefix = Text(max_length=20, required=False, allow_blank=True, trim_whitespace=False)
    encoding = Text(max_length=6, required=False, allow_blank=True)
    signed = Text(max_length=200, required=False, allow_blank=True, trim_whitespace=False)
    timestamp_header = Text(max_length=100, required=False, allow_blank=True)
    tolerance = Whole(min_value=1, max_value=MOST_TOLERANCE, required=False)
    keys = Text(max_length=MOST_KEYS, required=False, allow_blank=True)
    issuer = Text(max_length=200, required=False, allow_blank=True)
    audience = Text(max_length=200, required=False, allow_blank=True)
    networks = Text(max_length=5000, required=False, allow_blank=True)
    rate_limit = Whole(min_value=0, max_value=MOST_RATE, required=False)
    burst = Whole(min_value=0, max_value=MOST_RATE, required=False)


class NewWebhook(WebhookSettings):
    """What makes a webhook."""

    blueprint = Id()
    node = Text(max_length=64, allow_blank=True)
    authentication = Choice(Authentication.choices, default=Authentication.HMAC)
    secret = Text(max_length=500, required=False, allow_blank=True, default="")
    enabled = TrueFalse(default=True)


class ChangedWebhook(WebhookSettings):
    """What may be changed of a webhook."""

    node = Text(max_length=64, required=False, allow_blank=True)
    authentication = Choice(Authentication.choices, required=False)
    enabled = TrueFalse(required=False)


class WebhookQuery(Query):
    """Which webhooks are asked for."""

    blueprint = Id(required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)


class CallsQuery(Query):
    """Which trigger's calls are asked for; without a node those of all."""

    node = Text(max_length=64, required=False, default="")
    format = Text(required=False)


class Listening(Inbound):
    """The trigger that is to have a test address."""

    node = Text(max_length=64)


class Replayed(Inbound):
    """What a call is to run."""

    to = Choice([("draft", "draft"), ("published", "published")], default="draft")


class CallShape(s.Serializer[Any]):
    """A call to a webhook trigger."""

    id = s.UUIDField()
    test = s.BooleanField()
    received = s.DateTimeField()
    method = s.CharField()
    path = s.CharField()
    query = s.CharField()
    headers = s.DictField()
    body = s.DictField()
    sender = s.CharField()
    verdict = s.ChoiceField(Verdict.choices)
    reason = s.CharField()
    run = s.DictField(allow_null=True)
    replay_of = s.UUIDField(allow_null=True)


class CallsShape(s.Serializer[Any]):
    """The test address, where one answers, and the last calls."""

    listening = s.DictField(allow_null=True)
    calls = CallShape(many=True)
