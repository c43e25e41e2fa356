"""The declarations of node types."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s


class PortShape(s.Serializer[Any]):
    """A port of a node type."""

    name = s.CharField()
    type = s.CharField()
    required = s.BooleanField()  # type: ignore[assignment]
    multiple = s.BooleanField()
    title = s.CharField()
    description = s.CharField()


class ConversionShape(s.Serializer[Any]):
    """Between which port types a node type is offered as a converter, and how it is set then."""

    source = s.CharField()  # type: ignore[assignment]
    targets = s.ListField(child=s.CharField())
    title = s.CharField()
    parameters = s.JSONField()


class NodeTypeShape(s.Serializer[Any]):
    """The declaration of a node type."""

    kind = s.CharField()
    version = s.IntegerField()
    title = s.CharField()
    category = s.CharField()
    icon = s.CharField()
    description = s.CharField()
    parameters = s.JSONField(help_text="JSON schema")
    inputs = PortShape(many=True)
    outputs = PortShape(many=True)
    begins = s.ListField(child=s.CharField())
    ends = s.ListField(child=s.CharField())
    controls = s.ListField(child=s.CharField())
    ports_from = s.CharField(allow_null=True)
    effect = s.CharField()
    runs = s.CharField()
    trigger = s.BooleanField()
    examples = s.JSONField()
    known_as = s.ListField(child=s.CharField(), help_text="other words by which people look for it")
    converts = ConversionShape(many=True)
