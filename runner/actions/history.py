"""Read what happened in a run."""

from __future__ import annotations

from typing import Any

from runner.journal.reader import read_events
from runner.models import Run


def events_of_run(run: Run, after: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the run's events after the one numbered `after`, in order, at most `limit`."""
    return read_events(run.pk, after, limit)
