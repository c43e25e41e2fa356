"""Runs: which are asked for, what starts one, and how it is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers as s

from editor.api.shapes.debug import DebugStart
from editor.api.shapes.fields import (
    Anything,
    Id,
    Inbound,
    Moment,
    Number,
    Object,
    Query,
    Text,
    TrueFalse,
    Whole,
)
from runner.graph.queueing import HIGHEST, LOWEST
from runner.models import SHOWN_STATUSES

LONGEST_DELAY = 10 * 366 * 86400
LONGEST_KEPT = 366 * 86400


class HoldShape(s.Serializer[Any]):
    """One thing that a queued run waits for."""

    code = s.CharField(help_text="stable, as `queue_limit`")
    message = s.CharField()


class RunShape(s.Serializer[Any]):
    """A run."""

    id = s.UUIDField()
    blueprint = s.UUIDField()
    blueprint_name = s.CharField()
    version = s.IntegerField(allow_null=True, help_text="null for a run of the draft")
    status = s.ChoiceField(SHOWN_STATUSES)
    trigger = s.CharField()
    trigger_node = s.CharField()
    started_by = s.CharField(allow_null=True, help_text="who started it; null for what no one did")
    rerun_of = s.UUIDField(allow_null=True, help_text="the run that this one repeats")
    rerun_from = s.CharField(help_text="where it began to repeat it: start, failed, or a step")
    parent_step = s.CharField(help_text="the step that called it, if one did")
    depth = s.IntegerField(help_text="how many calls lead to it")
    inputs = s.JSONField()
    outputs = s.JSONField(allow_null=True)
    error = s.JSONField(allow_null=True)
    created = s.DateTimeField()
    started = s.DateTimeField(allow_null=True)
    finished = s.DateTimeField(allow_null=True)
    last_seq = s.IntegerField()
    queue = s.CharField(help_text="the queue that it waits or waited in")
    priority = s.IntegerField(help_text="the queue's and its own together")
    due = s.DateTimeField(allow_null=True, help_text="before when a queued run does not begin")
    held = s.BooleanField(help_text="it waits for other runs of its blueprint to end")
    held_by = HoldShape(
        many=True, help_text="what a queued run waits for; a list does not count who comes before"
    )
    labels = s.ListField(child=s.CharField(), help_text="what a worker must have to take it")
    attempt = s.IntegerField(help_text="the how manieth of a run that is tried again")
    dead = s.BooleanField(help_text="it failed for good, and nobody replayed or dismissed it")
    unhandled = s.CharField(help_text="why its error blueprint was not started; empty: it was")
    pruned = s.DateTimeField(allow_null=True, help_text="since when its journal is gone")

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `parent`, which means something else to a serializer."""
        parent = s.UUIDField(
            allow_null=True, help_text="the run whose call, error or end started this one"
        )
        return {**super().get_fields(), "parent": parent}


class RunDetail(RunShape):
    """A run with the document that it executes."""

    document = s.JSONField()
    lacking = s.CharField(help_text="that no worker lives which may take it; empty: one does")


class RunQuery(Query):
    """Which runs are asked for."""

    status = Text(required=False, help_text="one or more, with commas between")
    blueprint = Id(required=False)
    step = Text(required=False, help_text="with parent: the step that called them")
    dead = TrueFalse(required=False, help_text="only dead letters, or all but them")
    queue = Text(required=False, help_text="those of this queue")
    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `parent`, which means something else to a serializer."""
        parent = Id(required=False, help_text="runs that this one has started")
        return {**super().get_fields(), "parent": parent}

    def validate_status(self, value: str) -> list[str]:
        """Read the statuses."""
        wanted = [part.strip() for part in value.split(",") if part.strip()]
        for name in wanted:
            if name not in SHOWN_STATUSES:
                known = ", ".join(SHOWN_STATUSES)
                raise s.ValidationError(f"{name!r} is none of {known}.")
        return wanted


class NewRun(Inbound):
    """What starts a run."""

    inputs = Object(
        required=False, help_text="those of the earlier run where its results are taken over"
    )
    draft = TrueFalse(required=False, default=False, help_text="run the draft as it is now")
    wait = Number(
        required=False,
        default=0,
        min_value=0,
        max_value=60,
        help_text="how many seconds to wait for its end (then 201) or a pause (202, as otherwise)",
    )
    trigger = Text(
        required=False, allow_blank=True, default="", max_length=64, help_text="a trigger node"
    )
    to = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=64,
        help_text="run this node, and of the others only those that lead to it",
    )
    reuse = Anything(
        required=False,
        help_text="whether what has not changed is taken over from the draft's last run, or from "
        "the run of this id; true with to and from",
    )
    mocks = Object(
        required=False,
        default=dict,
        child=Object(),
        help_text="nodes that are not run: {node: {outputs: {port: value}}} or {node: {error: …}}",
    )
    debug = DebugStart(required=False, help_text="run it under the debugger")
    delay = Number(
        required=False,
        min_value=0,
        max_value=LONGEST_DELAY,
        help_text="seconds before which it does not begin",
    )
    run_at = Moment(required=False, help_text="a moment before which it does not begin")
    priority = Whole(
        required=False,
        min_value=LOWEST,
        max_value=HIGHEST,
        help_text="another than the blueprint's; needs the right to edit",
    )
    unique = Text(
        required=False,
        max_length=1000,
        help_text="a key: while a run with it goes on, that one is returned (then 200)",
    )
    unique_for = Number(
        required=False,
        min_value=1,
        max_value=LONGEST_KEPT,
        help_text="seconds for which that holds in any case, also when the run has ended",
    )

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        since = Text(
            required=False,
            allow_blank=True,
            default="",
            max_length=64,
            help_text="run this node with its last inputs, and what comes after it",
        )
        return {**super().get_fields(), "from": since}

    def validate_reuse(self, value: Any) -> bool | str:
        """Ask for true, false, or the id of a run."""
        if isinstance(value, bool):
            return value
        try:
            return str(UUID(value))
        except (ValueError, TypeError, AttributeError):
            raise s.ValidationError("This is true, false, or the id of a run.") from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a run to take inputs from where a node is to run with its last ones."""
        if attrs["from"] and attrs.get("reuse") is False:
            raise s.ValidationError({"reuse": "'from' takes the inputs of an earlier run."})
        if "delay" in attrs and "run_at" in attrs:
            raise s.ValidationError({"delay": "Give either delay or run_at, not both."})
        if "unique_for" in attrs and "unique" not in attrs:
            raise s.ValidationError({"unique_for": "Give the key that it is about as 'unique'."})
        if attrs["to"] or attrs["from"] or attrs["mocks"] or attrs.get("reuse"):
            for name in ("delay", "run_at", "priority", "unique"):
                if name in attrs:
                    told = "Only a whole run queues as is wanted; a part of one begins at once."
                    raise s.ValidationError({name: told})
        return attrs
