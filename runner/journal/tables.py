"""What a commit writes, table by table, and how a kind of database is told to write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001

RUN_COLUMNS = (
    "id blueprint_id version_id drawing_id owner_id status trigger trigger_node inputs outputs "
    "error cancel_requested cancel_reason epoch worker last_seq created started finished queue "
    "priority turn labels unsettled"
).split()
# A change says which run in which epoch, then what changes; None leaves a column as it is.
CHANGE_COLUMNS = "id epoch last_seq status started finished outputs error unsettled".split()
# The column `unsettled` is told as one of these.
SETTLED, ASKED, UNSETTLED = 0, 1, 2
# What `ASKED` asks of the run's own row: whether anybody may have to do with what happened to it.
CONCERNS = """(
    runner_run.parent_id IS NOT NULL
    OR runner_run.limited
    OR EXISTS (SELECT 1 FROM runner_run AS child WHERE child.parent_id = runner_run.id)
    OR {followed})"""
# Whether something starts after the blueprint, or an endpoint is told of its success.
FOLLOWED = """EXISTS (
    SELECT 1 FROM editor_blueprint AS ended
    WHERE ended.id = {blueprint} AND (
        EXISTS (
            SELECT 1 FROM editor_blueprintreference AS named
            JOIN editor_blueprint AS follower ON follower.published_id = named.version_id
            WHERE named.target_id = ended.id AND named.kind = 'after')
        OR EXISTS (
            SELECT 1 FROM runner_endpoint AS told
            WHERE told.owner_id = ended.owner_id AND told.enabled AND told.on_succeeded
            AND (told.blueprint_id IS NULL OR told.blueprint_id = ended.id))))"""
CHUNK_COLUMNS = "run_id first_seq last_seq epoch events checksum".split()
_RUN, _EPOCH = map(CHUNK_COLUMNS.index, ("run_id", "epoch"))
DELIVERY_COLUMNS = (
    "id webhook_id received method path query headers body sender verdict reason run_id "
    "replay_of_id body_file"
).split()
SEEN_COLUMNS = "webhook_id key body_hash delivery run expires".split()


@dataclass(slots=True)
class Rows:
    """The rows of one write, which are committed together or not at all.

    Neither `change` nor `chunk` is written where no run has their id and epoch: then
    another worker has taken the run over, and the write is *fenced*.
    """

    run: Row | None = None
    change: Row | None = None
    chunk: Row | None = None
    delivery: Row | None = None
    seen: Row | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is but events of a run whose row stays as it is."""
        return self.chunk is not None and self.run is self.change is self.delivery is None

    @property
    def told(self) -> Row | None:
        """The id and epoch of the run that must be there already, if one must."""
        if self.run is not None or self.chunk is None:
            return None
        return self.chunk[_RUN], self.chunk[_EPOCH]


class Tables(Protocol):
    """Writes rows over one connection. Not safe for several threads."""

    unsure: bool
    """Whether the last `commit`, which failed, may have been carried out all the same."""

    at_once: bool
    """Whether a commit may take so little time that an event loop can make it."""

    def commit(self, writes: Sequence[Rows], *, wait: bool = True) -> set[int]:
        """Commit all rows in one transaction; return the places of the writes that were fenced.

        A lock is waited for half a second, unless it is not to `wait`. Raises the driver's own
        errors; then nothing was written, unless `unsure` is set.
        """

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""


class Values:
    """Turns Python values into parameters of one kind of database; needs no connection."""

    def __init__(self, vendor: str) -> None:
        self.sqlite = vendor == "sqlite"

    def key(self, value: UUID) -> str:
        """Return a run's id as a parameter."""
        return value.hex if self.sqlite else str(value)

    def moment(self, seconds: float) -> Any:
        """Return a moment (seconds since 1970) as a parameter."""
        moment = _BEGINNING + timedelta(seconds=seconds)
        # Without a zone, as Django's SQLite backend writes it.
        return str(moment) if self.sqlite else moment.replace(tzinfo=UTC)


def tables(connection: BaseDatabaseWrapper) -> Tables:
    """Open the connection, if need be, and return its tables.

    A lock is waited for half a second; who calls decides what follows.
    """
    from runner.journal.postgresql import PostgreSQLTables
    from runner.journal.sqlite import SQLiteTables

    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return SQLiteTables(connection.connection)
    return PostgreSQLTables(connection.connection)
