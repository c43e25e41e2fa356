"""The debugger: what is asked of it, and how a run stands in it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import (
    Anything,
    Inbound,
    Items,
    Number,
    Object,
    Query,
    Text,
    TrueFalse,
    Whole,
)
from runner.models import SHOWN_STATUSES


class DebugStart(Inbound):
    """How a run starts under the debugger."""

    breakpoints = Items(
        child=Object(child=Text()),
        required=False,
        default=list,
        help_text="{node, when: before or after} or {edge: 'a.out -> b.in'}",
    )
    paused = TrueFalse(default=False, help_text="pause before the first step")


class BreakpointsSet(Inbound):
    """The breakpoints of a run, instead of those that it has."""

    breakpoints = Items(child=Object(child=Text()))


class GoOn(Inbound):
    """A paused run goes on."""

    wait = Number(
        default=0,
        min_value=0,
        max_value=60,
        help_text="how many seconds to wait until it is paused again, or over",
    )
    pause = Whole(
        required=False,
        min_value=1,
        help_text="the pause that is meant, as the run was shown; in another one, nothing is done",
    )


class StepOn(GoOn):
    """One step of a paused run."""

    step = Text(
        required=False, max_length=2000, help_text="which of those that are held; else the next"
    )
    over = TrueFalse(default=False, help_text="of a frame: all that is in it")


class EditedToken(Inbound):
    """Another value for a token in flight."""

    token = Text(max_length=2000)
    value = Anything(allow_null=True)


class TokenQuery(Query):
    """Which token is asked for."""

    token = Text(required=False, max_length=2000, help_text="only this one, with its value")
    format = Text(required=False)


class TokenShape(s.Serializer[Any]):
    """A token in flight."""

    id = s.CharField()
    node = s.CharField(help_text="where it waits")
    port = s.CharField()
    type = s.CharField(help_text="what the port takes")
    step = s.CharField(allow_null=True, help_text="the step that has it and has not begun")
    place = s.CharField(help_text="the frames around it, such as 'all[0]/'")
    origin = s.JSONField(allow_null=True, help_text="{step, port} that it came from")
    edge = s.CharField(allow_null=True, help_text="the edge that it came over")
    size = s.IntegerField(help_text="of its value as JSON, in bytes")
    value = s.JSONField(allow_null=True, help_text="null where large")
    large = s.BooleanField(help_text="whether its value is only shown when it is asked for alone")


class DebuggedRun(s.Serializer[Any]):
    """How a run stands in the debugger."""

    run = s.UUIDField()
    at = s.IntegerField(help_text="the number of the last event that counts")
    status = s.ChoiceField(SHOWN_STATUSES)
    paused = s.BooleanField()
    pause = s.IntegerField(
        allow_null=True, help_text="the number of this pause: that of its event in the journal"
    )
    reason = s.CharField(help_text="why it is paused: start, asked, breakpoint or step")
    step = s.CharField(allow_null=True, help_text="the step that the reason is about")
    breakpoint = s.JSONField(
        allow_null=True, help_text="which one it is held at, where that is the reason"
    )
    held = s.ListField(child=s.CharField(), help_text="the steps that could begin, in order")
    breakpoints = s.JSONField()
    tokens = TokenShape(many=True)
