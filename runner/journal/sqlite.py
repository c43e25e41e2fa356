"""Commits to SQLite in a single statement, however many tables the rows go to.

Each call of the sqlite3 module gives up the interpreter's lock two or three times,
and getting it back from a busy event loop takes longer than the rows do. BEGIN, four
statements and COMMIT gave it up some fifteen times. So the rows of a write travel side
by side, as one wide row, into a view; a trigger puts them where they belong; and a
statement outside of a transaction is a transaction of its own.

A trigger costs more for each row than giving up the lock does for each statement, and binding
a wide row takes longer than writing what is in it. So where there are more than a few writes
each table has a statement, and where all of them are but events of runs that are there already,
which is the commonest, there is only one. Such events change nothing in the run's row: it is
only asked whether it still has their epoch. What changes it has a view of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
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

_LOCK_MS = 500  # how long a lock is waited for
MOST_WIDE = 3
"""So many writes travel as wide rows."""
# Rows in one statement. Each number has a prepared statement, of which the module keeps 128.
MOST_RUNS = 64
MOST_CHUNKS = 256
_EXACT = 8
"""Up to so many rows have a statement for each number; beyond, empty ones fill up to a `_STEP`."""
_STEP = 16

# What a chunk says anyway (the run, its epoch and last number) need not be bound twice.
_CHANGED = CHANGE_COLUMNS[3:]
_MORE = {"chunk": CHUNK_COLUMNS, "change": _CHANGED}
_WIDE = {**_MORE, "run": RUN_COLUMNS, "delivery": DELIVERY_COLUMNS}
_TABLES = {
    "run": "runner_run",
    "chunk": "runner_journalchunk",
    "delivery": "runner_webhookdelivery",
    "seen": "runner_seenrequest",
}
_HELD = "FROM runner_run WHERE id = NEW.chunk_run_id AND epoch = NEW.chunk_epoch"
_CHANGES = "(NEW.change_unsettled IS NOT NULL)"
_COLUMNS = {**_WIDE, "seen": SEEN_COLUMNS}
_EMPTY: dict[str, Row] = {name: (None,) * len(columns) for name, columns in _COLUMNS.items()}
_AT_RUN, _AT_EPOCH = map(CHUNK_COLUMNS.index, ("run_id", "epoch"))
_CACHE_KIB = 16_384
"""Pages that a large window changes stay in memory until its commit writes them, once."""


class SQLiteTables:
    """Writes over one connection, which belongs to it alone."""

    unsure = False
    at_once = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._waits: bool | None = None
        self._cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        # They are the connection's own and end with it: other programs never see them.
        for view, parts, body in (
            ("conductor_more", _MORE, _more_sql()),
            ("conductor_wide", _WIDE, _wide_sql()),
        ):
            self._cursor.execute(_view_sql(view, parts))
            self._cursor.execute(_trigger_sql(view, body))

    def commit(self, writes: Sequence[Rows], *, wait: bool = True) -> set[int]:
        """Commit all rows in one transaction; return the places of the writes that were fenced."""
        if wait is not self._waits:
            self._cursor.execute(f"PRAGMA busy_timeout = {_LOCK_MS if wait else 0}")
            self._waits = wait
        before = self._connection.total_changes
        statements = list(_statements(writes))
        if len(statements) == 1:
            self._write(*statements[0])
        else:
            self._write_all(statements)
        # Rows of the tables count, the view's do not.
        if self._connection.total_changes - before == _count(writes):
            return set()
        return self._fenced(writes)

    def has(self, table: str, columns: Sequence[str], row: Row) -> bool:
        """Say whether there is a row with these values."""
        wanted = " AND ".join(f'"{column}" = ?' for column in columns)
        self._cursor.execute(f'SELECT 1 FROM "{table}" WHERE {wanted}', row)  # noqa: S608
        return self._cursor.fetchone() is not None

    def _write(self, sql: str, values: list[Any]) -> None:
        # `executemany` does not ask for the last row's id, which would give up the lock again.
        self._cursor.executemany(sql, [values])

    def _write_all(self, statements: Sequence[tuple[str, list[Any]]]) -> None:
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                self._write(sql, values)
            self._cursor.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back by itself; if neither can, BEGIN fails the next time.
            with suppress(sqlite3.Error):
                self._cursor.execute("ROLLBACK")
            raise

    def _fenced(self, writes: Sequence[Rows]) -> set[int]:
        # Epochs only rise, so a run that has another one now is lost, whenever that happened.
        written = {place: told for place, it in enumerate(writes) if (told := it.told) is not None}
        keys = [key for key, _ in written.values()]
        marks = ", ".join(["?"] * len(keys))
        self._cursor.execute(
            f"SELECT id, epoch FROM runner_run WHERE id IN ({marks})",  # noqa: S608
            keys,
        )
        held = set(self._cursor.fetchall())
        return {place for place, told in written.items() if told not in held}


_Statement = tuple[str, list[Any]]


def _statements(writes: Sequence[Rows]) -> Iterator[_Statement]:
    # Runs come before what refers to them.
    if len(writes) <= MOST_WIDE and not all(it.is_plain for it in writes):
        yield _insert_sql("conductor_wide", _names(*_WIDE), len(writes)), _flat(map(_wide, writes))
    else:
        yield from _inserts("run", [it.run for it in writes if it.run], MOST_RUNS)
        changing = [_more(it) for it in writes if it.change]
        for part in _parts(changing, MOST_CHUNKS, _EMPTY["chunk"] + _EMPTY["change"]):
            names = _names(*_MORE)
            yield _insert_sql("conductor_more", names, len(part)), _flat(part)
        chunks = [it.chunk for it in writes if it.chunk and not it.change]
        yield from _inserts("chunk", chunks, MOST_CHUNKS)
        yield from _inserts("delivery", [it.delivery for it in writes if it.delivery], MOST_RUNS)
    # Few webhooks remember requests: room for that in each wide row would cost all others.
    yield from _inserts("seen", [it.seen for it in writes if it.seen], MOST_RUNS)


def _inserts(part: str, rows: Sequence[Row], most: int) -> Iterator[_Statement]:
    for some in _parts(rows, most, _EMPTY[part]):
        yield _direct_sql(part, len(some)), _flat(some)


def _parts(rows: Sequence[Row], most: int, empty: Row) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        if len(part) > _EXACT:
            # An empty row has no key, so nothing is written.
            part = [*part, *[empty] * (-len(part) % _STEP)]
        yield part


def _flat(rows: Iterable[Row]) -> list[Any]:
    return list(chain.from_iterable(rows))


def _more(write: Rows) -> Row:
    return (write.chunk or _EMPTY["chunk"]) + (
        write.change[3:] if write.change else _EMPTY["change"]
    )


def _wide(write: Rows) -> Row:
    return _more(write) + (write.run or _EMPTY["run"]) + (write.delivery or _EMPTY["delivery"])


def _count(writes: Iterable[Rows]) -> int:
    count = 0
    for it in writes:
        if it.is_plain:
            count += 1
        else:
            count += 5 - (it.run, it.change, it.chunk, it.delivery, it.seen).count(None)
    return count


@cache
def _names(*parts: str) -> tuple[str, ...]:
    return tuple(f"{part}_{column}" for part in parts for column in _WIDE[part])


@cache
def _insert_sql(view: str, names: tuple[str, ...], rows: int) -> str:
    row = "(" + ", ".join(["?"] * len(names)) + ")"
    values = ", ".join([row] * rows)
    return f"INSERT INTO temp.{view} ({', '.join(names)}) VALUES {values}"  # noqa: S608


@cache
def _direct_sql(part: str, rows: int) -> str:
    columns = _COLUMNS[part]
    names = ", ".join(f'"{name}"' for name in columns)
    given = [f"given.column{number}" for number in range(1, len(columns) + 1)]
    condition = f"WHERE {given[0]} IS NOT NULL"
    if part == "chunk":
        # In this order: each row asks for its run, not the other way round.
        held = {"id": given[_AT_RUN], "epoch": given[_AT_EPOCH]}
        asked = " AND ".join(f"runner_run.{name} = {value}" for name, value in held.items())
        condition = f"CROSS JOIN runner_run ON {asked}"
    elif part == "run":
        followed = FOLLOWED.format(blueprint=given[columns.index("blueprint_id")])
        given[-1] = _told(given[-1], "0", followed)
    values = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * rows)
    return f"""INSERT INTO {_TABLES[part]} ({names}) SELECT {", ".join(given)}
        FROM (VALUES {values}) AS given {condition}"""  # noqa: S608


def _view_sql(name: str, parts: Iterable[str]) -> str:
    columns = [f"NULL AS {column}" for column in _names(*parts)]
    return f"CREATE TEMP VIEW {name} AS SELECT {', '.join(columns)}"


def _trigger_sql(view: str, body: str) -> str:
    return f"""
        CREATE TEMP TRIGGER {view}_0 INSTEAD OF INSERT ON temp.{view} BEGIN {body} END"""


def _more_sql() -> str:
    return f"{_change_sql()}; {_move('chunk')} WHERE changes();"


def _wide_sql() -> str:
    followed = FOLLOWED.format(blueprint="NEW.run_blueprint_id")
    return f"""
        {_move("run", unsettled=_told("NEW.run_unsettled", "0", followed))}
            WHERE NEW.run_id IS NOT NULL;
        {_change_sql()} AND {_CHANGES};
        {_move("chunk")} {_HELD};
        {_move("delivery")} WHERE NEW.delivery_id IS NOT NULL;"""


def _change_sql() -> str:
    changes = [f"{name} = coalesce(NEW.change_{name}, {name})" for name in _CHANGED[:-1]]
    concerns = CONCERNS.format(followed=FOLLOWED.format(blueprint="runner_run.blueprint_id"))
    unsettled = _told("NEW.change_unsettled", "unsettled", concerns)
    return f"""
        UPDATE runner_run SET last_seq = NEW.chunk_last_seq, {", ".join(changes)},
            unsettled = {unsettled}
            WHERE id = NEW.chunk_run_id AND epoch = NEW.chunk_epoch"""  # noqa: S608


def _told(code: str, known: str, asked: str) -> str:
    """Return what the column `unsettled` becomes."""
    return f"CASE {code} WHEN 2 THEN 1 WHEN 1 THEN {known} OR {asked} ELSE {known} END"


def _move(part: str, **given: str) -> str:
    columns = _WIDE[part]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(given.get(name, f"NEW.{part}_{name}") for name in columns)
    return f"INSERT INTO {_TABLES[part]} ({names}) SELECT {values}"
