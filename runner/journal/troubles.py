"""What can keep the committer from writing: a database in trouble, or a fault of its own."""

from __future__ import annotations

import logging
import os
import sqlite3
from typing import NoReturn

from django.db import DataError, IntegrityError, InterfaceError, ProgrammingError
from django.db.utils import DatabaseError

logger = logging.getLogger(__name__)

FAULT = 70  # the process' exit status, BSD's EX_SOFTWARE
_LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code


def passes(error: Exception) -> bool:
    """Say whether the same may be written later: the database is what is in trouble."""
    lasting = isinstance(error, IntegrityError | DataError | ProgrammingError)
    return isinstance(error, DatabaseError | InterfaceError) and not lasting


def is_lock(error: Exception) -> bool:
    """Say whether another process holds what the write needs."""
    told = error.__cause__ or error
    busy = getattr(told, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    return busy or getattr(told, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def end_with_a_fault() -> NoReturn:
    """End the process at once: what it has taken, it can neither write nor tell anybody.

    One that stood still would keep its lease and its runs for ever. They go on from their journals.
    """
    told = "The committer has a fault; this process ends, and its runs go on from their journals"
    logger.critical(told, exc_info=True)
    logging.shutdown()
    os._exit(FAULT)
