"""The port of the queue: where workers learn which runs begin next.

Behind it stand the rows of the runs themselves, on either database, and PgQueuer's jobs on
PostgreSQL. Either only proposes: the claim of a run's row, which raises its epoch, decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol
from uuid import UUID

from runner.journal import jobs
from runner.queue.line import Line, line
from runner.queue.pgqueuer import Jobs


class Engine(Protocol):
    """Proposes runs, in the worker's own thread."""

    def claiming(self) -> AbstractContextManager[Any]:
        """Surround a proposal and the claim of its runs."""

    def ready(self, most: int, labels: Sequence[str]) -> Line:
        """Return runs with one of these texts of labels that could begin now, at most so many."""

    def resolve(self, taken: Collection[UUID]) -> None:
        """Hear which of the proposed runs were claimed."""


class Rows:
    """The rows are the queue: there is nothing to hear of."""

    def claiming(self) -> AbstractContextManager[Any]:
        """Surround nothing: the claim has a transaction of its own."""
        return nullcontext()

    def ready(self, most: int, labels: Sequence[str]) -> Line:
        """Read the runs from the queue's index."""
        return line(most, labels)

    def resolve(self, taken: Collection[UUID]) -> None:
        """Nothing is kept beside the rows."""


def engine() -> Engine:
    """Return the engine that `CONDUCTOR_QUEUE` names."""
    return Jobs() if jobs.chosen() else Rows()
