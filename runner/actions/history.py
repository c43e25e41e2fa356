"""Read what happened in a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from runner.journal.reader import JournalDamaged, read_events
from runner.models import Run

__all__ = ["JournalDamaged", "JournalPruned", "events_of_run", "pruned_since"]


class JournalPruned(Exception):
    """The run's journal is gone: the site does not keep it any longer."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        super().__init__(
            f"The events of this run were pruned on {since:%Y-%m-%d}. What went in and out is kept "
            "with the run, which can be repeated from its start."
        )


def events_of_run(
    run: Run, after: int = 0, limit: int | None = None, *, whole: bool = False
) -> list[dict[str, Any]]:
    """Return the run's events after the one numbered `after`, in order, at most `limit`.

    Large values are cut, unless the events are wanted `whole`. Raises JournalDamaged and
    JournalPruned.
    """
    if run.pruned is not None:
        raise JournalPruned(run.pruned)
    try:
        events = read_events(run.pk, after, limit, whole=whole)
    except JournalDamaged:
        _refuse_pruned(run)
        raise
    reached = events[-1]["seq"] if events else after
    if reached < run.last_seq and (limit is None or len(events) < limit):
        # Where it was pruned while it was read, it only looks as if it ended here.
        _refuse_pruned(run)
    return events


def pruned_since(run: UUID) -> datetime | None:
    """Return since when the journal of the run with this id is gone; None where it is there."""
    return Run.objects.filter(pk=run).values_list("pruned", flat=True).first()


def _refuse_pruned(run: Run) -> None:
    if since := pruned_since(run.pk):
        raise JournalPruned(since)
