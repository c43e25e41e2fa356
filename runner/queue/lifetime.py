"""Which workers of this home have ended: each locks a file of its own for as long as it lives.

The system lets go of the lock with the process, however that ends, so the runs of one that was
killed need not wait for its lease to run out, and those of one that lives are left alone.
Several machines can share a PostgreSQL, and a home whose locks do not reach from one to another;
there only leases say who has ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)


class Lifetime:
    """A worker's lock: `begin` takes it, and `end` or the end of the process lets go of it."""

    def __init__(self, worker: str) -> None:
        self._path = _folder() / worker
        self._file: int | None = None

    def begin(self) -> None:
        """Take the lock; where that cannot be done, only the lease tells when the worker ends."""
        if connection.vendor != "sqlite":
            return
        # Under its own name it must never be seen without the lock: whoever started at that moment
        # would take the runs of this worker.
        draft = self._path.with_name(f".{self._path.name}")
        try:
            draft.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = os.open(draft, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.rename(self._path)
        except OSError as error:
            logger.warning("The worker's lock cannot be taken (%s)", error)
            with contextlib.suppress(OSError):
                draft.unlink()

    def end(self, *, signed_off: bool = True) -> None:
        """Let go of the lock; its file stays where the next start is still to see who has ended."""
        if signed_off:
            forget([self._path.name])
        if self._file is not None:
            os.close(self._file)
            self._file = None


def ended() -> list[str]:
    """Return the names of the workers that had a lock in this home and have it no more."""
    if connection.vendor != "sqlite":
        return []
    try:
        paths = list(_folder().iterdir())
    except OSError:
        return []
    return [path.name for path in paths if not path.name.startswith(".") and _is_free(path)]


def forget(workers: Iterable[str]) -> None:
    """Remove the files of workers that have ended."""
    for worker in workers:
        with contextlib.suppress(OSError):
            (_folder() / worker).unlink()


def _is_free(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _folder() -> Path:
    home: Path = settings.CONDUCTOR_HOME
    return home / "workers"
