"""Addresses that are told what happens here, the messages to them, and each attempt to send one."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from runner.models.ids import time_ordered_id
from runner.models.runs import Run


class Endpoint(models.Model):
    """An address of somebody else that gets messages, signed with the endpoint's own secret.

    Nodes send to it by its name; by the three switches it is told how runs end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="endpoints"
    )
    name = models.CharField(max_length=100, help_text="By this name nodes send to it.")
    url = models.CharField("address", max_length=2000, help_text="https:// or http://")
    blueprint = models.ForeignKey(
        "editor.Blueprint",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="endpoints",
        help_text="Whose runs it is told of. Empty: those of all blueprints of its owner.",
    )
    on_succeeded = models.BooleanField(
        "told of success", default=False, db_default=False, help_text="Sends run.succeeded."
    )
    on_failed = models.BooleanField(
        "told of failure", default=False, db_default=False, help_text="Sends run.failed."
    )
    on_cancelled = models.BooleanField(
        "told of cancels", default=False, db_default=False, help_text="Sends run.cancelled."
    )
    enabled = models.BooleanField(default=True)
    why_off = models.TextField(
        blank=True, editable=False, help_text="Why it was switched off, where nobody did it."
    )
    failing_since = models.DateTimeField(
        null=True, editable=False, help_text="Since when nothing has arrived."
    )
    secret = models.TextField(editable=False, help_text="Encrypted with the site's key.")
    old_secret = models.TextField(
        blank=True, editable=False, help_text="The one before, which signs too until `old_until`."
    )
    old_until = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created",)
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="one_endpoint_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class MessageStatus(models.TextChoices):
    """Where a message stands."""

    WAITING = "waiting"  # for its next attempt
    DELIVERED = "delivered"
    FAILED = "failed"  # no further attempt is made by itself


UNDELIVERED = (MessageStatus.WAITING.value, MessageStatus.FAILED.value)


class OutgoingMessage(models.Model):
    """A message to an endpoint: its bytes stay the same at every attempt, and so does its id."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    key = models.TextField(
        unique=True, help_text="What it is about: who asks for the same again gets this message."
    )
    type = models.CharField(max_length=100)
    body = models.BinaryField()
    headers = models.TextField(
        blank=True, editable=False, help_text="Further headers, encrypted with the site's key."
    )
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="messages")
    step = models.TextField(blank=True, help_text="The step that waits until it has arrived.")
    status = models.CharField(
        max_length=9, choices=MessageStatus.choices, default=MessageStatus.WAITING
    )
    why = models.TextField(blank=True, help_text="Why no further attempt is made.")
    tries = models.PositiveIntegerField(
        default=0, help_text="Attempts since it was sent, or last sent again."
    )
    began = models.DateTimeField(null=True, help_text="When the first of these attempts was made.")
    due = models.DateTimeField(help_text="When it may be sent next, or taken over.")
    claim = models.CharField(
        max_length=32, blank=True, help_text="Whoever sends it now; until `due` nobody else does."
    )
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("endpoint", "-created"), name="message_endpoint"),
            # By what says that a message waits: SQLite takes no index whose condition is compared
            # with a value, since a query brings its values apart.
            models.Index(
                fields=("endpoint", "due"),
                condition=models.Q(ended__isnull=True),
                name="message_waiting",
            ),
            # Who looks for those of an endpoint that wait or have failed would read all of it.
            models.Index(
                fields=("status", "endpoint", "-created"),
                condition=models.Q(status__in=UNDELIVERED),
                name="message_undelivered",
            ),
            models.Index(
                fields=("ended",), condition=models.Q(ended__isnull=False), name="message_ended"
            ),
        )

    @property
    def webhook_id(self) -> str:
        """The id that the receiver sees, at every attempt the same."""
        return f"msg_{self.pk.hex}"

    def __str__(self) -> str:
        return f"{self.type} {self.webhook_id}"


class SendAttempt(models.Model):
    """One attempt to send a message, and what came back."""

    message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="attempts")
    started = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, help_text="None: no answer came.")
    error = models.TextField(blank=True)
    answer = models.BinaryField(help_text="The first KiB of the answer's body.")

    class Meta:
        ordering = ("started", "pk")
        # The charts count those of the last day, whatever was sent before.
        indexes = (models.Index(fields=("started",), name="attempt_started"),)

    def __str__(self) -> str:
        return f"{self.message_id} {self.status or self.error}"
