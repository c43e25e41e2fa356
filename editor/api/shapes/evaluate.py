"""Expressions that are being written: what is tried on which values, and what came of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Id, Inbound, Text, Whole


class ToEvaluate(Inbound):
    """An expression that is being written, and the values that it is tried on."""

    node = Text(max_length=64)
    parameter = Text(max_length=200, required=False, allow_blank=True, default="")
    text = Text(
        required=False,
        max_length=50_000,
        allow_blank=True,
        trim_whitespace=False,
        help_text="the parameter's text; its value is wanted",
    )
    members_of = Text(
        required=False,
        max_length=2_000,
        allow_blank=True,
        help_text="an expression whose keys or items are wanted; empty: the names",
    )
    run = Id(required=False, help_text="the newest run of the blueprint, if not said")
    iteration = Text(
        required=False, max_length=2_000, allow_blank=True, help_text="such as `orders[3]`"
    )
    step = Text(required=False, max_length=2_000, help_text="one firing, such as `fetch#2`")
    index = Whole(
        required=False,
        default=0,
        min_value=0,
        max_value=2**31 - 1,
        help_text="which item, where the parameter is evaluated for each",
    )


class EvaluatedItem(s.Serializer[Any]):
    """Which item of a list the expression was evaluated for."""

    index = s.IntegerField()
    of = s.IntegerField()


class EvaluatedValue(s.Serializer[Any]):
    """A value: how it begins, a text as it is and all else as JSON."""

    type = s.CharField()
    length = s.IntegerField(allow_null=True)
    text = s.CharField()
    cut = s.BooleanField()


class EvaluationError(s.Serializer[Any]):
    """Why there is no value, and where: `column` counts from 1 in the expression `source`."""

    message = s.CharField()
    column = s.IntegerField(allow_null=True)
    source = s.CharField()  # type: ignore[assignment]


class EvaluationOwner(s.Serializer[Any]):
    """What the members belong to; `expected` where no run has given it."""

    type = s.CharField()
    expected = s.BooleanField()


class EvaluationMember(s.Serializer[Any]):
    """A key, or the place of an item, with the type and the beginning of what is there."""

    key = s.JSONField(help_text="a text or a number")
    type = s.CharField()
    sample = s.CharField()
    expected = s.BooleanField(help_text="by declaration, pin or example: no run has given it")


class Evaluation(s.Serializer[Any]):
    """The value, or why there is none, and the run and the step whose values it was tried on."""

    run = s.UUIDField(allow_null=True)
    origin = s.ChoiceField(["step", "upstream", "pinned", "none"])
    step = s.CharField(allow_null=True)
    iteration = s.CharField()
    item = EvaluatedItem(allow_null=True)
    value = EvaluatedValue(allow_null=True)
    error = EvaluationError(allow_null=True)
    missing = s.ListField(child=s.CharField(), help_text="names that no run has given a value yet")
    hidden = s.BooleanField(help_text="there is a value, which is a secret")
    owner = EvaluationOwner(allow_null=True)
    members = EvaluationMember(many=True, allow_null=True)


class OfferedCall(s.Serializer[Any]):
    """A function or method, as it is called and what it gives."""

    name = s.CharField()
    usage = s.CharField()
    gives = s.CharField()


class Language(s.Serializer[Any]):
    """What expressions can call: functions, and methods by the type that has them."""

    functions = OfferedCall(many=True)
    methods = s.DictField(child=s.ListField(child=OfferedCall()))
