"""Commits to PostgreSQL: one transaction, one statement for each table.

Each statement is a round trip, so a window's rows travel in as few as possible. The commonest
writes, events of runs that are there already, are one statement together: it locks the runs
that still have the given epoch against those who would take them over, and inserts the chunks
of these. Where a window has nothing else, that statement is the whole transaction.
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

# The text of a statement is made once for each number of rows, so only these numbers occur.
_AT = {name: place for place, name in enumerate(RUN_COLUMNS)}
_SIZES = (64, 32, 16, 8, 4, 2, 1)
MOST_AT_ONCE = 256
"""Chunks of runs that are there already, in one statement."""


class PostgreSQLTables:
    """Writes over one connection, which belongs to it alone."""

    at_once = False

    def __init__(self, connection: Any) -> None:
        self.unsure = False
        from psycopg import RawCursor  # only whoever has PostgreSQL has it

        self._connection = connection
        self._cursor = connection.cursor()
        # The others write values into the statement; this one sends long texts as they are.
        self._raw = RawCursor(connection)
        self._execute("SET lock_timeout = 500")

    def commit(self, writes: Sequence[Rows], *, wait: bool = True) -> set[int]:
        """Commit all rows in one transaction; return the places of the writes that were fenced."""
        self.unsure = False
        plain = {
            place: it.chunk
            for place, it in enumerate(writes)
            if it.chunk is not None and it.is_plain
        }
        if len(plain) == len(writes) <= MOST_AT_ONCE:
            return self._commit_plain(list(plain.values()))
        self._execute("BEGIN")
        try:
            fenced = self._write(writes, plain)
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

    def _commit_plain(self, chunks: list[Row]) -> set[int]:
        try:
            self.unsure = True
            fenced = self._write_plain(chunks)
        except BaseException as error:
            # What the server refuses it has not carried out.
            self.unsure = getattr(error, "sqlstate", None) is None
            raise
        self.unsure = False
        return fenced

    def _write_plain(self, chunks: list[Row]) -> set[int]:
        """Write chunks of runs that are still held; return the places of the others."""
        runs, firsts, lasts, epochs, texts, checksums = zip(*chunks, strict=True)
        columns = (runs, firsts, lasts, epochs, checksums)
        arrays = ["{" + ",".join(map(str, column)) + "}" for column in columns]
        self._raw.execute(_plain_sql(len(chunks)), [*arrays, *texts])
        if self._raw.rowcount == len(chunks):
            return set()
        lost = self._fenced([(run, epoch) for run, _, _, epoch, *_ in chunks])
        return {place for place, chunk in enumerate(chunks) if (chunk[0], chunk[3]) in lost}

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""
        wanted = " AND ".join(f'"{column}" = %s' for column in columns)
        self._execute(f'SELECT 1 FROM "{table}" WHERE {wanted}', row)  # noqa: S608
        return self._cursor.fetchone() is not None

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        self._cursor.execute(sql, values)
        return int(self._cursor.rowcount)

    def _write(self, writes: Sequence[Rows], plain: dict[int, Row]) -> set[int]:
        # The conditional update comes before the chunks: a run that it does not
        # match gets no chunk either.
        # What becomes of `unsettled` is asked by the blueprint, which is hence given once more.
        fenced: set[int] = set()
        places = list(plain)
        for start in range(0, len(places), MOST_AT_ONCE):
            part = places[start : start + MOST_AT_ONCE]
            lost = self._write_plain([plain[place] for place in part])
            fenced |= {part[place] for place in lost}
        others = {place: it for place, it in enumerate(writes) if place not in plain}
        writes = list(others.values())
        self._insert("runner_run", RUN_COLUMNS, [it.run and (*it.run, it.run[1]) for it in writes])
        if jobs.chosen():
            jobs.enqueue(self._connection, [_job(it.run) for it in writes if _is_queued(it.run)])
        changes = {it.change[:2]: place for place, it in others.items() if it.change}
        gone = {changes[key] for key in self._update([it.change for it in writes if it.change])}
        sound = [it.chunk for place, it in others.items() if place not in gone]
        self._insert("runner_journalchunk", CHUNK_COLUMNS, sound)
        self._insert("runner_webhookdelivery", DELIVERY_COLUMNS, [it.delivery for it in writes])
        self._insert("runner_seenrequest", SEEN_COLUMNS, [it.seen for it in writes])
        return fenced | gone

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
def _plain_sql(rows: int) -> str:
    # The texts are read once, into the table: a list that is asked twice would be copied first.
    texts = ", ".join(f"${number}" for number in range(6, rows + 6))
    arrays = f"$1::uuid[], $2::int[], $3::int[], $4::int[], $5::bigint[], ARRAY[{texts}]::text[]"
    return f"""
        WITH held AS MATERIALIZED (
            SELECT runner_run.id FROM runner_run
                JOIN unnest($1::uuid[], $4::int[]) AS told (run_id, epoch)
                ON runner_run.id = told.run_id AND runner_run.epoch = told.epoch
                FOR SHARE OF runner_run)
        INSERT INTO runner_journalchunk (run_id, first_seq, last_seq, epoch, events, checksum)
            SELECT run_id, first_seq, last_seq, epoch, events, checksum
            FROM unnest({arrays})
                AS given (run_id, first_seq, last_seq, epoch, checksum, events)
            WHERE run_id = ANY (ARRAY(SELECT id FROM held))"""  # noqa: S608


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
