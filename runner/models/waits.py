"""What steps wait for, and what has come for them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from runner.models.ids import time_ordered_id
from runner.models.runs import Run


class Signal(models.Model):
    """Something that has come for a step of a run from outside: a call, a decision, a run's end.

    It is never taken back. `reached` is said when the run's journal has it.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="signals", db_index=False)
    step = models.TextField()
    key = models.CharField(
        max_length=100, help_text="What may come only once for the step, such as a person's vote."
    )
    value: models.JSONField[Any, Any] = models.JSONField()
    created = models.DateTimeField()
    reached = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("run", "step", "key"), name="one_signal_a_key"),
        )
        indexes = (
            models.Index(
                fields=("run",), condition=models.Q(reached=False), name="signal_unreached"
            ),
        )


class WaitKind(models.TextChoices):
    """What a step waits for."""

    CALL = "call"  # a request to its address
    APPROVAL = "approval"


class Wait(models.Model):
    """A step that waits for somebody, as its run's journal says it: made from there at any time."""

    id = models.UUIDField(primary_key=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="waits")
    step = models.TextField()
    kind = models.CharField(max_length=10, choices=WaitKind.choices)
    offer: models.JSONField[Any, Any] = models.JSONField(
        help_text="What those who are asked see: title, note, value, how many must agree."
    )
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    groups = models.ManyToManyField("auth.Group", related_name="+")
    until = models.DateTimeField(null=True)
    created = models.DateTimeField()
    closed = models.DateTimeField(null=True, help_text="Since when nothing is waited for.")

    class Meta:
        ordering = ("-created",)
        indexes = (
            models.Index(
                fields=("-created",), condition=models.Q(closed__isnull=True), name="wait_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.run_id}/{self.step}"


class KeyTurn(models.Model):
    """A frame of a run that has a key which frames of other runs may want, or that waits for it.

    Of those with the same `name` one has it: the others follow in the order of their ids.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    name = models.CharField(max_length=64, help_text="A digest of the key and whose it is.")
    key = models.CharField(max_length=200, help_text="The key as people see it, perhaps cut.")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="key_turns")
    step = models.TextField(help_text="What the paths inside the frame begin with.")
    created = models.DateTimeField()
    granted = models.DateTimeField(null=True, help_text="Since when it has the key.")
    known = models.BooleanField(default=False, help_text="Whether its run was told that it has it.")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name",), condition=models.Q(granted__isnull=False), name="one_has_a_key"
            ),
            models.UniqueConstraint(fields=("run", "step"), name="one_turn_a_frame"),
        )
        indexes = (models.Index(fields=("name", "id"), name="key_turn_line"),)
        verbose_name = "key"

    def __str__(self) -> str:
        return f"{self.key} {self.run_id}/{self.step}"


class WaitingStart(models.Model):
    """An end that a blueprint which starts after others has seen, until all are there.

    A later end of the same blueprint takes the place of an earlier one.
    """

    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    node = models.CharField(max_length=64, help_text="Its trigger node.")
    after = models.ForeignKey("editor.Blueprint", on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("blueprint", "node", "after"), name="one_waiting_start"
            ),
        )

    def __str__(self) -> str:
        return f"{self.blueprint_id} {self.node} after {self.run_id}"
