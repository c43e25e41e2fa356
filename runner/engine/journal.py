"""Where an execution writes its events; the engine knows no more of storage than this."""

from __future__ import annotations

from typing import Protocol

from runner.engine.errors import EngineError
from runner.engine.events import Event


class Fenced(EngineError):
    """Another worker has taken this run over; this one may not write to it any more."""

    code = "fenced"


class Journal(Protocol):
    """An append-only journal of one run."""

    def append(self, event: Event) -> None:
        """Take an event, in order; cheap, and never waits."""

    async def durable(self) -> None:
        """Return when all events appended so far are committed. Raises Fenced."""

    async def fence(self) -> None:
        """Return when that is so and the run is still this execution's, which may now act outside.

        Raises Fenced.
        """


class MemoryJournal:
    """A journal in memory, for scripts and tests."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    async def durable(self) -> None:
        """Return at once: memory is all there is."""

    async def fence(self) -> None:
        """Return when `durable` does: nobody else can have the run."""
        await self.durable()
