"""Which workers of this home have ended: each locks a file of its own for as long as it lives.

The system lets go of the lock with the process, however that ends, so the runs of one that was
killed need not wait for its lease to run out, and those of one that lives are left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


class Lifetime:
    """A worker's lock: `begin` takes it, and `end` or the end of the process lets go of it."""

    def __init__(self, worker: str) -> None:
        self._path = _folder() / worker
        self._file: int | None = None

    def begin(self) -> None:
        """Take the lock; where that cannot be done, only the lease tells when the worker ends."""
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            logger.warning("The worker's lock cannot be taken (%s)", error)

    def end(self) -> None:
        """Let go of the lock and remove its file."""
        forget([self._path.name])
        if self._file is not None:
            os.close(self._file)
            self._file = None


def ended() -> list[str]:
    """Return the names of the workers that had a lock in this home and have it no more."""
    try:
        paths = list(_folder().iterdir())
    except OSError:
        return []
    return [path.name for path in paths if _is_free(path)]


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
