"""The group committer: writes what all runs of the process have to write, many in one commit.

Whatever gathers while one commit is under way is written by the next: no run
waits for a timer, and many runs share the cost of a commit. While the database is
locked, lost or full, nothing that was accepted is dropped; who waits to be
accepted is told no after a while.

One thread writes. Where commits lately took less than a millisecond and the thread has
nothing to do, the event loop commits by itself what it has gathered: handing that over and
being woken again would take as long. Whatever would have to wait (a lock, a file of its own,
a database over the network) is the thread's.
"""

from __future__ import annotations

import logging
import threading
import time
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import (
    IntegrityError,
    OperationalError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from runner.engine.journal import Fenced
from runner.journal.announcements import announce, anybody_listens
from runner.journal.counting import Counting
from runner.journal.sources import Source, Taken, Unwritten, settle, take, tell
from runner.journal.tables import (
    CHUNK_COLUMNS,
    DELIVERY_COLUMNS,
    RUN_COLUMNS,
    Rows,
    Tables,
    Values,
    tables,
)
from runner.journal.troubles import end_with_a_fault, is_lock, passes
from runner.journal.window import DeliveryWrite, RunWrite

logger = logging.getLogger(__name__)

_LARGEST_WINDOW = 1000
_MOST_TURNS = 16  # of a loop that is busy putting, before what has gathered is sent
_PAUSES = (0.05, 0.1, 0.2, 0.5)  # seconds between attempts
_BRIEF = 1.5  # seconds for which another process may hold a lock, and nothing is wrong
_QUICK = 0.001  # seconds that a commit may take which holds up an event loop
_SMOOTHED = 8  # commits over which their time is averaged


class NotWritten(OperationalError):
    """The database took no writes for too long; nothing of this was written, nor will be."""


_Asked = list[Source] | Unwritten | None


class Committer:
    """Writes for all sources of a process, in one thread with its own connection.

    Who waits to be accepted is refused after `patience` seconds of trouble.
    """

    def __init__(self, alias: str = DEFAULT_DB_ALIAS, patience: float | None = None) -> None:
        self._alias = alias
        self._values = Values(connections[alias].vendor)
        self._patience = settings.CONDUCTOR_DATABASE_TIMEOUT if patience is None else patience
        self._gathering: dict[AbstractEventLoop, list[Source]] = {}
        self._waiting: SimpleQueue[_Asked] = SimpleQueue()
        # What was put while the database was in trouble, in its order; None ends the work.
        self._held: deque[_Asked] = deque()
        # Windows that the thread has got, and those that it is done with: equal, it is idle.
        self._sent = self._worked = 0
        self._writing = threading.Lock()
        self._lately = 2 * _QUICK
        self._counting = Counting()
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
        try:
            if sources is not None and not self._commit_here(sources):
                self._hand_over(sources)
        except Exception:
            end_with_a_fault()

    def _hand_over(self, asked: list[Source] | Unwritten) -> None:
        if self._thread is None:
            self._start()
        self._sent += 1
        self._waiting.put(asked)

    def _commit_here(self, sources: Sequence[Source]) -> bool:
        """Commit in the sources' own loop, if that takes no waiting; say whether it is seen to.

        The thread has nothing of theirs then, so the order of what they write is kept.
        """
        if self._lately > _QUICK or self._tables is None or not self._tables.at_once:
            return False
        if self._sent != self._worked or not self._writing.acquire(blocking=False):
            return False
        try:
            taken = [it for source in sources if (it := take(source))]
            if not taken:
                return True
            began = time.perf_counter()
            try:
                writes = [it.write for it in taken]
                rows = [write.rows(self._values, at_once=True) for write in writes]
                self._counting.begin()
                fenced = self._tables.commit(rows, wait=False)
            except Exception:
                # Nothing was written. The thread does what must wait, and tells what is wrong.
                self._hand_over(Unwritten(taken))
                return True
            self._committed(writes, fenced)
            self._publish(taken, time.perf_counter() - began)
        finally:
            self._writing.release()
        tell(taken)
        return True

    def close(self) -> None:
        """Write what waits, then end the thread and its connection."""
        for loop in list(self._gathering):
            if (sources := self._gathering.pop(loop, None)) is not None:
                self._hand_over(sources)
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
        try:
            more = True
            while more:
                asked, more = self._gather()
                with self._writing:
                    if isinstance(asked, Unwritten):
                        self._commit(connection, asked.taken, attempt=1)
                    elif taken := [it for source in asked if (it := take(source))]:
                        self._commit(connection, taken)
                self._worked += self._gathered
            with self._writing:
                self._forget_connection(connection)
            self._counting.close()
        except BaseException:
            end_with_a_fault()

    def _gather(self) -> tuple[Iterable[Source] | Unwritten, bool]:
        # A source that was put twice is asked once: the run's update must be one row.
        sources: dict[int, Source] = {}
        self._gathered = 0
        try:
            while len(sources) < _LARGEST_WINDOW:
                more = self._next(wait=not sources)
                if more is None:
                    return sources.values(), False
                if isinstance(more, Unwritten):
                    if not sources:
                        self._gathered += 1
                        return more, True
                    self._held.appendleft(more)
                    break
                self._gathered += 1
                sources |= {id(source): source for source in more}
        except Empty:
            pass
        return sources.values(), True

    def _next(self, *, wait: bool) -> _Asked:
        return self._held.popleft() if self._held else self._waiting.get(block=wait)

    def _commit(
        self,
        connection: BaseDatabaseWrapper,
        taken: Sequence[Taken],
        attempt: int = 0,
    ) -> None:
        """Write what was taken, for as long as it takes, and tell the sources."""
        first = time.monotonic()
        while taken:
            began = time.perf_counter()
            try:
                self._transaction(connection, [it.write for it in taken], attempt)
                seconds = time.perf_counter() - began
                break
            except Exception as error:
                if not passes(error):
                    if len(taken) > 1:
                        # One cannot be written (its blueprint was deleted, or it holds what cannot
                        # even be encoded): the others can.
                        for it in taken:
                            self._commit(connection, [it], attempt)
                        return
                    taken[0].write.error = error
                    seconds = time.perf_counter() - began
                    break
                unsure = self._tables is not None and self._tables.unsure
                self._begin_trouble(error, first)
                self._forget_connection(connection)
                if unsure:
                    # It may be there already, so nobody can be told that it is not accepted.
                    taken = [it._replace(asked=None) for it in taken]
                taken = self._without_late(taken, error)
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1
        self._end_trouble(written=bool(taken))
        settle(taken)
        if taken:
            self._publish(taken, seconds)

    def _publish(self, taken: Sequence[Taken], seconds: float) -> None:
        self._lately += (seconds - self._lately) / _SMOOTHED
        self._counting.take([it.write for it in taken], seconds)
        if anybody_listens():
            runs = [it.write for it in taken if isinstance(it.write, RunWrite)]
            announce([news for write in runs if (news := write.committed())])

    def _begin_trouble(self, error: Exception, since: float) -> None:
        if not self.trouble:
            lasts = time.monotonic() - since
            if is_lock(error) and lasts < min(_BRIEF, self._patience / 2):
                # Where several processes commit all the time, each is now and then passed over.
                return
            logger.error("The database takes no writes (%s); runs wait and go on", error)
            self._troubled = since
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

    def _without_late(self, taken: Sequence[Taken], error: Exception) -> list[Taken]:
        """Refuse all who have waited too long to be accepted; return what must be written."""
        with suppress(Empty):
            while True:
                self._held.append(self._waiting.get_nowait())
        earliest = time.monotonic() - self._patience
        late = [it for it in taken if it.asked is not None and it.asked < earliest]
        still: deque[_Asked] = deque()
        for sources in self._held:
            if sources is None or isinstance(sources, Unwritten):
                still.append(sources)
                continue
            kept = []
            for source in sources:
                asked = source.asked
                if asked is None or asked >= earliest:
                    kept.append(source)
                elif it := take(source):
                    late.append(it)
            still.append(kept)
        self._held = still
        for it in late:
            it.write.error = NotWritten(f"nothing was written within {self._patience} s: {error}")
        settle(late)
        return [it for it in taken if it.write.error is None]

    def _transaction(
        self,
        connection: BaseDatabaseWrapper,
        writes: Sequence[RunWrite | DeliveryWrite],
        attempt: int,
    ) -> None:
        rows = [write.rows(self._values) for write in writes]
        self._counting.begin()
        try:
            fenced = self._write(connection, rows)
        except IntegrityError:
            # An earlier attempt whose answer was lost with its connection may have been committed.
            if attempt == 0 or len(rows) > 1 or not self._is_written(connection, rows[0]):
                raise
        else:
            self._committed(writes, fenced)

    def _committed(self, writes: Sequence[RunWrite | DeliveryWrite], fenced: Iterable[int]) -> None:
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
