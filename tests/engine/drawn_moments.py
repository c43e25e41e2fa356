"""How long what random drawings do takes: known from where it is, and never the same twice."""

from __future__ import annotations

import zlib

from runner.engine.parking import STAYS

RENAMED = "_renamed"


def number(text: str) -> int:
    """Return a number for a text, the same for a name and what it was renamed to."""
    return zlib.crc32(text.replace(RENAMED, "").encode())


def moment(path: str, attempt: int) -> float:
    """Return how many seconds an attempt takes: below one, and never the same twice."""
    return (number(f"{path}/{attempt}") + 1) / 2**32


def pause(path: str, attempt: int) -> float:
    return moment(f"after {path}", attempt)


def long(path: str, attempt: int) -> float:
    """Return a time for which a step is parked: of less than that it stays in memory."""
    return 2 * STAYS + moment(path, attempt)


def turn(path: str) -> float:
    """Return after how many seconds a frame that asks for its key has it."""
    return moment(f"turn of {path}", 1)
