"""The jobs of PgQueuer: one for each run that may begin, enqueued where the run's row is written.

Only where `CONDUCTOR_QUEUE` is `pgqueuer`. A job says nothing that the row does not say: its
deduplication key is the run's id, its entrypoint names queue, owner and labels, its priority is
the run's turn. Whoever loses a job loses nothing (`runner.queue.pgqueuer.mend`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
    from pgqueuer.domain.settings import DBSettings

PREFIX = "conductor_"
# Priorities have 32 bits: seconds from here on will do until 2089.
_SINCE = datetime(2021, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """What a job says of its run."""

    run: str
    queue: str
    owner: int
    labels: str
    turn: datetime

    @property
    def entrypoint(self) -> str:
        """Queue, owner and labels: those whose jobs are taken, or left, together."""
        return f"{self.queue} {self.owner} {self.labels}"

    @property
    def priority(self) -> int:
        """The earlier the turn, the higher it is."""
        return -int((self.turn - _SINCE).total_seconds())


class RawDriver:
    """What PgQueuer needs to ask over a connection that is used for other things, too."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Return the rows of a statement, within the transaction that is open."""
        from psycopg import RawCursor
        from psycopg.rows import dict_row

        with RawCursor(self._raw, row_factory=dict_row) as cursor:
            cursor.execute(query, args or None)
            return cursor.fetchall() if cursor.description else []


def chosen() -> bool:
    """Say whether jobs are kept."""
    return bool(settings.CONDUCTOR_QUEUE == "PGQUEUER") and connection.vendor == "postgresql"


@cache
def names() -> DBSettings:
    """Return what PgQueuer's tables are called here.

    Jobs are logged as rows are; the log of what became of them need not survive a crash.
    """
    from pgqueuer.domain.settings import DBSettings, Durability

    return DBSettings(prefix=PREFIX, durability=Durability.balanced)


@cache
def statements() -> QueryQueueBuilder:
    """Return PgQueuer's statements."""
    from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

    return QueryQueueBuilder(names())


def enqueue(raw: Any, jobs: Sequence[Job]) -> None:
    """Enqueue jobs over a driver's connection, within its transaction; one that is there stays."""
    if not jobs:
        return
    from pgqueuer.queries import SyncQueries

    SyncQueries(RawDriver(raw), statements()).enqueue(
        [job.entrypoint for job in jobs],
        [None] * len(jobs),
        [job.priority for job in jobs],
        dedupe_key=[job.run for job in jobs],
        on_conflict="skip",
    )
