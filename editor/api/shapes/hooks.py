"""Webhooks as OpenAPI: which are described, and what an imported file makes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Id, Query, Text


class HooksQuery(Query):
    """Whose webhooks are described."""

    blueprint = Id(required=False)


class HookImport(Query):
    """How the file becomes blueprints: one for each operation, or one for all."""

    into = Choice([("each", "each"), ("one", "one")], required=False, default="each")
    only = Text(
        max_length=500,
        required=False,
        default="",
        help_text="a tag of the operations that are wanted, or how their paths begin",
    )


class ImportedHook(s.Serializer[Any]):
    """A blueprint that was made, with the operations that its webhook triggers take."""

    id = s.UUIDField()
    name = s.CharField()
    operations = s.ListField(child=s.CharField())


class ImportedHooks(s.Serializer[Any]):
    """The blueprints that a file has become, as drafts."""

    blueprints = ImportedHook(many=True)
