"""Says what was committed to whoever listens in this process; knows none of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Committed:
    """Events of a run that are now in the journal.

    `events` is their text as the row holds it; "" where only the row has it.
    `status_changed` says that lists of the blueprint's runs look different now.
    """

    run: str
    blueprint: str
    first_seq: int
    last_seq: int
    events: str
    status_changed: bool = False


Listener = Callable[[Sequence[Committed]], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` after every commit, in the thread that committed."""
    if listener not in _listeners:
        _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """Call it no more."""
    if listener in _listeners:
        _listeners.remove(listener)


def anybody_listens() -> bool:
    """Say whether news would reach anybody; without, they need not be put together."""
    return bool(_listeners)


def announce(committed: Sequence[Committed], *, but: Listener | None = None) -> None:
    """Tell all listeners, `but` one who knows already.

    A listener that fails loses the news; the rows still have them.
    """
    if not committed:
        return
    for listener in tuple(_listeners):
        if listener == but:
            continue
        try:
            listener(committed)
        except Exception:
            logger.exception("A listener failed on %d commits", len(committed))
