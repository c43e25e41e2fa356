"""The rows behind runs: the runs themselves, their journal, workers, webhooks and deliveries."""

from __future__ import annotations

import os
import random
import time
import uuid
import zlib
from typing import Any

from django.conf import settings
from django.db import models

# A source of their own: who seeds the interpreter's, as a node's code may, would repeat ids.
# The system's own source gives up the interpreter's lock each time, and ids are no secrets.
_ids = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_ids.seed)


def time_ordered_id() -> uuid.UUID:
    """Return a UUID that begins with its moment (version 7).

    Rows that come together then lie together in the index of their ids, so a
    commit of many touches few pages (RFC 9562, section 5.7).
    """
    moment = time.time_ns() // 1_000_000
    drawn = _ids.getrandbits(74)
    high = moment << 16 | 0x7000 | drawn >> 62
    return uuid.UUID(int=high << 64 | 0b10 << 62 | drawn & (1 << 62) - 1)


class RunStatus(models.TextChoices):
    """Where a run stands."""

    QUEUED = "queued"  # accepted, not yet claimed by a worker
    RUNNING = "running"
    WAITING = "waiting"  # parked: no worker has it, until `wake_at` or until something comes
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


PAUSED = "paused"  # how a run that goes on is shown while its debugger holds it
SHOWN_STATUSES = (*RunStatus.values, PAUSED)


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
    # A run is inserted without it: only a parked one has it.
    wake_at = models.DateTimeField(
        null=True, help_text="When a waiting run goes on; empty: when something comes for it."
    )
    last_seq = models.PositiveIntegerField(default=0)
    created = models.DateTimeField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    # A run is inserted without it.
    pruned = models.DateTimeField(null=True, help_text="Since when its journal is gone.")

    class Meta:
        ordering = ("-created",)
        indexes = (
            # Ended runs are not in the queue's index, and parked ones stand apart in it: a look for
            # runs passes neither. SQLite uses it only where the query has the same condition.
            models.Index(
                fields=("status", "created"),
                condition=models.Q(finished__isnull=True),
                name="run_queue",
            ),
            models.Index(
                fields=("wake_at",), condition=models.Q(status="waiting"), name="run_wake"
            ),
            models.Index(fields=("blueprint", "-created"), name="run_blueprint"),
            models.Index(fields=("owner", "-created"), name="run_owner"),
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
    def shown_status(self) -> str:
        """Where the run stands, as people see it: also `paused`."""
        live = self.status in (RunStatus.RUNNING, RunStatus.WAITING)
        return PAUSED if self.paused and live else self.status


def checksum_of(text: str) -> int:
    """Return the CRC-32 of a chunk's text, by which it is known to be what was written."""
    # What a damaged page holds may be no text that UTF-8 can write.
    return zlib.crc32(text.encode(errors="surrogatepass"))


class JournalChunk(models.Model):
    """A batch of a run's events, as one commit wrote them. Never changed."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    epoch = models.PositiveIntegerField()
    events = models.TextField(help_text="A JSON list of events.")
    checksum = models.BigIntegerField(
        null=True, help_text="CRC-32 of the events; empty where an older Conductor wrote them."
    )

    class Meta:
        ordering = ("run", "first_seq")
        constraints = (
            models.UniqueConstraint(fields=("run", "first_seq"), name="one_chunk_a_sequence"),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the chunk with its checksum."""
        if self.checksum is None:
            self.checksum = checksum_of(self.events)
        super().save(*args, **kwargs)


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


class Retention(models.Model):
    """How far the site has come with removing what is too old or too much: one row."""

    holder = models.CharField(max_length=16, blank=True, default="", help_text="Who prunes now.")
    until = models.DateTimeField(null=True, help_text="Until when the holder is believed to live.")
    due = models.DateTimeField(null=True, help_text="When the site prunes next by itself.")
    rest = models.ForeignKey(
        Run,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="A pruned run whose journal is too long to be deleted at once.",
    )
    bytes = models.BigIntegerField(
        default=0, help_text="The journals' size, of the chunks with ids up to `measured`."
    )
    measured = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(
        default=0, help_text="The newest chunk's id at the last measurement."
    )


class Pruned(models.Model):
    """What was pruned on a day (of UTC)."""

    day = models.DateField(primary_key=True)
    journals = models.BigIntegerField(default=0, help_text="Runs whose journals went.")
    bytes = models.BigIntegerField(default=0, help_text="The size of those journals.")
    runs = models.BigIntegerField(default=0, help_text="Runs whose rows went.")
    deliveries = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-day",)
        verbose_name_plural = "pruned"

    def __str__(self) -> str:
        return self.day.isoformat()


class Worker(models.Model):
    """A process that claims runs, and when it was last seen."""

    name = models.CharField(primary_key=True, max_length=64)
    started = models.DateTimeField()
    heartbeat = models.DateTimeField(db_index=True)


class Authentication(models.TextChoices):
    """How a webhook knows its callers."""

    NONE = "none", "None: anyone who knows the address"
    HEADER = "header", "A secret in a header"
    BASIC = "basic", "User and password (HTTP basic)"
    HMAC = "hmac", "HMAC-SHA256 signature of the raw body"
    GITHUB = "github", "GitHub (X-Hub-Signature-256)"


class Webhook(models.Model):
    """An address that starts runs at a webhook trigger of a blueprint's published version.

    What the trigger accepts and how it answers are parameters of the trigger
    node in the published version; this row holds the address and who may call it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.CharField(max_length=43, unique=True, editable=False)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="webhooks"
    )
    node = models.CharField(
        max_length=64, help_text="The name of the webhook trigger node in the blueprint."
    )
    enabled = models.BooleanField(default=True)
    authentication = models.CharField(
        max_length=10, choices=Authentication.choices, default=Authentication.HMAC
    )
    header = models.CharField(
        max_length=100,
        blank=True,
        help_text="The header that carries the secret or the signature. Empty: the scheme's own.",
    )
    username = models.CharField(max_length=100, blank=True, help_text="For HTTP basic.")
    secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted with the site's key."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.blueprint} / {self.node}"


class Verdict(models.TextChoices):
    """What became of a request to a webhook."""

    ACCEPTED = "accepted"
    BAD_SIGNATURE = "bad_signature"
    NOT_ALLOWED = "not_allowed"  # method
    TOO_LARGE = "too_large"
    BAD_BODY = "bad_body"
    DISABLED = "disabled"
    NOT_PUBLISHED = "not_published"  # the published version has no such trigger


class WebhookDelivery(models.Model):
    """One request to a webhook's address, also a refused one, with the reason."""

    id = models.UUIDField(primary_key=True, default=time_ordered_id, editable=False)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    received = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.TextField(blank=True)
    query = models.TextField(blank=True)
    headers: models.JSONField[Any, Any] = models.JSONField(help_text="Without secrets.")
    body = models.BinaryField()
    sender = models.CharField(max_length=45, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    replay_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ("-received",)
        indexes = (
            models.Index(fields=("webhook", "-received"), name="delivery_webhook"),
            models.Index(
                fields=("replay_of",),
                condition=models.Q(replay_of__isnull=False),
                name="delivery_replay",
            ),
        )
        verbose_name_plural = "webhook deliveries"
