"""Commits to SQLite in a single statement, however many tables the rows go to.

Each call of the sqlite3 module gives up the interpreter's lock two or three times,
and getting it back from a busy event loop takes longer than the rows do. BEGIN, four
statements and COMMIT gave it up some fifteen times. So the rows of a write travel side
by side, as one wide row, into a view; a trigger puts them where they belong; and a
statement outside of a transaction is a transaction of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import Any

from runner.journal.tables import (
    CHANGE_COLUMNS,
    CHUNK_COLUMNS,
    CONCERNS,
    DELIVERY_COLUMNS,
    FOLLOWED,
    RUN_COLUMNS,
    SEEN_COLUMNS,
    Row,
    Rows,
)

MOST = 64
"""Writes in one statement. Each number has a prepared statement; the module keeps 128."""

_PARTS = {
    "run": RUN_COLUMNS,
    "change": CHANGE_COLUMNS,
    "chunk": CHUNK_COLUMNS,
    "delivery": DELIVERY_COLUMNS,
}
_SEEN_SQL = "INSERT INTO runner_seenrequest ({}) VALUES ({})".format(  # noqa: S608
    ", ".join(f'"{name}"' for name in SEEN_COLUMNS), ", ".join("?" * len(SEEN_COLUMNS))
)
_EMPTY: dict[str, Row] = {name: (None,) * len(columns) for name, columns in _PARTS.items()}


class SQLiteTables:
    """Writes over one connection, which belongs to it alone."""

    unsure = False

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._cursor.execute("PRAGMA busy_timeout = 500")
        # Both are the connection's own and end with it: other programs never see them.
        self._cursor.execute(_view_sql())
        self._cursor.execute(_trigger_sql())

    def commit(self, writes: Sequence[Rows]) -> set[int]:
        """Commit all rows in one transaction; return the places of the writes that were fenced."""
        before = self._connection.total_changes
        # Few webhooks remember requests: the row for that would cost all others their share.
        seen = [write.seen for write in writes if write.seen is not None]
        if len(writes) <= MOST and not seen:
            self._write(writes)
        else:
            self._write_parts(writes, seen)
        # Rows of the tables count, the view's do not.
        if self._connection.total_changes - before == sum(map(_count, writes)):
            return set()
        return self._fenced(writes)

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""
        wanted = " AND ".join(f'"{column}" = ?' for column in columns)
        self._cursor.execute(f'SELECT 1 FROM "{table}" WHERE {wanted}', row)  # noqa: S608
        return self._cursor.fetchone() is not None

    def _write(self, writes: Sequence[Rows]) -> None:
        # `executemany` does not ask for the last row's id, which would give up the lock again.
        self._cursor.executemany(_insert_sql(len(writes)), [list(chain(*map(_wide, writes)))])

    def _write_parts(self, writes: Sequence[Rows], seen: Sequence[Row]) -> None:
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            for start in range(0, len(writes), MOST):
                self._write(writes[start : start + MOST])
            self._cursor.executemany(_SEEN_SQL, seen)
            self._cursor.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back by itself; if neither can, BEGIN fails the next time.
            with suppress(sqlite3.Error):
                self._cursor.execute("ROLLBACK")
            raise

    def _fenced(self, writes: Sequence[Rows]) -> set[int]:
        # Epochs only rise, so a run that has another one now is lost, whenever that happened.
        changes = {place: it.change for place, it in enumerate(writes) if it.change is not None}
        held: set[tuple[Any, ...]] = set()
        keys = [change[0] for change in changes.values()]
        marks = ", ".join(["?"] * len(keys))
        self._cursor.execute(
            f"SELECT id, epoch FROM runner_run WHERE id IN ({marks})",  # noqa: S608
            keys,
        )
        held.update(self._cursor.fetchall())
        return {place for place, change in changes.items() if change[:2] not in held}


def _wide(write: Rows) -> Row:
    return (
        (write.run or _EMPTY["run"])
        + (write.change or _EMPTY["change"])
        + (write.chunk or _EMPTY["chunk"])
        + (write.delivery or _EMPTY["delivery"])
    )


def _count(write: Rows) -> int:
    return (
        (write.run is not None)
        + (write.change is not None)
        + (write.chunk is not None)
        + (write.delivery is not None)
        + (write.seen is not None)
    )


@cache
def _insert_sql(writes: int) -> str:
    row = "(" + ", ".join(["?"] * sum(map(len, _PARTS.values()))) + ")"
    return "INSERT INTO temp.conductor_write VALUES " + ", ".join([row] * writes)  # noqa: S608


def _view_sql() -> str:
    columns = [f"NULL AS {part}_{name}" for part, names in _PARTS.items() for name in names]
    return f"CREATE TEMP VIEW conductor_write AS SELECT {', '.join(columns)}"


def _trigger_sql() -> str:
    changes = ", ".join(
        f"{name} = coalesce(NEW.change_{name}, {name})" for name in CHANGE_COLUMNS[2:-1]
    )
    concerns = CONCERNS.format(followed=FOLLOWED.format(blueprint="runner_run.blueprint_id"))
    followed = FOLLOWED.format(blueprint="NEW.run_blueprint_id")
    held = "id = NEW.{0}_{1} AND epoch = NEW.{0}_epoch".format
    return f"""
        CREATE TEMP TRIGGER conductor_written INSTEAD OF INSERT ON temp.conductor_write BEGIN
            {_move("runner_run", "run", unsettled=_told("NEW.run_unsettled", "0", followed))}
                WHERE NEW.run_id IS NOT NULL;
            UPDATE runner_run SET {changes},
                unsettled = {_told("NEW.change_unsettled", "unsettled", concerns)}
                WHERE {held("change", "id")};
            {_move("runner_journalchunk", "chunk")} FROM runner_run WHERE {held("chunk", "run_id")};
            {_move("runner_webhookdelivery", "delivery")} WHERE NEW.delivery_id IS NOT NULL;
        END"""  # noqa: S608


def _told(code: str, known: str, asked: str) -> str:
    """Return what the column `unsettled` becomes."""
    return f"CASE {code} WHEN 2 THEN 1 WHEN 1 THEN {known} OR {asked} ELSE {known} END"


def _move(table: str, part: str, **given: str) -> str:
    columns = _PARTS[part]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(given.get(name, f"NEW.{part}_{name}") for name in columns)
    return f"INSERT INTO {table} ({names}) SELECT {values}"
