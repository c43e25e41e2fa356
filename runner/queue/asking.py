"""What coroutines ask the database: in one thread, over one connection, one by one."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import (
    DatabaseError,
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

TROUBLE = (DatabaseError, InterfaceError)
"""What is raised where the database is lost, locked or full."""
PAUSE = 1.0  # seconds until the database is asked again


class Asking:
    """A thread with a connection of its own."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def ask(self, question: Callable[..., T], *values: Any, **words: Any) -> T:
        """Ask the database. Raises TROUBLE."""
        loop = asyncio.get_running_loop()

        def asked() -> T:
            connection = connections["default"]
            try:
                # The driver's own error comes out where a cursor of a lost connection is closed.
                with connection.wrap_database_errors:
                    return question(*values, **words)
            except TROUBLE:
                # The next question gets a new connection.
                connection.close()
                raise

        # What is logged there says of which run it is, and what is started there who caused it.
        return await loop.run_in_executor(self._thread, contextvars.copy_context().run, asked)

    async def ask_twice(self, question: Callable[..., T], *values: Any) -> T:
        """Ask the database; where the connection was lost, once more over a new one.

        Raises TROUBLE. What changes something may be done twice.
        """
        try:
            return await self.ask(question, *values)
        except (OperationalError, InternalError, InterfaceError):
            return await self.ask(question, *values)

    async def insist(self, question: Callable[..., T], *values: Any, **words: Any) -> T:
        """Ask the database until it answers. Raises DataError for what it could never take."""
        while True:
            try:
                return await self.ask(question, *values, **words)
            except DataError:
                raise
            except TROUBLE as error:
                logger.debug("The database does not answer yet (%s)", error)
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Close the connection and end the thread."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        # Who asks from now on is refused: it would get a new connection, which nobody closes.
        self._thread.shutdown(wait=False)
        await closing
        self._thread.shutdown()
