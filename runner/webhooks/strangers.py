"""Has who asks for addresses that there are not wait in turn, so that nobody else waits for them.

Whoever guesses is answered at once, as long as that are few. Of a flood, all strangers of a
process together are answered so many times a second, in the order in which they came. A connection
asks on when it was answered, so the flood itself becomes slow, and costs next to nothing. Who would
wait for too long is answered at once, and has to connect anew.
"""

from __future__ import annotations

import asyncio
import time

RATE = 200.0
"""Answers a second to all strangers of a process together."""

BURST = 1.0  # seconds of the rate that may come at once
LONGEST = 2.0  # seconds that one waits; so at most 400 wait at a time

Headers = tuple[tuple[bytes, bytes], ...]
_CLOSE: Headers = ((b"connection", b"close"),)


class Pace:
    """Gives each stranger a moment: a number says when the next would be due."""

    def __init__(self) -> None:
        self._next = 0.0

    def wait(self, now: float) -> float | None:
        """Return for how many seconds one that comes now waits; None where that were too long."""
        due = max(self._next, now - BURST)
        if due - now > LONGEST:
            return None
        self._next = due + 1 / RATE
        return max(0.0, due - now)


_pace = Pace()


async def turn() -> Headers:
    """Return when it is this stranger's turn, with further headers of its answer."""
    wait = _pace.wait(time.monotonic())
    if wait is None:
        return _CLOSE
    if wait:
        await asyncio.sleep(wait)
    return ()
