"""Errors, and what is wrong with a document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s


class ProblemPlace(s.Serializer[Any]):
    """One thing that is wrong with a document, and where."""

    code = s.CharField()
    message = s.CharField()
    severity = s.ChoiceField(["error", "warning"])
    node = s.CharField(required=False)
    port = s.CharField(required=False)
    parameter = s.CharField(required=False)
    place = s.ListField(
        required=False, help_text="where in the parameter: the keys, and places in lists, to it"
    )
    edge = s.CharField(required=False)
    written = s.CharField(required=False, help_text="what stands in the parameter")
    instead = s.CharField(required=False, help_text="what was probably meant by it")


class ProblemDetails(s.Serializer[Any]):
    """An error (RFC 9457)."""

    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    problems = ProblemPlace(many=True, required=False)


class Conflict(ProblemDetails):
    """A save on an older revision: both documents."""

    yours = s.JSONField()
    current = s.JSONField()


class ProblemList(s.Serializer[Any]):
    """What is wrong with a document."""

    problems = ProblemPlace(many=True)
