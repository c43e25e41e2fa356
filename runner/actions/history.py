"""Read what happened in a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from runner.engine.events import Event
from runner.journal.reader import JournalDamaged, read_events, read_history
from runner.models import Run

__all__ = ["JournalDamaged", "JournalPruned", "events_of_run", "history_of_run", "pruned_since"]

T = TypeVar("T")


class JournalPruned(Exception):
    """The run's journal is gone: the site does not keep it any longer."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        super().__init__(
            f"The events of this run were pruned on {since:%Y-%m-%d}. What went in and out is kept "
            "with the run, which can be repeated from its start."
        )


def events_of_run(run: Run, after: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the run's events after the one numbered `after`, as they are shown.

    They come in order, at most `limit`, and large values are cut. Raises JournalDamaged and
    JournalPruned.
    """
    events = _read(read_events, run, after, limit)
    reached = events[-1]["seq"] if events else after
    _refuse_cut(run, reached, ended=limit is None or len(events) < limit)
    return events


def history_of_run(run: Run, after: int = 0, limit: int | None = None) -> list[Event]:
    """Return the same events with large values whole. Raises JournalDamaged and JournalPruned."""
    events = _read(read_history, run, after, limit)
    reached = events[-1].seq if events else after
    _refuse_cut(run, reached, ended=limit is None or len(events) < limit)
    return events


def _read(
    read: Callable[[UUID, int, int | None], list[T]], run: Run, after: int, limit: int | None
) -> list[T]:
    if run.pruned is not None:
        raise JournalPruned(run.pruned)
    try:
        return read(run.pk, after, limit)
    except JournalDamaged:
        _refuse_pruned(run)
        raise


def _refuse_cut(run: Run, reached: int, *, ended: bool) -> None:
    if ended and reached < run.last_seq:
        # Where it was pruned while it was read, it only looks as if it ended here.
        _refuse_pruned(run)


def pruned_since(run: UUID) -> datetime | None:
    """Return since when the journal of the run with this id is gone; None where it is there."""
    return Run.objects.filter(pk=run).values_list("pruned", flat=True).first()


def _refuse_pruned(run: Run) -> None:
    if since := pruned_since(run.pk):
        raise JournalPruned(since)
