"""What was published of a blueprint."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Inbound, Text
from editor.api.shapes.problems import ProblemPlace


class Version(s.Serializer[Any]):
    """A published, immutable state of a blueprint."""

    number = s.IntegerField()
    created = s.DateTimeField()
    message = s.CharField()
    name = s.CharField(help_text="a label that may be changed; empty where it has none")
    hash = s.CharField()


class Published(Version):
    """The version that was made, and the warnings about its drawing, as a check gives them."""

    problems = ProblemPlace(many=True)


class VersionListed(Version):
    """A version in the history of its blueprint."""

    published_by = s.CharField(allow_null=True, help_text="null where the user is gone")
    published = s.BooleanField(help_text="whether it is the one that runs now")


class VersionDetail(VersionListed):
    """A version with its document."""

    document = s.JSONField()


class VersionName(Inbound):
    """How a version is called."""

    name = Text(max_length=100, allow_blank=True, help_text="empty takes the name away")
