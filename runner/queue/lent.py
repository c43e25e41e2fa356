"""What the layers above lend to workers, which may not know them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from runner.engine.blueprints import Blueprints

# Done at each look into the database, in the worker's thread. Says whether it left something.
duties: list[Callable[[], bool]] = []
# Done beside the runs, in a thread of its own; ends early where the event is set. Returns the
# seconds until it is done again.
Chore = Callable[[threading.Event], float]
chores: list[Chore] = []
callers: list[Blueprints] = []


def caller() -> Blueprints | None:
    """Return who runs blueprints for the steps of others."""
    return callers[-1] if callers else None
