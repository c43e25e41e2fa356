"""The group committer: one thread that writes what all runs of the process have to write.

Whatever gathers while one commit is under way is written by the next: no run
waits for a timer, and many runs share the cost of a commit. While the database is
locked, lost or full, nothing that was accepted is dropped; who waits to be
accepted is told no after a while.
"""

from __future__ import annotations

import logging
import threading
import time
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS, DatabaseError

from runner import telemetry
from runner.engine.journal import Fenced
from runner.journal.announcements import announce, anybody_listens
from runner.journal.tables import (
    CHUNK_COLUMNS,
    DELIVERY_COLUMNS,
    RUN_COLUMNS,
    Rows,
    Tables,
    Values,
    tables,
)
from runner.journal.window import DeliveryWrite, RunWrite

logger = logging.getLogger(__name__)

_LARGEST_WINDOW = 1000
_MOST_TURNS = 16  # of a loop that is busy putting, before what has gathered is sent
_PAUSES = (0.05, 0.1, 0.2, 0.5)  # seconds between attempts


class NotWritten(OperationalError):
    """The database took no writes for too long; nothing of this was written, nor will be."""


class Source(Protocol):
    """Somebody who has something to write: asked in the committer's thread when it is written."""

    loop: AbstractEventLoop

    @property
    def asked(self) -> float | None:
        """When somebody began to wait to be accepted (monotonic); None: it must be written."""

    def take(self) -> RunWrite | DeliveryWrite | None:
        """Return what is to be written now, or None."""

    def done(self, write: Any) -> None:
        """Learn, in the source's loop, that the write was committed or has an `error`."""


class _Taken(NamedTuple):
    """What a source had to write, and since when somebody waits to be accepted."""

    source: Source
    write: RunWrite | DeliveryWrite
    asked: float | None


class Committer:
    """Writes for all sources of a process, in one thread with its own connection.

    Who waits to be accepted is refused after `patience` seconds of trouble.
    """

    def __init__(self, alias: str = DEFAULT_DB_ALIAS, patience: float | None = None) -> None:
        self._alias = alias
        self._patience = settings.CONDUCTOR_DATABASE_TIMEOUT if patience is None else patience
        self._gathering: dict[AbstractEventLoop, list[Source]] = {}
        self._waiting: SimpleQueue[list[Source] | None] = SimpleQueue()
        # What was put while the database was in trouble, in its order; None ends the work.
        self._held: deque[list[Source] | None] = deque()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._tables: Tables | None = None
        self.trouble: str = ""
        """What keeps the database from taking writes at this moment, if anything does."""
        self.commits = 0
        self._troubled = 0.0

    def put(self, source: Source) -> None:
        """Have the source's rows written soon; called in the source's loop.

        All that a loop puts while it is busy putting travels together: waking the
        thread for each would cost both of them the interpreter's lock, and one commit
        for all costs little more than for one.
        """
        gathering = self._gathering.get(source.loop)
        if gathering is not None:
            gathering.append(source)
            return
        self._gathering[source.loop] = [source]
        source.loop.call_soon(self._send_when_calm, source.loop, 0, 0)

    def _send_when_calm(self, loop: AbstractEventLoop, before: int, turns: int) -> None:
        """Send what has gathered, once a turn of the loop has brought nothing more."""
        count = len(self._gathering.get(loop, ()))
        if count > before and turns < _MOST_TURNS:
            loop.call_soon(self._send_when_calm, loop, count, turns + 1)
        else:
            self._send(loop)

    def _send(self, loop: AbstractEventLoop) -> None:
        sources = self._gathering.pop(loop, None)
        if sources is not None:
            if self._thread is None:
                self._start()
            self._waiting.put(sources)

    def close(self) -> None:
        """Write what waits, then end the thread and its connection."""
        for loop in list(self._gathering):
            self._send(loop)
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="conductor-committer", daemon=True
                )
                self._thread.start()

    def _work(self) -> None:
        connection = connections[self._alias]
        values = Values(connection.vendor)
        try:
            more = True
            while more:
                sources, more = self._gather()
                if taken := [it for source in sources if (it := _take(source))]:
                    self._commit(connection, values, taken)
        except Exception:
            self.trouble = "the committer has ended"
            logger.critical("The committer ended; runs of this process stand still", exc_info=True)
            raise
        finally:
            self._forget_connection(connection)

    def _gather(self) -> tuple[Iterable[Source], bool]:
        # A source that was put twice is asked once: the run's update must be one row.
        sources: dict[int, Source] = {}
        try:
            while len(sources) < _LARGEST_WINDOW:
                more = self._next(wait=not sources)
                if more is None:
                    return sources.values(), False
                sources |= {id(source): source for source in more}
        except Empty:
            pass
        return sources.values(), True

    def _next(self, *, wait: bool) -> list[Source] | None:
        return self._held.popleft() if self._held else self._waiting.get(block=wait)

    def _commit(
        self,
        connection: BaseDatabaseWrapper,
        values: Values,
        taken: Sequence[_Taken],
        attempt: int = 0,
    ) -> None:
        """Write what was taken, for as long as it takes, and tell the sources."""
        while taken:
            began = time.perf_counter()
            try:
                self._transaction(connection, values, [it.write for it in taken], attempt)
                seconds = time.perf_counter() - began
                break
            except (IntegrityError, DataError, ProgrammingError) as error:
                if len(taken) > 1:
                    # One cannot be written (its blueprint was deleted, say): the others can.
                    for it in taken:
                        self._commit(connection, values, [it], attempt)
                    return
                taken[0].write.error = error
                seconds = time.perf_counter() - began
                break
            except (DatabaseError, InterfaceError) as error:
                unsure = self._tables is not None and self._tables.unsure
                self._begin_trouble(error)
                self._forget_connection(connection)
                if unsure:
                    # It may be there already, so nobody can be told that it is not accepted.
                    taken = [it._replace(asked=None) for it in taken]
                taken = self._without_late(taken, error)
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1
        self._end_trouble(written=bool(taken))
        _settle(taken)
        if taken:
            telemetry.written([it.write for it in taken], seconds)
        if anybody_listens():
            runs = [it.write for it in taken if isinstance(it.write, RunWrite)]
            announce([news for write in runs if (news := write.committed())])

    def _begin_trouble(self, error: Exception) -> None:
        if not self.trouble:
            logger.error("The database takes no writes (%s); runs wait and go on", error)
            self._troubled = time.monotonic()
        self.trouble = str(error) or type(error).__name__

    def _end_trouble(self, *, written: bool) -> None:
        if self.trouble:
            waited = time.monotonic() - self._troubled
            if written:
                logger.error(
                    "The database takes writes again after %.1f s; nothing was lost", waited
                )
            else:
                logger.error("All who waited %.1f s for the database were refused", waited)
            self.trouble = ""

    def _without_late(self, taken: Sequence[_Taken], error: Exception) -> list[_Taken]:
        """Refuse all who have waited too long to be accepted; return what must be written."""
        with suppress(Empty):
            while True:
                self._held.append(self._waiting.get_nowait())
        earliest = time.monotonic() - self._patience
        late = [it for it in taken if it.asked is not None and it.asked < earliest]
        still: deque[list[Source] | None] = deque()
        for sources in self._held:
            if sources is None:
                still.append(None)
                continue
            kept = []
            for source in sources:
                asked = source.asked
                if asked is None or asked >= earliest:
                    kept.append(source)
                elif it := _take(source):
                    late.append(it)
            still.append(kept)
        self._held = still
        for it in late:
            it.write.error = NotWritten(f"nothing was written within {self._patience} s: {error}")
        _settle(late)
        return [it for it in taken if it.write.error is None]

    def _transaction(
        self,
        connection: BaseDatabaseWrapper,
        values: Values,
        writes: Sequence[RunWrite | DeliveryWrite],
        attempt: int,
    ) -> None:
        rows = [write.rows(values) for write in writes]
        try:
            fenced = self._write(connection, rows)
        except IntegrityError:
            # An earlier attempt whose answer was lost with its connection may have been committed.
            if attempt == 0 or len(rows) > 1 or not self._is_written(connection, rows[0]):
                raise
        else:
            for place in fenced:
                writes[place].error = Fenced()
        self.commits += 1

    def _write(self, connection: BaseDatabaseWrapper, rows: Sequence[Rows]) -> set[int]:
        with connection.wrap_database_errors:
            return self._open(connection).commit(rows)

    def _is_written(self, connection: BaseDatabaseWrapper, rows: Rows) -> bool:
        with connection.wrap_database_errors:
            has = self._open(connection).has
            if rows.chunk is not None:
                return has("runner_journalchunk", CHUNK_COLUMNS[:4], rows.chunk[:4])
            if rows.run is not None:
                return has("runner_run", RUN_COLUMNS[:1], rows.run[:1])
            assert rows.delivery is not None
            return has("runner_webhookdelivery", DELIVERY_COLUMNS[:1], rows.delivery[:1])

    def _open(self, connection: BaseDatabaseWrapper) -> Tables:
        if self._tables is None:
            self._tables = tables(connection)
        return self._tables

    def _forget_connection(self, connection: BaseDatabaseWrapper) -> None:
        self._tables = None
        try:
            connection.close()
        except Exception:
            connection.connection = None


