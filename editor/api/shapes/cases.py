"""Test cases: which are run, and what became of them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Inbound, Items, Text, Whole


class WantedTests(Inbound):
    """Which test cases are run, and of which document."""

    version = Whole(required=False, min_value=1, help_text="the draft's by default")
    names = Items(child=Text(), required=False, help_text="all by default")


class DifferenceShape(s.Serializer[Any]):
    """A place where something else was expected."""

    place = s.CharField()
    expected = s.JSONField(allow_null=True)
    actual = s.JSONField(allow_null=True)
    message = s.CharField()


class CaseShape(s.Serializer[Any]):
    """What became of a test case."""

    name = s.CharField()
    passed = s.BooleanField()
    seconds = s.FloatField()
    status = s.CharField(allow_null=True)
    refused = s.CharField(allow_null=True, help_text="why it was not run")
    differences = DifferenceShape(many=True)


class CoveredShape(s.Serializer[Any]):
    """What some case went through, and what none did."""

    covered = s.ListField(child=s.CharField())
    missed = s.ListField(child=s.CharField())


class CoverageShape(s.Serializer[Any]):
    """What the cases went through."""

    nodes = CoveredShape()
    edges = CoveredShape()


class TestReportShape(s.Serializer[Any]):
    """What became of a blueprint's test cases."""

    passed = s.BooleanField()
    cases = CaseShape(many=True)
    coverage = CoverageShape()
