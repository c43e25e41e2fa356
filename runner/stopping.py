"""Whether this process is about to end: what only waits for something gives up then."""

from __future__ import annotations

import threading

_asked = threading.Event()


def begin() -> None:
    """Say that the process is about to end."""
    _asked.set()


def begun() -> bool:
    """Say whether the process is about to end."""
    return _asked.is_set()


def pause(seconds: float) -> bool:
    """Wait that long, in any thread but the event loop's; say whether the process is to end.

    It is said at once: the interpreter waits for every thread that still serves a request.
    """
    return _asked.wait(seconds)
