"""The events of a run, and the values in them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Query, Text, TrueFalse, Whole


class EventQuery(Query):
    """Which events are asked for."""

    after = Whole(required=False, default=0, min_value=0, max_value=2**31 - 1)
    limit = Whole(required=False, default=1000, min_value=1, max_value=10_000)
    format = Text(required=False)


class EventShape(s.Serializer[Any]):
    """One fact about a run."""

    seq = s.IntegerField()
    time = s.FloatField(help_text="seconds since the epoch")
    type = s.CharField()
    step = s.CharField(allow_null=True)
    data = s.JSONField()  # type: ignore[assignment]
    spilled = s.JSONField(
        required=False, help_text="which values of the data are large, and only begun in it"
    )


class EventPage(s.Serializer[Any]):
    """Events after the one asked for, and the number of the run's last one."""

    events = EventShape(many=True)
    last_seq = s.IntegerField()


class ValueQuery(Query):
    """Which part of which value is asked for."""

    seq = Whole(
        required=False,
        default=1,
        min_value=1,
        max_value=2**31 - 1,
        help_text="the event that has it; the first one has what the run began with",
    )
    at = Text(
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="a JSON pointer (RFC 6901) into the event's data, such as /outputs/out",
    )
    offset = Whole(required=False, default=0, min_value=0, max_value=2**62)
    limit = Whole(required=False, default=100, min_value=1, max_value=100_000)
    whole = TrueFalse(
        required=False, default=False, help_text="all of it, as JSON, in place of a page"
    )
    format = Text(required=False)


class ValuePage(s.Serializer[Any]):
    """Some parts of a value: `items` of a list, `entries` of an object, or some of a `text`."""

    kind = s.ChoiceField(["list", "object", "text", "other"])
    length = s.IntegerField(help_text="how many parts there are: items, keys, or characters")
    offset = s.IntegerField()
    items = s.ListField(child=s.JSONField(), required=False)
    entries = s.DictField(child=s.JSONField(), required=False)
    text = s.CharField(required=False)
    value = s.JSONField(required=False)
