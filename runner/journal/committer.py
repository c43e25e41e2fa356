"""The group committer: one thread that writes what all runs of the process have to write.

Whatever gathers while one commit is under way is written by the next: no run
waits for a timer, and many runs share the cost of a commit. Nothing is dropped
while the database is locked, lost or full.
"""

from __future__ import annotations

import logging
import threading
import time
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from django.db import DataError, IntegrityError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS, DatabaseError

from runner.journal.announcements import announce
from runner.journal.statements import Statements, Values
from runner.journal.window import DeliveryWrite, RunWrite, Window

logger = logging.getLogger(__name__)

_LARGEST_WINDOW = 1000
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)


class Source(Protocol):
    """Somebody who has something to write: asked in the committer's thread when it is written."""

    loop: AbstractEventLoop

    def take(self) -> RunWrite | DeliveryWrite | None:
        """Return what is to be written now, or None."""

    def done(self, write: Any) -> None:
        """Learn, in the source's loop, that the write was committed or has an `error`."""


class Committer:
    """Writes for all sources of a process, in one thread with its own connection."""

    def __init__(self, alias: str = DEFAULT_DB_ALIAS) -> None:
        self._alias = alias
        self._waiting: SimpleQueue[list[Source] | None] = SimpleQueue()
        self._gathering: dict[AbstractEventLoop, list[Source]] = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._statements: Statements | None = None
        self.trouble: str = ""
        """What keeps the database from taking writes at this moment, if anything does."""
        self.commits = 0

    def put(self, source: Source) -> None:
        """Have the source's rows written soon; called in the source's loop.

        All that a loop puts in one turn travels together: waking the thread
        for each would cost both of them the interpreter's lock.
        """
        gathering = self._gathering.get(source.loop)
        if gathering is not None:
            gathering.append(source)
            return
        self._gathering[source.loop] = [source]
        source.loop.call_soon(self._send, source.loop)

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
                taken = [(source, write) for source in sources if (write := source.take())]
                if taken:
                    self._commit(connection, values, [write for _, write in taken])
                    _settle(taken)
                    announce(
                        [
                            news
                            for _, write in taken
                            if isinstance(write, RunWrite) and (news := write.committed())
                        ]
                    )
        except Exception:
            logger.critical("The committer ended; runs of this process stand still", exc_info=True)
            raise
        finally:
            self._forget_connection(connection)

    def _gather(self) -> tuple[Iterable[Source], bool]:
        # A source that was put twice is asked once: the run's update must be one row.
        sources: dict[int, Source] = {}
        more = self._waiting.get()
        try:
            while more is not None:
                sources |= {id(source): source for source in more}
                if len(sources) >= _LARGEST_WINDOW:
                    break
                more = self._waiting.get_nowait()
        except Empty:
            return sources.values(), True
        return sources.values(), more is not None

    def _commit(
        self,
        connection: BaseDatabaseWrapper,
        values: Values,
        writes: Sequence[RunWrite | DeliveryWrite],
    ) -> None:
        window = Window(values)
        for write in writes:
            write.add_to(window)
        try:
            self._persist(connection, window)
        except (IntegrityError, DataError, ProgrammingError) as error:
            if len(writes) == 1:
                writes[0].error = error
                return
            # One of them cannot be written (its blueprint was deleted, say): the others can.
            for write in writes:
                self._commit(connection, values, [write])

    def _persist(self, connection: BaseDatabaseWrapper, window: Window) -> None:
        """Write the window, for as long as it takes. Raises only what no waiting would mend."""
        began = time.monotonic()
        attempt = 0
        while True:
            try:
                self._transaction(connection, window)
                break
            except (IntegrityError, DataError, ProgrammingError):
                raise
            except DatabaseError as error:
                if not self.trouble:
                    logger.error("The database takes no writes (%s); runs wait and go on", error)
                self.trouble = str(error) or type(error).__name__
                self._forget_connection(connection)
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1
        if self.trouble:
            waited = time.monotonic() - began
            logger.error("The database takes writes again after %.1f s; nothing was lost", waited)
            self.trouble = ""

    def _transaction(self, connection: BaseDatabaseWrapper, window: Window) -> None:
        statements = self._statements or self._connect(connection)
        with connection.wrap_database_errors:
            statements.execute("BEGIN IMMEDIATE" if statements.sqlite else "BEGIN")
            try:
                window.write(statements)
                statements.execute("COMMIT")
            except BaseException:
                self._roll_back(statements)
                raise
        self.commits += 1

    def _connect(self, connection: BaseDatabaseWrapper) -> Statements:
        self._statements = statements = Statements(connection)
        if statements.sqlite:
            # A lock that lasts is waited for by the loop above, which also says so in the log.
            with connection.wrap_database_errors:
                statements.execute("PRAGMA busy_timeout = 1000")
        return statements

    def _roll_back(self, statements: Statements) -> None:
        try:
            statements.execute("ROLLBACK")
        except Exception:
            # The connection is gone or has rolled back by itself; it is not used again.
            self._statements = None

    def _forget_connection(self, connection: BaseDatabaseWrapper) -> None:
        self._statements = None
        try:
            connection.close()
        except Exception:
            connection.connection = None


def _settle(taken: Sequence[tuple[Source, RunWrite | DeliveryWrite]]) -> None:
    """Tell the sources, each in its own loop, with one wake-up for each loop."""
    by_loop: dict[AbstractEventLoop, list[tuple[Source, RunWrite | DeliveryWrite]]] = {}
    for pair in taken:
        by_loop.setdefault(pair[0].loop, []).append(pair)
    for loop, pairs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, pairs)
        except RuntimeError:
            logger.debug("A loop has ended before it learnt of %d commits", len(pairs))


def _tell(pairs: Sequence[tuple[Source, RunWrite | DeliveryWrite]]) -> None:
    for source, write in pairs:
        try:
            source.done(write)
        except Exception:
            logger.exception("A run could not take the news of its commit")


class OneWrite:
    """A single write that somebody awaits."""

    def __init__(self, loop: AbstractEventLoop, write: RunWrite | DeliveryWrite) -> None:
        self.loop = loop
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
