"""Endpoints and the messages to them: what makes and changes them, and how they are shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Id, Inbound, Number, Query, Text, TrueFalse
from runner.models import MessageStatus
from runner.outgoing.endpoints import LONGEST_KEPT


class EndpointShape(s.Serializer[Any]):
    """An endpoint, without its secret."""

    id = s.UUIDField()
    name = s.CharField()
    url = s.CharField()
    owner = s.CharField()
    blueprint = s.UUIDField(allow_null=True, help_text="Null: all blueprints of the owner.")
    on_succeeded = s.BooleanField()
    on_failed = s.BooleanField()
    on_cancelled = s.BooleanField()
    enabled = s.BooleanField()
    why_off = s.CharField(help_text="Why it was switched off, where nobody did it.")
    failing_since = s.DateTimeField(allow_null=True)
    old_secret_until = s.DateTimeField(allow_null=True)
    created = s.DateTimeField()
    updated = s.DateTimeField()


class EndpointWithSecret(EndpointShape):
    """An endpoint just made, with its secret, which is never shown again."""

    secret = s.CharField()


class NewEndpoint(Inbound):
    """What makes an endpoint."""

    name = Text(max_length=100)
    url = Text(max_length=2000)
    blueprint = Id(required=False, allow_null=True, default=None)
    on_succeeded = TrueFalse(default=False)
    on_failed = TrueFalse(default=False)
    on_cancelled = TrueFalse(default=False)
    enabled = TrueFalse(default=True)


class ChangedEndpoint(Inbound):
    """What may be changed of an endpoint."""

    name = Text(max_length=100, required=False)
    url = Text(max_length=2000, required=False)
    blueprint = Id(required=False, allow_null=True)
    on_succeeded = TrueFalse(required=False)
    on_failed = TrueFalse(required=False)
    on_cancelled = TrueFalse(required=False)
    enabled = TrueFalse(required=False)


class KeepOldSecret(Inbound):
    """For how many hours messages are signed with the old secret too."""

    keep_hours = Number(min_value=0, max_value=LONGEST_KEPT, default=24)


class EndpointQuery(Query):
    """Which endpoints are asked for."""

    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)


class AttemptShape(s.Serializer[Any]):
    """One attempt to send a message."""

    started = s.DateTimeField()
    milliseconds = s.IntegerField()
    status = s.IntegerField(allow_null=True, help_text="Null: no answer came.")
    error = s.CharField()
    answer = s.CharField(help_text="The first KiB of the answer's body.")


class MessageShape(s.Serializer[Any]):
    """A message to an endpoint."""

    id = s.UUIDField()
    webhook_id = s.CharField(help_text="What its receiver sees in the header webhook-id.")
    endpoint = s.UUIDField()
    type = s.CharField()
    status = s.ChoiceField(MessageStatus.choices)
    why = s.CharField(help_text="Why no further attempt is made.")
    tries = s.IntegerField(help_text="Attempts since it was sent, or last sent again.")
    run = s.UUIDField(allow_null=True)
    created = s.DateTimeField()
    ended = s.DateTimeField(allow_null=True)
    due = s.DateTimeField(allow_null=True, help_text="When the next attempt is made.")


class MessageDetail(MessageShape):
    """A message with its bytes and all attempts."""

    body = s.CharField()
    headers = s.ListField(child=s.CharField(), help_text="The names of its further headers.")
    attempts = AttemptShape(many=True)


class MessageQuery(Query):
    """Which messages are asked for."""

    endpoint = Id(required=False)
    run = Id(required=False)
    status = Choice(MessageStatus.choices, required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)
