"""Who has something to write, what was taken of it, and how it learns what became of that."""

from __future__ import annotations

import logging
import time
from asyncio import AbstractEventLoop, Future
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from runner.journal.window import DeliveryWrite, RunWrite

logger = logging.getLogger(__name__)


class Source(Protocol):
    """Somebody who has something to write: asked by the committer, in any thread."""

    loop: AbstractEventLoop

    @property
    def asked(self) -> float | None:
        """When somebody began to wait to be accepted (monotonic); None: it must be written."""

    def take(self) -> RunWrite | DeliveryWrite | None:
        """Return what is to be written now, or None."""

    def done(self, write: Any) -> None:
        """Learn, in the source's loop, that the write was committed or has an `error`."""


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


class Taken(NamedTuple):
    """What a source had to write, and since when somebody waits to be accepted."""

    source: Source
    write: RunWrite | DeliveryWrite
    asked: float | None


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What could not be committed where it was taken; it is tried again before all else."""

    taken: Sequence[Taken]


def take(source: Source) -> Taken | None:
    """Take what a source has to write, if there is anything."""
    asked = source.asked
    write = source.take()
    return Taken(source, write, asked) if write is not None else None


def settle(taken: Sequence[Taken]) -> None:
    """Tell the sources, each in its own loop, with one wake-up for each loop."""
    by_loop: dict[AbstractEventLoop, list[Taken]] = {}
    for it in taken:
        by_loop.setdefault(it.source.loop, []).append(it)
    for loop, told in by_loop.items():
        try:
            loop.call_soon_threadsafe(tell, told)
        except RuntimeError:
            logger.debug("A loop has ended before it learnt of %d commits", len(told))


def tell(taken: Sequence[Taken]) -> None:
    """Tell the sources of one loop, in that loop."""
    for it in taken:
        try:
            it.source.done(it.write)
        except Exception:
            logger.exception("A run could not take the news of its commit")
