"""Sharing: who has which right, and the links that give one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Inbound, Moment, Text, TrueFalse
from editor.models import GIVEN


class ShareShape(s.Serializer[Any]):
    """A right of somebody's to a blueprint."""

    id = s.UUIDField()
    user = s.CharField()
    right = s.ChoiceField(GIVEN)
    link = s.UUIDField(
        allow_null=True, help_text="the link by which it came, and with which it ends"
    )
    created = s.DateTimeField()


class LinkShape(s.Serializer[Any]):
    """A link that opens a blueprint."""

    id = s.UUIDField()
    right = s.ChoiceField(GIVEN)
    name = s.CharField()
    open = s.BooleanField(help_text="whether it lets people look who are not signed in")
    expires = s.DateTimeField(allow_null=True)
    expired = s.BooleanField()
    created = s.DateTimeField()
    used = s.DateTimeField(allow_null=True)


class LinkWithAddress(LinkShape):
    """A link just made, with its address, which is never shown again."""

    address = s.CharField()


class SharesShape(s.Serializer[Any]):
    """With whom a blueprint is shared."""

    people = ShareShape(many=True)
    links = LinkShape(many=True)


class NewShare(Inbound):
    """Whom to give which right."""

    user = Text(max_length=150, help_text="a user name")
    right = Choice(GIVEN)


class ChangedShare(Inbound):
    """Another right."""

    right = Choice(GIVEN)


class NewLink(Inbound):
    """What makes a link."""

    right = Choice(GIVEN)
    name = Text(required=False, allow_blank=True, default="", max_length=100)
    open = TrueFalse(
        required=False, default=False, help_text="let people look who are not signed in (view only)"
    )
    expires = Moment(required=False, allow_null=True, default=None)
