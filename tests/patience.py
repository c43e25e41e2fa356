"""Waiting for what comes about: a machine that is merely slow fails no test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which what has not come about never will; most of it takes less than one."""


def until(
    question: Callable[[], T | None], what: str = "it came about", within: float = PATIENCE
) -> T:
    """Return the answer as soon as it is true; fail where it does not become true in time."""
    deadline = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        time.sleep(0.03)
    return answer
