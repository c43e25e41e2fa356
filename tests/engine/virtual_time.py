"""A clock that jumps: an event loop in which waiting takes no time, and order is exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar
from unittest import mock

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Lets the clock jump to the next moment at which something is to happen."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.now = start

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found:
            assert timeout is not None, "nothing moves, and nothing is waited for: a deadlock"
            self.now += max(0.0, timeout)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, start: float) -> None:
        self.clock = _Jumping(start)
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def run_at(start: float, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine by a clock that begins at a moment and jumps over all waiting."""
    # The loop adds a nanosecond to its clock, which a larger float would swallow.
    assert start < 1e6
    loop = _Loop(start)
    clocks = ("time", "monotonic", "perf_counter")
    patches = [mock.patch(f"time.{name}", loop.time) for name in clocks]
    try:
        for patch in patches:
            patch.start()
        return loop.run_until_complete(work)
    finally:
        for patch in reversed(patches):
            patch.stop()
        loop.close()
