"""The files that blueprints may read and write."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Query, Text, TrueFalse


class FolderQuery(Query):
    """Which folder is listed."""

    path = Text(required=False, default="", allow_blank=True, max_length=1000)


class FileQuery(Query):
    """Where a file is kept."""

    path = Text(max_length=1000)
    replace = TrueFalse(required=False, default=False, help_text="over a file that is there")


class FileEntry(s.Serializer[Any]):
    """A file or a folder."""

    name = s.CharField()
    path = s.CharField()
    folder = s.BooleanField()
    size = s.IntegerField(help_text="bytes")
    modified = s.DateTimeField()


class Folder(s.Serializer[Any]):
    """What is in a folder, folders first."""

    path = s.CharField()
    entries = FileEntry(many=True)
    more = s.BooleanField(help_text="there are more than are told")


class KeptFile(s.Serializer[Any]):
    """A file that was kept."""

    path = s.CharField()
    bytes = s.IntegerField()
