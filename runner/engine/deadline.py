"""The time limit of a run: rings once, however often the moment is moved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Deadline:
    """Calls `late` when the moment that `moment` says has come; None: there is none now."""

    def __init__(self, moment: Callable[[], float | None], late: Callable[[], None]) -> None:
        self._moment = moment
        self._late = late
        self._timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Wait for the moment as it is now."""
        self._stop()
        if (moment := self._moment()) is not None:
            left = max(0.0, moment - time.time())
            self._timer = asyncio.get_running_loop().call_later(left, self._ring)

    def close(self) -> None:
        """Do not ring any more, whatever is set."""
        self._stop()
        self._moment = self._late = _never

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        moment = self._moment()
        if moment is None or moment > time.time():
            # It stands still, or was moved: whoever does that sets it anew.
            self.set()
        else:
            self._late()


def _never() -> None:
    """Say that there is no moment, and do nothing about it."""
