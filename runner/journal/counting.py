"""Tells telemetry what was committed, at moments when no run waits for the interpreter.

Counting the events of a large window takes a tenth of the time of writing them. The database
does without the interpreter's lock while it carries out a statement, so such a window is counted
by a thread of its own while the next one is written, or when none has come for a while.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from runner import telemetry
from runner.journal.window import DeliveryWrite, RunWrite

_FEW = 200
"""So many events are counted at once: waking a thread would take as long."""
_CALM = 0.02  # seconds without a commit after which what was written is counted

_Window = tuple[Sequence[RunWrite | DeliveryWrite], float]


class Counting:
    """What one committer has written and telemetry does not know yet, in its order."""

    def __init__(self) -> None:
        self._held: deque[_Window] = deque()
        self._telling = threading.Lock()
        # True: count what is held now; False: there is something; None: end.
        self._told: SimpleQueue[bool | None] = SimpleQueue()
        self._looking = False
        self._thread: threading.Thread | None = None

    def take(self, writes: Sequence[RunWrite | DeliveryWrite], seconds: float) -> None:
        """Take what one transaction has written, in so many seconds."""
        self._held.append((writes, seconds))
        if sum(len(write.events) for write in writes) <= _FEW:
            self._count()
        elif not self._looking:
            self._looking = True
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="conductor-counting", daemon=True
                )
                self._thread.start()
            self._told.put(False)

    def begin(self) -> None:
        """Count beside what the caller does next, which should need no interpreter."""
        if self._held:
            self._told.put(True)

    def close(self) -> None:
        """Count the rest and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._told.put(None)
            thread.join()
        self._count()

    def _count(self) -> None:
        with self._telling:
            while self._held:
                telemetry.written(*self._held.popleft())

    def _work(self) -> None:
        while True:
            try:
                told = self._told.get(timeout=_CALM if self._looking else None)
            except Empty:
                self._count()
                # In this order: what comes in between is seen by one of the two.
                self._looking = False
                self._looking = bool(self._held)
                continue
            if told is None:
                return
            if told:
                self._count()
