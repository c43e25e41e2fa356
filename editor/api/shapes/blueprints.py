"""Blueprints: what makes and changes them, and how they are shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Inbound, Object, Query, Text, TrueFalse, Whole
from editor.api.shapes.problems import ProblemPlace
from editor.api.shapes.runs import RunShape
from editor.api.shapes.versions import Version
from editor.models import ReferenceKind, Right
from runner.models import Authentication


class BlueprintWebhook(s.Serializer[Any]):
    """An address of a blueprint, as its editor shows it."""

    id = s.UUIDField()
    node = s.CharField()
    url = s.URLField(allow_null=True, help_text="null for all but the owner")
    enabled = s.BooleanField()
    authentication = s.ChoiceField(Authentication.choices)


class BlueprintListed(s.Serializer[Any]):
    """A blueprint in a list."""

    id = s.UUIDField()
    name = s.CharField()
    owner = s.CharField()
    right = s.ChoiceField(Right.choices, help_text="what the caller may do with it")
    revision = s.IntegerField()
    published = Version(allow_null=True)
    changed = s.BooleanField(help_text="whether the draft differs from what is published")
    created = s.DateTimeField()
    updated = s.DateTimeField()
    last_run = RunShape(allow_null=True)


class BlueprintShape(BlueprintListed):
    """A blueprint with its draft."""

    document = s.JSONField()
    problems = ProblemPlace(many=True)
    webhooks = BlueprintWebhook(many=True)
    calls = s.DictField(
        child=s.CharField(), help_text="for others than the owner: names of what it calls"
    )


class Interface(s.Serializer[Any]):
    """What a blueprint's published version declares to those who run it."""

    id = s.UUIDField()
    name = s.CharField()
    version = s.IntegerField(allow_null=True, help_text="null where it was never published")
    inputs = s.DictField(help_text="JSON schemas by name, with `required` beside them")
    outputs = s.ListField(child=s.CharField())
    error_trigger = s.BooleanField(help_text="whether it can be started for errors")


class User(s.Serializer[Any]):
    """A blueprint whose published version names another one."""

    blueprint = s.UUIDField()
    name = s.CharField()
    version = s.IntegerField()
    kind = s.ChoiceField(ReferenceKind.choices)
    nodes = s.ListField(child=s.CharField(), help_text="empty for the error blueprint")


class UsedBy(s.Serializer[Any]):
    """Who uses a blueprint."""

    used_by = User(many=True)
    others = s.IntegerField(help_text="how many more use it that you may not see")


class Deletion(Query):
    """How a blueprint is deleted."""

    even_if_used = TrueFalse(
        required=False, default=False, help_text="delete it though others use it"
    )


class NewBlueprint(Inbound):
    """What makes a blueprint: a name, a document, or both (then the name given holds)."""

    name = Text(max_length=200, required=False)
    document = Object(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two."""
        if not attrs:
            raise s.ValidationError("Give a name, a document, or both.")
        return attrs


class ChangedBlueprint(Inbound):
    """A save: the document, and another name where it is renamed."""

    name = Text(max_length=200, required=False)
    document = Object()


class DraftChange(Inbound):
    """A change of the shared document, and how much of it the sender has."""

    after = Whole(min_value=0, help_text="the last sequence number that you have")
    change = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=12_000_000,
        help_text="a Yjs update in base64; without one only what is new is told",
    )


class DraftNews(s.Serializer[Any]):
    """Where the shared document stands, and what of it the sender does not have."""

    sequence = s.IntegerField()
    revision = s.IntegerField()
    updates = s.ListField(child=s.CharField(help_text="a Yjs update in base64"))


class Publication(Inbound):
    """What is said with a published version."""

    message = Text(max_length=500, required=False, allow_blank=True, default="")


class ToValidate(Inbound):
    """A document to check; without one the draft is checked."""

    document = Object(required=False)


class BlueprintQuery(Query):
    """Which blueprints are asked for."""

    search = Text(required=False, allow_blank=True, help_text="a part of the name")
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)
