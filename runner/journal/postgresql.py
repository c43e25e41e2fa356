"""Commits to PostgreSQL: one transaction, one statement for each table.

Each statement is a round trip, so a window's rows travel in as few as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, TypeGuard

from runner.journal import jobs
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

# Statements are prepared once for each number of rows, so only these numbers occur.
_AT = {name: place for place, name in enumerate(RUN_COLUMNS)}
_SIZES = (64, 32, 16, 8, 4, 2, 1)


class PostgreSQLTables:
    """Writes over one connection, which belongs to it alone."""

    def __init__(self, connection: Any) -> None:
        self.unsure = False
        self._connection = connection
        self._cursor = connection.cursor()
        self._execute("SET lock_timeout = 500")

    def commit(self, writes: Sequence[Rows]) -> set[int]:
        """Commit all rows in one transaction; return the places of the writes that were fenced."""
        self.unsure = False
        self._execute("BEGIN")
        try:
            fenced = self._write(writes)
            # What fails from here on over a network may have been committed all the same.
            self.unsure = True
            self._execute("COMMIT")
            self.unsure = False
        except BaseException:
            # Where the connection is gone the next use of it fails, and another is opened.
            with suppress(Exception):
                self._execute("ROLLBACK")
            raise
        return fenced

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""
        wanted = " AND ".join(f'"{column}" = %s' for column in columns)
        self._execute(f'SELECT 1 FROM "{table}" WHERE {wanted}', row)  # noqa: S608
        return self._cursor.fetchone() is not None

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        self._cursor.execute(sql, values)
        return int(self._cursor.rowcount)

    def _write(self, writes: Sequence[Rows]) -> set[int]:
        # The conditional update comes before the chunks: a run that it does not
        # match gets no chunk either.
        # What becomes of `unsettled` is asked by the blueprint, which is hence given once more.
        self._insert("runner_run", RUN_COLUMNS, [it.run and (*it.run, it.run[1]) for it in writes])
        if jobs.chosen():
            jobs.enqueue(self._connection, [_job(it.run) for it in writes if _is_queued(it.run)])
        changes = {it.change[:2]: place for place, it in enumerate(writes) if it.change}
        lost = self._update([it.change for it in writes if it.change])
        fenced = {changes[key] for key in lost}
        sound = [it.chunk for place, it in enumerate(writes) if place not in fenced]
        self._insert("runner_journalchunk", CHUNK_COLUMNS, sound)
        self._insert("runner_webhookdelivery", DELIVERY_COLUMNS, [it.delivery for it in writes])
        self._insert("runner_seenrequest", SEEN_COLUMNS, [it.seen for it in writes])
        return fenced

    def _insert(self, table: str, columns: Sequence[str], given: Sequence[Row | None]) -> None:
        for part in _parts([row for row in given if row is not None]):
            sql = _insert_sql(table, tuple(columns), len(part))
            self._execute(sql, [value for row in part for value in row])

    def _update(self, changes: list[Row]) -> set[Row]:
        """Change runs whose epoch still is the given one; return (id, epoch) of the others."""
        lost: set[Row] = set()
        for part in _parts(changes):
            values = [value for row in part for value in row]
            if self._execute(_update_sql(len(part)), values) != len(part):
                lost |= self._fenced(part)
        return lost

    def _fenced(self, changes: list[Row]) -> set[Row]:
        marks = ", ".join(["%s"] * len(changes))
        self._execute(
            f"SELECT id, epoch FROM runner_run WHERE id IN ({marks})",  # noqa: S608
            [row[0] for row in changes],
        )
        held = {(str(key), epoch) for key, epoch in self._cursor.fetchall()}
        return {row[:2] for row in changes} - held


def _is_queued(row: Row | None) -> TypeGuard[Row]:
    return row is not None and row[_AT["status"]] == "queued"


def _job(row: Row | None) -> jobs.Job:
    assert row is not None
    names = ("id", "queue", "owner_id", "labels", "turn")
    run, queue, owner, labels, turn = (row[_AT[name]] for name in names)
    return jobs.Job(run, queue, owner, labels, turn)


def _parts(rows: list[Row]) -> list[list[Row]]:
    parts = []
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            parts.append(rows[start : start + size])
            start += size
    return parts


@cache
def _insert_sql(table: str, columns: tuple[str, ...], rows: int) -> str:
    marks = ["%s"] * len(columns)
    if columns[-1] == "unsettled":
        followed = FOLLOWED.format(blueprint="%s::uuid")
        marks[-1] = f"(CASE %s::integer WHEN 2 THEN true WHEN 1 THEN {followed} ELSE false END)"
    row = "(" + ", ".join(marks) + ")"
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ' + ", ".join([row] * rows)  # noqa: S608


@cache
def _update_sql(rows: int) -> str:
    types = (
        *("uuid", "integer", "integer", "text", "timestamptz", "timestamptz", "jsonb", "jsonb"),
        "integer",
    )
    values = ", ".join(["(" + ", ".join(f"%s::{name}" for name in types) + ")"] * rows)
    given = ", ".join(f"column{number} AS {name}" for number, name in enumerate(CHANGE_COLUMNS, 1))
    changes = ", ".join(
        f"{name} = COALESCE(given.{name}, runner_run.{name})" for name in CHANGE_COLUMNS[2:-1]
    )
    concerns = CONCERNS.format(followed=FOLLOWED.format(blueprint="runner_run.blueprint_id"))
    return (
        f"UPDATE runner_run SET {changes}, "  # noqa: S608
        "unsettled = CASE given.unsettled WHEN 2 THEN true "
        f"WHEN 1 THEN runner_run.unsettled OR {concerns} ELSE runner_run.unsettled END "
        f"FROM (SELECT {given} FROM (VALUES {values}) AS listed) AS given "
        "WHERE runner_run.id = given.id AND runner_run.epoch = given.epoch"
    )