def _take(source: Source) -> _Taken | None:
    asked = source.asked
    write = source.take()
    return _Taken(source, write, asked) if write is not None else None


def _settle(taken: Sequence[_Taken]) -> None:
    """Tell the sources, each in its own loop, with one wake-up for each loop."""
    by_loop: dict[AbstractEventLoop, list[_Taken]] = {}
    for it in taken:
        by_loop.setdefault(it.source.loop, []).append(it)
    for loop, told in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, told)
        except RuntimeError:
            logger.debug("A loop has ended before it learnt of %d commits", len(told))


def _tell(taken: Sequence[_Taken]) -> None:
    for it in taken:
        try:
            it.source.done(it.write)
        except Exception:
            logger.exception("A run could not take the news of its commit")


class OneWrite:
    """A single write that somebody awaits; its `future` has NotWritten where it is refused."""

    def __init__(self, loop: AbstractEventLoop, write: RunWrite | DeliveryWrite) -> None:
        self.loop = loop
        self.asked = time.monotonic()
        self._write: RunWrite | DeliveryWrite | None = write
        self.future: Future[None] = loop.create_future()

    def take(self) -> RunWrite | DeliveryWrite | None:
        """Return the write, once."""
        write, self._write = self._write, None
        return write

    def done(self, write: RunWrite | DeliveryWrite) -> None:
        """Resolve the future."""
        if self.future.done():
            return
        if write.error is not None:
            self.future.set_exception(write.error)
        else:
            self.future.set_result(None)


_of_process: Committer | None = None
_making = threading.Lock()
on_close: list[Callable[[], None]] = []


def committer() -> Committer:
    """Return the process' committer."""
    global _of_process
    if _of_process is None:
        with _making:
            if _of_process is None:
                _of_process = Committer()
    return _of_process


def close_committer() -> None:
    """Write what waits and end the process' committer; the next use makes another."""
    global _of_process
    with _making:
        ending, _of_process = _of_process, None
    if ending is not None:
        ending.close()
