"""What the layers above lend to workers, which may not know them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from runner.engine.blueprints import Blueprints, ItemRuns
from runner.engine.credentials import Credentials
from runner.engine.messages import Messages
from runner.models import Run

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
# Kept beside the runs, on the worker's event loop, until cancelled.
companions: list[Callable[[], Coroutine[Any, Any, None]]] = []
# What follows from a run's end, in the transaction that draws its consequences.
consequences: list[Callable[[Run], None]] = []
# Whether there is room for a run whose moment has come; one for which there is none is ended.
judges: list[Callable[[Run], bool]] = []


class Caller(Blueprints, ItemRuns, Protocol):
    """Runs other blueprints for steps, and items of spread frames."""


callers: list[Caller] = []
messengers: list[Messages] = []
keepers: list[Credentials] = []


def caller() -> Caller | None:
    """Return who runs blueprints, and items, for the steps of others."""
    return callers[-1] if callers else None


def messenger() -> Messages | None:
    """Return who sends the messages of steps."""
    return messengers[-1] if messengers else None


def keeper() -> Credentials | None:
    """Return who keeps the credentials of steps."""
    return keepers[-1] if keepers else None
