"""Listeners and what they set aside: how they are shown, and which are asked for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Id, Query, Text
from runner.models import ListenerState


class ListenerShape(s.Serializer[Any]):
    """A listener of a published version."""

    id = s.UUIDField()
    blueprint = s.UUIDField()
    blueprint_name = s.CharField()
    node = s.CharField()
    kind = s.CharField(help_text="the kind of its node, such as trigger.file")
    state = s.ChoiceField(ListenerState.choices)
    error = s.CharField(help_text="why it cannot listen; else empty")
    retry = s.DateTimeField(allow_null=True, help_text="when that is tried again")
    parameters = s.DictField(help_text="those of its node, as they were published")
    last = s.DateTimeField(allow_null=True, help_text="when something came last")
    last_run = s.UUIDField(allow_null=True)
    count = s.IntegerField(help_text="how many runs it has started")
    aside = s.IntegerField(help_text="how many messages were set aside, and not replayed")


class ListenerQuery(Query):
    """Which listeners are asked for."""

    blueprint = Id(required=False)
    state = Choice(ListenerState.choices, required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)


class AsideShape(s.Serializer[Any]):
    """What came to a listener and could not become a run."""

    id = s.UUIDField()
    blueprint = s.UUIDField()
    node = s.CharField()
    kind = s.CharField(help_text="the kind of the node that listened, such as trigger.mqtt")
    reason = s.CharField(help_text="why it could not be accepted")
    created = s.DateTimeField(help_text="when it was set aside")
    replayed = s.DateTimeField(allow_null=True)
    run = s.UUIDField(allow_null=True, help_text="the run of its replay")


class AsideDetail(AsideShape):
    """The same, with what came."""

    content = s.DictField(help_text="what a run would have been started with")


class AsideQuery(Query):
    """Which messages that were set aside are asked for."""

    blueprint = Id(required=False)
    node = Text(required=False)
    replayed = Choice([("no", "no"), ("yes", "yes")], required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)
