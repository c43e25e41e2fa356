"""The files of values that are too large for the journal, by run and by the hash of their JSON.

A folder for each run: a run reads its own values only, and what is deleted with
a run is its folder. Machines that share a database share this folder as well.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import OperationalError

from runner.engine.replacing import replace_file

logger = logging.getLogger(__name__)

_HASH = re.compile(r"[0-9a-f]{64}")


class ValueLost(Exception):
    """A value's file is missing, or does not hold what was written; the message names its hash."""


def write(run: UUID, text: bytes) -> str:
    """Keep a value's JSON; when this returns, it survives the end of the machine. Returns its hash.

    Raises OperationalError where it cannot be written, as the database does
    where its disk is full: who waits for one waits for the other.
    """
    name = hashlib.sha256(text).hexdigest()
    folder = _folder(run)
    path = folder / name
    if path.exists():
        return name
    try:
        made = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, text)
        _sync(folder)
        if made:
            _sync(folder.parent)
    except OSError as error:
        raise OperationalError(f"a large value cannot be written: {error.strerror}") from error
    return name


def read(run: UUID, name: str) -> bytes:
    """Return a value's JSON. Raises ValueLost, and OSError where the folder cannot be reached."""
    if not _HASH.fullmatch(name):
        raise ValueLost(f"{name[:80]!r} is no hash of a value")
    try:
        text = (_folder(run) / name).read_bytes()
    except FileNotFoundError:
        raise _lost(run, name, "missing") from None
    if hashlib.sha256(text).hexdigest() != name:
        raise _lost(run, name, "damaged")
    return text


def _lost(run: UUID, name: str, how: str) -> ValueLost:
    logger.error("The file of the value %s of run %s is %s", name, run, how)
    return ValueLost(f"the file of the value {name} is {how}")


def remove(run: UUID, but: Collection[str] = ()) -> int:
    """Delete the values of a run but those of these hashes; return how many bytes that were."""
    folder = _folder(run)
    size = 0
    for path in list(folder.glob("*")):
        if path.name not in but:
            size += path.stat().st_size
            path.unlink(missing_ok=True)
    # Where anything is left, or comes at this moment, the folder stays.
    with suppress(OSError):
        folder.rmdir()
    return size


def runs_with_values(older_than: float) -> Iterator[UUID]:
    """Yield the runs that have values here of which none was written in so many seconds.

    A value is written before the row that refers to it: a younger one may not have its row yet.
    """
    latest = time.time() - older_than
    for folder in settings.CONDUCTOR_VALUES.glob("??/*"):
        with suppress(ValueError, FileNotFoundError):
            if folder.stat().st_mtime < latest:
                yield UUID(folder.name)


def _folder(run: UUID) -> Path:
    # The end of an id is random, its beginning is a moment.
    root: Path = settings.CONDUCTOR_VALUES
    return root / run.hex[-2:] / str(run)


def _sync(folder: Path) -> None:
    # Only then a name in a folder survives a loss of power.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
