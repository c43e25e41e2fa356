"""Parts of a drawing that become blueprints, and blueprints that become parts of a drawing."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Inbound, Items, Object, Text


class ToCollapse(Inbound):
    """A document as it is drawn now, what is selected of it, and how the part is to be called."""

    document = Object()
    nodes = Items(child=Text(max_length=64), max_length=10_000)
    notes = Items(child=Text(max_length=64), max_length=10_000, required=False, default=list)
    name = Text(max_length=200)


class ToExpand(Inbound):
    """A document as it is drawn now, and the call in it that is to be expanded."""

    document = Object()
    node = Text(max_length=64)


class MadeBlueprint(s.Serializer[Any]):
    """The blueprint that was made of a part."""

    id = s.UUIDField()
    name = s.CharField()
    version = s.IntegerField()


class CollapsedPart(s.Serializer[Any]):
    """The document with the call in place of the part; it is not saved."""

    document = s.JSONField()
    call = s.CharField()
    blueprint = MadeBlueprint()
    notices = s.ListField(child=s.CharField())


class ExpandedCall(s.Serializer[Any]):
    """The document with nodes in place of the call; it is not saved."""

    document = s.JSONField()
    nodes = s.ListField(child=s.CharField())
    notices = s.ListField(child=s.CharField())
