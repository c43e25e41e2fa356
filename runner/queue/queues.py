"""What this process knows of the queues: their rows as they were a second ago at most.

Changes made in this process are announced by Django's signals and act at once;
those of other processes act when the second is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from runner.graph.queueing import DEFAULT
from runner.models import Queue, WhenFull

OLDEST = 1.0  # seconds


class QueueDraining(Exception):
    """A queue takes no new runs while it is drained."""

    code = "queue_draining"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The queue {name!r} is being drained and takes no new runs. "
            "Try again later, or have an operator open it."
        )


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as its row was read; one without a row has no limits."""

    name: str
    priority: int = 0
    concurrency: int | None = None
    rate: float | None = None
    burst: int = 1
    when_full: str = WhenFull.WAIT
    most_waiting: int | None = None
    paused: bool = False
    draining: bool = False

    @classmethod
    def of(cls, row: Queue) -> QueueState:
        """Return what a row says."""
        return cls(**{name: getattr(row, name) for name in cls.__slots__})

    @property
    def limited(self) -> bool:
        """Whether its runs may have to wait although a worker has room."""
        return self.concurrency is not None or self.rate is not None

    @property
    def direct(self) -> bool:
        """Whether a run of it may be begun without a look at the others."""
        return not (self.paused or self.draining or self.limited or site_limit())

    @property
    def picks(self) -> bool:
        """Whether it depends on its other runs whether one is taken."""
        return self.when_full != WhenFull.WAIT


_lock = threading.Lock()
_known: Mapping[str, QueueState] | None = None
_read = 0.0
_changes = 0


def site_limit() -> int:
    """Return how many runs all workers together may execute at once; 0: any number."""
    return int(settings.CONDUCTOR_SITE_RUNS)


def at_hand() -> Mapping[str, QueueState] | None:
    """Return the queues without asking the database; None where they must be read."""
    return _known if _known is not None and time.monotonic() - _read < 2 * OLDEST else None


def known(oldest: float = OLDEST) -> Mapping[str, QueueState]:
    """Return the queues by name, the default one included, at most so many seconds old."""
    global _known, _read
    found, changes = _known, _changes
    if found is not None and time.monotonic() - _read < oldest:
        return found
    read = time.monotonic()
    states = {row.name: QueueState.of(row) for row in Queue.objects.all()}
    states.setdefault(DEFAULT, QueueState(DEFAULT))
    with _lock:
        if changes == _changes:
            _known, _read = states, read
    return states


def state_of(name: str, among: Mapping[str, QueueState]) -> QueueState:
    """Return the queue of this name; where it was deleted, the default one."""
    return among.get(name) or among[DEFAULT]


def forget() -> None:
    """Read the queues anew at the next use."""
    global _known, _changes
    with _lock:
        _known = None
        _changes += 1


def _changed(**_: Any) -> None:
    # At once for this transaction's own reads, and again when others can see what it wrote.
    forget()
    transaction.on_commit(forget)


for _signal in (post_save, post_delete):
    _signal.connect(_changed, sender=Queue, dispatch_uid="conductor.queues")
