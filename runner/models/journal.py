"""What runs have written of themselves."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Max, OuterRef, QuerySet, Subquery

from runner.models.runs import Run, RunStatus


def checksum_of(text: str) -> int:
    """Return the CRC-32 of a chunk's text, by which it is known to be what was written."""
    # What a damaged page holds may be no text that UTF-8 can write.
    return zlib.crc32(text.encode(errors="surrogatepass"))


def note_newest(runs: Sequence[Run]) -> None:
    """Have the runs of a page know their last event's number, by one query."""
    executed = [run.pk for run in runs if run.status == RunStatus.RUNNING]
    rows = JournalChunk.objects.filter(run__in=executed).order_by().values_list("run")
    newest = dict(rows.annotate(Max("last_seq"))) if executed else {}
    for run in runs:
        run.__dict__["newest_seq"] = newest.get(run.pk)


def with_newest(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Have the runs of a list know their last event's number, without a query for each."""
    chunks = JournalChunk.objects.filter(run=OuterRef("pk")).order_by("-first_seq")
    return runs.annotate(newest_seq=Subquery(chunks.values("last_seq")[:1]))


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
