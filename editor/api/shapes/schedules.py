"""Schedules: how they are shown, which are asked for, and what is made up for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Id, Inbound, Moment, Object, Query, Text, TrueFalse
from runner.models import ScheduleState


class ScheduleShape(s.Serializer[Any]):
    """A schedule of a published version. Its times are those of its zone."""

    id = s.UUIDField()
    blueprint = s.UUIDField()
    blueprint_name = s.CharField()
    node = s.CharField()
    state = s.ChoiceField(ScheduleState.choices)
    error = s.CharField(help_text="why it cannot start anything; else empty")
    words = s.CharField(help_text="when it comes, in English")
    time_zone = s.CharField()
    parameters = s.DictField(help_text="those of its node, as they were published")
    next = s.ListField(child=s.DateTimeField(), help_text="the next five times")
    last = s.DateTimeField(allow_null=True, help_text="the last time that has started")
    last_run = s.UUIDField(allow_null=True)
    count = s.IntegerField(help_text="how many of its times have started")


class ScheduleQuery(Query):
    """Which schedules are asked for."""

    blueprint = Id(required=False)
    state = Choice(ScheduleState.choices, required=False)
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)


class NewBackfill(Inbound):
    """A range whose times are made up for, both ends included."""

    begin = Moment()
    end = Moment()
    dry = TrueFalse(default=False, help_text="only say which times there are")


class BackfillShape(s.Serializer[Any]):
    """The times that are made up for, and the runs that were started for them."""

    count = s.IntegerField()
    times = s.ListField(child=s.DateTimeField())
    runs = s.ListField(child=s.UUIDField(), help_text="none where it was only asked (`dry`)")


class CalendarShape(s.Serializer[Any]):
    """A calendar of days off, which schedules name; its days are the operator's."""

    name = s.CharField()


class ToForesee(Inbound):
    """A schedule's parameters, as a node has them."""

    parameters = Object()


class TimetableError(s.Serializer[Any]):
    """What is wrong with a parameter."""

    parameter = s.CharField()
    message = s.CharField()


class Foreseen(s.Serializer[Any]):
    """When a schedule with such parameters would come, or what is wrong with them."""

    words = s.CharField(help_text="empty where it cannot be read")
    time_zone = s.CharField()
    next = s.ListField(child=s.DateTimeField(), help_text="the next five times, of the zone")
    error = TimetableError(allow_null=True)
