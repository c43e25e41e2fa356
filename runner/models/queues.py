"""Queues by name, how fast things may go, and which starts are the same."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from runner.graph.queueing import DEFAULT, HIGHEST, LOWEST, QUEUE_NAME
from runner.models.runs import Run


class WhenFull(models.TextChoices):
    """What becomes of a run for which there is no room."""

    WAIT = "wait", "it waits"
    DROP_NEWEST = "drop_newest", "it is dropped"
    DROP_OLDEST = "drop_oldest", "the one that has waited longest is dropped"
    CANCEL_RUNNING = "cancel_running", "the one that has run longest is cancelled"


class Queue(models.Model):
    """A queue: what limits the runs that name it. A blueprint's settings say which one it is."""

    name = models.CharField(
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(rf"^{QUEUE_NAME}$", "A name has small letters, digits, - and _.")
        ],
    )
    priority = models.SmallIntegerField(
        default=0,
        validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)],
        help_text="Each step is worth a minute of waiting; a run's own priority is added.",
    )
    concurrency = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many of its runs all workers together execute at once. Empty: any number.",
    )
    rate = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0001), MaxValueValidator(10_000)],
        help_text="How many of its runs begin in a second, on average. Empty: any number.",
    )
    burst = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="How many may begin at once after a rest, where there is a rate.",
    )
    when_full = models.CharField(
        max_length=14,
        choices=WhenFull.choices,
        default=WhenFull.WAIT,
        help_text="What becomes of one more run when as many run as may, and as many wait as may.",
    )
    most_waiting = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How many may wait, unless all may. Empty: none, or the newest where the oldest "
        "goes.",
    )
    paused = models.BooleanField(
        default=False, help_text="No run of it begins; those that have begun go on."
    )
    draining = models.BooleanField(
        default=False, help_text="It takes no new runs; those that wait still begin."
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-priority", "name")

    def __str__(self) -> str:
        return self.name

    @property
    def is_default(self) -> bool:
        """Whether it is the one of runs that name none."""
        return self.name == DEFAULT


class Bucket(models.Model):
    """A token bucket: when the next thing under this key would be due if all came evenly.

    The generic cell rate algorithm (ITU-T I.371) needs no more than this moment, in
    seconds since 1970 by the database's clock.
    """

    key = models.CharField(primary_key=True, max_length=200)
    due = models.FloatField()


class KeyKind(models.TextChoices):
    """Why starts with the same key belong together."""

    UNIQUE = "unique"  # the first run stands for all
    GATHER = "gather"  # the run that has not begun takes them in


class RunKey(models.Model):
    """The run to which a start with this key leads."""

    kind = models.CharField(max_length=6, choices=KeyKind.choices)
    blueprint = models.ForeignKey(
        "editor.Blueprint", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=200)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="keys")
    until = models.DateTimeField(null=True, help_text="Until when also a run that has ended holds.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("blueprint", "kind", "key"), name="one_run_a_key"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DeadLetter(Run):
    """A run that failed for good, as the admin lists it."""

    class Meta:
        proxy = True
