"""The processes that work, and how far they have come with removing what is old."""

from __future__ import annotations

from django.db import models

from runner.models.runs import Run


class Worker(models.Model):
    """A process that claims runs, and when it was last seen."""

    name = models.CharField(primary_key=True, max_length=64)
    started = models.DateTimeField()
    heartbeat = models.DateTimeField(db_index=True)
    looked = models.DateTimeField(null=True, help_text="When it last looked for runs.")
    version = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Of Conductor."
    )
    labels = models.CharField(
        max_length=600,
        blank=True,
        default="",
        db_default="",
        help_text="What it has that runs may ask for, with commas between.",
    )
    draining = models.BooleanField(
        default=False, db_default=False, help_text="It was asked to take no more runs."
    )
    heeds = models.BooleanField(
        default=False, db_default=False, help_text="It does as it was asked, and takes none."
    )
    store = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Whether it shares the folder of large values: 'ok', or what is wrong.",
    )

    def __str__(self) -> str:
        return self.name


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
