"""The runs themselves: each row is also a place in the queue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from runner.models.ids import time_ordered_id


class RunStatus(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued"  # accepted, not yet claimed by a worker
    RUNNING = "running"
    WAITING = "waiting"  # parked: no worker has it, until `wake_at` or until something comes
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNSUCCESSFUL = (RunStatus.FAILED.value, RunStatus.CANCELLED.value)
LIVE = (RunStatus.QUEUED.value, RunStatus.RUNNING.value, RunStatus.WAITING.value)
PAUSED = "paused"  # how a run that goes on is shown while its debugger holds it
SHOWN_STATUSES = (*RunStatus.values, PAUSED)


# How the runs of the items of a spread frame are started: each is a part of the run that did it.
SPREAD = "spread"
WHOLE = ~models.Q(trigger=SPREAD)


class Run(models.Model):
    """One execution of one drawing. This row is also the run's place in the queue."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    # The indexes below begin with blueprint and owner; each index more costs every run.
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    version = models.ForeignKey(
        "editor.BlueprintVersion",
        null=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        help_text="Empty for a run of the draft.",
    )
    drawing = models.ForeignKey(
        "editor.Drawing", on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="runs",
        db_index=False,
        help_text="Whose blueprint it is, and with whose rights it calls others.",
    )
    # What starts by itself is inserted without this one.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Who started it; empty for what no person did.",
    )
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    trigger = models.CharField(max_length=20, help_text="manual, webhook, api, cli, …")
    trigger_node = models.CharField(max_length=64, blank=True)
    # A webhook's run is inserted without these: it is no rerun.
    rerun_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="reruns",
        db_index=False,
        help_text="The run that this one repeats.",
    )
    rerun_from = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Where it began to repeat it: start, failed, or a step.",
    )
    # A webhook's run is inserted without these as well: nothing but its request started it.
    parent = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="children",
        db_index=False,
        help_text="The run whose step, error or end started this one.",
    )
    parent_step = models.TextField(
        blank=True, default="", db_default="", help_text="The step that called it, if one did."
    )
    parent_attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    depth = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many calls lead to it."
    )
    cancel_with_parent = models.BooleanField(default=False, db_default=False)
    handles_error = models.BooleanField(
        default=False,
        db_default=False,
        help_text="An error started it, or such a run: its own starts no error blueprint.",
    )
    unsettled = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Something happened to it of which the consequences are still to be drawn.",
    )
    unhandled = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Why the error blueprint that its drawing names was not started.",
    )
    inputs: models.JSONField[Any, Any] = models.JSONField(default=dict)
    outputs: models.JSONField[Any, Any] = models.JSONField(null=True)
    error: models.JSONField[Any, Any] = models.JSONField(null=True)
    paused = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Its debugger has paused it, as its journal says: told of it soon after.",
    )
    cancel_requested = models.BooleanField(default=False)
    cancel_reason = models.CharField(max_length=200, blank=True)
    epoch = models.PositiveIntegerField(
        default=0, help_text="Rises with every claim; a journal write of an older epoch is refused."
    )
    worker = models.CharField(
        max_length=64, blank=True, help_text="Who executes it; empty: nobody, any may claim it."
    )
    # A run is inserted without it, unless it was put off.
    wake_at = models.DateTimeField(
        null=True,
        help_text="When a waiting run goes on (empty: when something comes for it), and before "
        "when a queued one does not begin.",
    )
    queue = models.CharField(max_length=64, default="default", db_default="default")
    priority = models.SmallIntegerField(
        default=0, db_default=0, help_text="The queue's and its own together."
    )
    turn = models.DateTimeField(
        default=timezone.now,
        help_text="Its place in the queue: when it was ready to begin, less a minute for each step "
        "of its priority.",
    )
    labels = models.CharField(
        max_length=600,
        blank=True,
        default="",
        db_default="",
        help_text="What a worker must have to take it, sorted, with commas between.",
    )
    # The rest of what queues is left out where nothing was wanted.
    limited = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It takes one of the slots that its blueprint limits, until it ends.",
    )
    limit_key = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="With whom it shares them."
    )
    held = models.BooleanField(
        default=False, db_default=False, help_text="It waits for such a slot."
    )
    attempt = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="The how manieth of a run that is tried again."
    )
    dead = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It failed for good, and nobody has replayed or dismissed it.",
    )
    noted_seq = models.PositiveIntegerField(
        default=0,
        db_column="last_seq",
        help_text="The number of its last event when its status changed last.",
    )
    created = models.DateTimeField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    # A run is inserted without it.
    edited = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Somebody else than the blueprint's owner has put values into its middle, so "
        "that the owner does not answer for it.",
    )
    # A run is inserted without it.
    pruned = models.DateTimeField(null=True, help_text="Since when its journal is gone.")

    class Meta:
        ordering = ("-created",)
        indexes = (
            # Ended runs and those that may not begin yet are not in the queue's index, and parked
            # ones stand apart in it: a look for runs passes none of them. SQLite uses it only
            # where the query has the same condition.
            models.Index(
                fields=("status", "queue", "labels", "owner", "turn"),
                condition=models.Q(finished__isnull=True, wake_at__isnull=True, held=False),
                name="run_queue",
            ),
            models.Index(
                fields=("labels",),
                condition=models.Q(finished__isnull=True, labels__gt=""),
                name="run_labels",
            ),
            models.Index(
                fields=("blueprint", "limit_key"),
                condition=models.Q(limited=True, held=False, finished__isnull=True),
                name="run_slots",
            ),
            models.Index(
                fields=("blueprint", "limit_key", "turn"),
                condition=models.Q(held=True),
                name="run_held",
            ),
            models.Index(
                fields=("owner", "-finished"), condition=models.Q(dead=True), name="run_dead"
            ),
            models.Index(
                fields=("wake_at",),
                condition=models.Q(finished__isnull=True, wake_at__isnull=False),
                name="run_wake",
            ),
            models.Index(fields=("blueprint", "-created"), name="run_blueprint"),
            models.Index(fields=("owner", "-created"), name="run_owner"),
            # The newest of all, which is what superusers see first, and of many.
            models.Index(fields=("-created",), name="run_created"),
            # Those that have not ended are few of many, and are asked for all the time.
            models.Index(
                fields=("-created",), condition=models.Q(finished__isnull=True), name="run_live"
            ),
            # Few of many runs fail: who looks for those would read nearly all by the others.
            # A run that succeeds is in none of these; `shown_as` has their condition.
            models.Index(
                fields=("owner", "status", "-created"),
                condition=models.Q(status__in=UNSUCCESSFUL),
                name="run_failed_owner",
            ),
            models.Index(
                fields=("status", "-created"),
                condition=models.Q(status__in=UNSUCCESSFUL),
                name="run_failed",
            ),
            models.Index(
                fields=("blueprint", "status", "-created"),
                condition=models.Q(status__in=UNSUCCESSFUL),
                name="run_failed_blueprint",
            ),
            models.Index(
                fields=("rerun_of",),
                condition=models.Q(rerun_of__isnull=False),
                name="run_reruns",
            ),
            models.Index(
                fields=("parent", "-created"),
                condition=models.Q(parent__isnull=False),
                name="run_children",
            ),
            models.Index(fields=("id",), condition=models.Q(unsettled=True), name="run_unsettled"),
            models.Index(
                fields=("blueprint", "finished"),
                condition=models.Q(finished__isnull=False, pruned__isnull=True),
                name="run_journals",
            ),
            models.Index(
                fields=("blueprint", "finished"),
                condition=models.Q(finished__isnull=False, pruned__isnull=False),
                name="run_pruned",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def last_seq(self) -> int:
        """The number of its last event; the journal is asked for it while the run is executed."""
        if self.status != RunStatus.RUNNING:
            return self.noted_seq
        if "newest_seq" in self.__dict__:
            newest = self.__dict__["newest_seq"]  # of a list: `with_newest`
        else:
            newest = self.chunks.order_by("-first_seq").values_list("last_seq", flat=True).first()
        return max(self.noted_seq, newest or 0)

    @property
    def shown_status(self) -> str:
        """Where the run stands, as people see it: also `paused`."""
        live = self.status in (RunStatus.RUNNING, RunStatus.WAITING)
        return PAUSED if self.paused and live else self.status
