"""Why a node stands as it does."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Query, Text, Whole


class ExplainQuery(Query):
    """Which node, at which moment of the run."""

    node = Text(
        required=False,
        max_length=2000,
        help_text="a node's id, or a step path: `fetch#2` for a firing (`fetch#1` for the "
        "first), `orders[3]/fetch` for what became of it in one iteration",
    )
    at = Whole(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="the number of the last event that counts; the last one there is, if not said",
    )
    format = Text(required=False)


class ReasonShape(s.Serializer[Any]):
    """One sentence of a chain of reasons; one of depth n + 1 says why the one before it is so."""

    code = s.CharField()
    message = s.CharField()
    depth = s.IntegerField()
    node = s.CharField(allow_null=True)
    port = s.CharField(allow_null=True)
    step = s.CharField(allow_null=True)


class ExplanationShape(s.Serializer[Any]):
    """How a node stands, and why."""

    node = s.CharField()
    step = s.CharField(allow_null=True)
    status = s.CharField()
    reasons = ReasonShape(many=True)


class Explanations(s.Serializer[Any]):
    """The explanations, and the number of the last event that they take into account."""

    at = s.IntegerField()
    nodes = ExplanationShape(many=True)
