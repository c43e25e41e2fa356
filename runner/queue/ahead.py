"""What runs begin with that were just claimed: read for all of them at once, not for each.

Two queries for each run were most of what a worker asked a database that is not its own.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from runner.journal.reader import Row
from runner.models import JournalChunk, Signal
from runner.queue import claim, signals
from runner.queue.claim import Claims

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Ahead:
    """What the rows say of a run that has not begun: its journal, and what has come for it."""

    chunks: list[Row] = field(default_factory=list)
    signals: list[signals.Unreached] = field(default_factory=list)

    def take(self) -> list[Row]:
        """Return the chunks, and keep them no longer: the run may go on for days."""
        found, self.chunks = self.chunks, []
        return found


def claim_and_read(
    name: str, most: int, held: Collection[UUID], labels: Collection[str]
) -> tuple[Claims, dict[UUID, Ahead]]:
    """Claim runs as `claim` does; also return what those begin with that have not begun.

    Where that cannot be read, it is left to whoever executes each: one of them may be damaged.
    """
    claims = claim.claim(name, most, held, labels)
    new = [run.id for run in claims if run.started is None]
    try:
        return claims, _read(new)
    except Exception as error:
        # The driver's own errors as well: the runs are this worker's by now, and must begin.
        logger.debug("What %s runs begin with cannot be read at once: %s", len(new), error)
        return claims, {}


def _read(runs: list[UUID]) -> dict[UUID, Ahead]:
    found = {run: Ahead() for run in runs}
    if len(runs) < 2:
        return {}
    chunks = JournalChunk.objects.filter(run__in=runs).order_by("run", "first_seq")
    rows = chunks.values_list("run", "first_seq", "last_seq", "events", "checksum")
    for run, first_seq, last_seq, events, checksum in rows:
        found[run].chunks.append((first_seq, last_seq, events, checksum))
    for signal in signals.listed(Signal.objects.filter(run__in=runs)):
        found[signal.run].signals.append(signal)
    return found
