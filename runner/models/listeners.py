"""What starts runs when something comes from outside: the listeners of published versions."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from runner.models.ids import time_ordered_id
from runner.models.runs import Run


class ListenerState(models.TextChoices):
    """Where a listener stands."""

    LISTENING = "listening"  # a worker listens
    WAITING = "waiting"  # no worker has taken it yet
    PAUSED = "paused"  # somebody has paused it
    DISABLED = "disabled"  # its node is disabled
    TROUBLE = "trouble"  # `error` says why it cannot listen; it is tried again


class Listener(models.Model):
    """A trigger of a blueprint's published version to which one worker at a time listens.

    Each claim, and each change of what is listened to, raises `epoch`; what a worker takes is
    written only under the epoch that it claimed, together with `cursor`, which says how far it
    has come.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="listeners"
    )
    node = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    parameters: models.JSONField[Any, Any] = models.JSONField()
    enabled = models.BooleanField(default=True, help_text="Whether its node is.")
    paused = models.BooleanField(default=False)
    cursor: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="How far it has come, as its kind notes it."
    )
    epoch = models.PositiveBigIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True, default="", help_text="Who listens.")
    until = models.DateTimeField(null=True, help_text="Until when the holder is believed to live.")
    error = models.TextField(blank=True, default="", help_text="Why it cannot listen.")
    failures = models.PositiveIntegerField(default=0, help_text="How often in a row it could not.")
    retry_at = models.DateTimeField(null=True, help_text="When it is tried again.")
    last_at = models.DateTimeField(null=True, help_text="When something came last.")
    last_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    count = models.PositiveBigIntegerField(default=0, help_text="How many runs it has started.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created", "id")
        constraints = (
            models.UniqueConstraint(fields=("blueprint", "node"), name="one_listener_a_node"),
        )

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node}"

    @property
    def state(self) -> ListenerState:
        """Where it stands; a holder that has died is told for as long as its lease lasts."""
        if not self.enabled:
            return ListenerState.DISABLED
        if self.paused:
            return ListenerState.PAUSED
        if self.error:
            return ListenerState.TROUBLE
        return ListenerState.LISTENING if self.holder else ListenerState.WAITING


class MessageAside(models.Model):
    """What came to a listener and could not become a run, so that what came after it could.

    It names its listener by blueprint and node: it outlives what is published.
    """

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="messages_aside"
    )
    node = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    content = models.TextField(help_text="What came, as JSON of ASCII characters alone.")
    reason = models.TextField(help_text="Why it could not be accepted.")
    run = models.ForeignKey(
        Run, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Of its replay."
    )
    replayed = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "message set aside"
        verbose_name_plural = "messages set aside"

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node}: {self.created:%Y-%m-%d %H:%M:%S}"
