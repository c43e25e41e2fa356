"""What telemetry reads of a write that was committed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from runner.engine.events import Event
from runner.telemetry.subject import Subject


class Judged(Protocol):
    """A request to a webhook."""

    @property
    def verdict(self) -> str:
        """What became of it."""


class Written(Protocol):
    """Events of a run, or a request to a webhook that started none."""

    @property
    def run(self) -> UUID | None:
        """The run, where there is one."""

    @property
    def events(self) -> Sequence[Event]:
        """What was written of it."""

    @property
    def subject(self) -> Subject | None:
        """What is known of it."""

    @property
    def delivery(self) -> Judged | None:
        """The request that was written with it."""

    @property
    def error(self) -> Exception | None:
        """Why it was not written."""
