"""Queues and dead letters: what makes and changes them, and how they are shown."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Id, Inbound, Items, Number, Text, TrueFalse, Whole
from runner.graph.queueing import HIGHEST, LOWEST
from runner.models import WhenFull

MOST_REPLAYED = 1000


class ChangedQueue(Inbound):
    """What may be changed of a queue."""

    priority = Whole(required=False, min_value=LOWEST, max_value=HIGHEST)
    concurrency = Whole(required=False, allow_null=True, min_value=1, max_value=1_000_000)
    rate = Number(required=False, allow_null=True, min_value=0.0001, max_value=10_000)
    burst = Whole(required=False, min_value=1, max_value=10_000)
    when_full = Choice(WhenFull.choices, required=False)
    most_waiting = Whole(required=False, allow_null=True, min_value=0, max_value=1_000_000_000)
    paused = TrueFalse(required=False, help_text="nothing of it begins")
    draining = TrueFalse(required=False, help_text="it takes nothing new")


class NewQueue(ChangedQueue):
    """What makes a queue."""

    name = Text(max_length=64)


class QueueShape(s.Serializer[Any]):
    """A queue with its figures; times are seconds, null where there is nothing to measure."""

    name = s.CharField()
    priority = s.IntegerField()
    concurrency = s.IntegerField(allow_null=True)
    rate = s.FloatField(allow_null=True)
    burst = s.IntegerField()
    when_full = s.ChoiceField(WhenFull.choices)
    most_waiting = s.IntegerField(allow_null=True)
    paused = s.BooleanField()
    draining = s.BooleanField()
    waiting = s.IntegerField(help_text="runs that are ready to begin")
    held = s.IntegerField(help_text="runs that wait for a slot of their blueprint")
    put_off = s.IntegerField(help_text="runs that wait for their moment")
    running = s.IntegerField(help_text="runs that workers execute")
    oldest = s.FloatField(allow_null=True, help_text="how long the first of them has waited")
    waited_p50 = s.FloatField(allow_null=True, help_text="of those begun in the last hour")
    waited_p95 = s.FloatField(allow_null=True)


class ToReplay(Inbound):
    """Which dead letters are run again, and where that begins."""

    runs = Items(
        required=False,
        child=Id(),
        min_length=1,
        max_length=MOST_REPLAYED,
        help_text="those with these ids",
    )
    blueprint = Id(required=False, help_text="all of this blueprint, the oldest first")
    begin = Choice(["failed", "start"], required=False, default="failed")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of both."""
        if ("runs" in attrs) == ("blueprint" in attrs):
            raise s.ValidationError("Give either runs or a blueprint.")
        return attrs


class Replaying(s.Serializer[Any]):
    """A dead letter and the run that replays it."""

    run = s.UUIDField()
    by = s.UUIDField()


class NotReplayed(s.Serializer[Any]):
    """A dead letter that stays one."""

    run = s.UUIDField()
    why = s.CharField()


class ReplayedShape(s.Serializer[Any]):
    """What became of dead letters."""

    replayed = Replaying(many=True)
    refused = NotReplayed(many=True)
