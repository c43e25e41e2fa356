"""What the layers above lend to workers, which may not know them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from runner.engine.blueprints import Blueprints

# Done at each look into the database, in the worker's thread. Says whether it left something.
duties: list[Callable[[], bool]] = []


@dataclass(frozen=True, slots=True)
class Chore:
    """What is done beside the runs, in a thread of its own.

    `do` ends early where the event is set, and returns the seconds until it is done again. It is
    done `first` seconds after the start, and `again` seconds after it could not be done.
    """

    do: Callable[[threading.Event], float]
    first: float
    again: float


chores: list[Chore] = []
callers: list[Blueprints] = []


def caller() -> Blueprints | None:
    """Return who runs blueprints for the steps of others."""
    return callers[-1] if callers else None
