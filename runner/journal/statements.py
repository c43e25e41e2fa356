"""The few SQL statements of the hot path, many rows in each, for SQLite and PostgreSQL.

Each statement of the sqlite3 module gives up the interpreter's lock once, and
getting it back from a busy event loop takes longer than the row itself. So a
window's rows travel in as few statements as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001

RUN_COLUMNS = (
    "id blueprint_id version_id drawing_id owner_id status trigger trigger_node inputs outputs "
    "error cancel_requested cancel_reason epoch worker last_seq created started finished"
).split()
CHUNK_COLUMNS = ("run_id", "first_seq", "last_seq", "epoch", "events")
DELIVERY_COLUMNS = (
    "id webhook_id received method path query headers body sender verdict reason run_id "
    "replay_of_id"
).split()
# Statements are prepared once for each number of rows, so only these numbers occur.
_SIZES = (64, 32, 16, 8, 4, 2, 1)


class Statements:
    """Runs the statements on one connection, and turns values into what its database takes."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        connection.ensure_connection()
        self.sqlite = connection.vendor == "sqlite"
        self._cursor: Any = connection.connection.cursor()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute one statement and return how many rows it changed."""
        self._cursor.execute(sql, values)
        return int(self._cursor.rowcount)

    def insert(self, table: str, columns: Sequence[str], rows: list[Row]) -> None:
        """Insert the rows."""
        for part in _parts(rows):
            sql = _insert_sql(table, tuple(columns), len(part), self.sqlite)
            self.execute(sql, [value for row in part for value in row])

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""
        mark = "?" if self.sqlite else "%s"
        wanted = " AND ".join(f'"{column}" = {mark}' for column in columns)
        self._cursor.execute(f'SELECT 1 FROM "{table}" WHERE {wanted}', row)  # noqa: S608
        return self._cursor.fetchone() is not None

    def update_runs(self, rows: list[Row]) -> set[tuple[Any, int]]:
        """Update runs whose epoch still is the given one; return (id, epoch) of the others.

        A row is (id, epoch, last_seq, status, started, finished, outputs, error);
        None leaves a column as it is.
        """
        lost: set[tuple[Any, int]] = set()
        for part in _parts(rows):
            values = [value for row in part for value in row]
            if self.execute(_update_sql(len(part), self.sqlite), values) != len(part):
                lost |= self._fenced(part)
        return lost

    def _fenced(self, rows: list[Row]) -> set[tuple[Any, int]]:
        mark = "?" if self.sqlite else "%s"
        marks = ", ".join([mark] * len(rows))
        self._cursor.execute(
            f"SELECT id, epoch FROM runner_run WHERE id IN ({marks})",  # noqa: S608
            [row[0] for row in rows],
        )
        held = {(self._key(key), epoch) for key, epoch in self._cursor.fetchall()}
        return {(row[0], row[1]) for row in rows} - held

    def _key(self, value: Any) -> Any:
        return value if self.sqlite else str(value)

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()


class Values:
    """Turns Python values into parameters of one kind of database; needs no connection."""

    def __init__(self, vendor: str) -> None:
        self.sqlite = vendor == "sqlite"

    def key(self, value: UUID) -> str:
        """Return a run's id as a parameter."""
        return value.hex if self.sqlite else str(value)

    def moment(self, seconds: float) -> Any:
        """Return a moment (seconds since 1970) as a parameter."""
        moment = _EPOCH + timedelta(seconds=seconds)
        # Without a zone, as Django's SQLite backend writes it.
        return str(moment) if self.sqlite else moment.replace(tzinfo=UTC)


def _parts(rows: list[Row]) -> list[list[Row]]:
    parts = []
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            parts.append(rows[start : start + size])
            start += size
    return parts


@cache
def _insert_sql(table: str, columns: tuple[str, ...], rows: int, sqlite: bool) -> str:
    row = "(" + ", ".join(["?" if sqlite else "%s"] * len(columns)) + ")"
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ' + ", ".join([row] * rows)  # noqa: S608


@cache
def _update_sql(rows: int, sqlite: bool) -> str:
    types = ("uuid", "integer", "integer", "text", "timestamptz", "timestamptz", "jsonb", "jsonb")
    marks = ["?"] * len(types) if sqlite else [f"%s::{name}" for name in types]
    values = ", ".join(["(" + ", ".join(marks) + ")"] * rows)
    names = ("id", "epoch", "last_seq", "status", "started", "finished", "outputs", "error")
    given = ", ".join(f"column{number} AS {name}" for number, name in enumerate(names, 1))
    changes = ", ".join(
        f"{name} = COALESCE(given.{name}, runner_run.{name})" for name in names if name != "id"
    )
    return (
        f"UPDATE runner_run SET {changes} "  # noqa: S608
        f"FROM (SELECT {given} FROM (VALUES {values}) AS listed) AS given "
        "WHERE runner_run.id = given.id AND runner_run.epoch = given.epoch"
    )
