"""What starts runs at times: the schedules of published versions, and calendars of days off."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from runner.models.runs import Run
from runner.timetable.days import DaysOff, read_lines


class ScheduleState(models.TextChoices):
    """Where a schedule stands."""

    ON = "on"  # its next time is known
    PAUSED = "paused"  # somebody has paused it
    OVER = "over"  # nothing comes any more
    DISABLED = "disabled"  # its node is disabled
    TROUBLE = "trouble"  # `error` says why it cannot start anything


class Schedule(models.Model):
    """A schedule trigger of a blueprint's published version, and what comes of it next.

    `parameters` are those of the node, as they were published; publishing keeps them in step.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="schedules"
    )
    node = models.CharField(max_length=64)
    parameters: models.JSONField[Any, Any] = models.JSONField()
    enabled = models.BooleanField(default=True, help_text="Whether its node is.")
    paused = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, help_text="The next time that has not started.")
    due_at = models.DateTimeField(null=True, help_text="When it starts: jitter may make it later.")
    last_at = models.DateTimeField(null=True, help_text="The last time that has started.")
    last_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    count = models.PositiveIntegerField(default=0, help_text="How many of its times have started.")
    error = models.TextField(blank=True, help_text="Why it cannot start anything.")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created", "id")
        constraints = (
            models.UniqueConstraint(fields=("blueprint", "node"), name="one_schedule_a_node"),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(due_at__isnull=False),
                name="schedule_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node}"

    @property
    def state(self) -> ScheduleState:
        """Where it stands."""
        if not self.enabled:
            return ScheduleState.DISABLED
        if self.error:
            return ScheduleState.TROUBLE
        if self.paused:
            return ScheduleState.PAUSED
        return ScheduleState.OVER if self.next_at is None else ScheduleState.ON


class Calendar(models.Model):
    """Days on which the schedules that name it start nothing; the operator keeps them."""

    name = models.CharField(max_length=64, unique=True)
    days = models.TextField(
        blank=True,
        help_text="One a line: 2027-12-24, a span 2027-12-24/2028-01-01, or 12-25 for each year. "
        "What follows # is a comment.",
    )
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse days that are none."""
        try:
            read_lines(self.days)
        except ValueError as error:
            raise ValidationError({"days": str(error)}) from None

    @property
    def days_off(self) -> DaysOff:
        """The days, as a timetable takes them."""
        return read_lines(self.days)
