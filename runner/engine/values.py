"""Whether a value that a node gave is a JSON value, which is all that tokens may carry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

DEEPEST = 100
LARGEST = 2**63
# Lists that hold the same list many times grow without bound when they are written.
MOST_VALUES = 10_000_000


def not_json(value: Any) -> str | None:
    """Say in words why this is no JSON value; None where it is one."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return _scalar_wrong(value)
    # Level by level: a list of pairs would make work for the garbage collector.
    level, depth, count = [value], 1, 0
    while level:
        if depth > DEEPEST:
            return f"a value nested deeper than {DEEPEST} levels"
        below: list[Any] = []
        for container in level:
            count += len(container)
            if count > MOST_VALUES:
                return f"more than {MOST_VALUES} values"
            items = container
            if type(container) is dict:
                for key in container:
                    if type(key) is str and key.isascii():
                        continue
                    if type(key) is not str or not is_text(key):
                        return f"an object with the key {key!r}, which is no text"
                items = container.values()
            # Every value of every step comes by here: the common ones are told without a call.
            for item in items:
                kind = type(item)
                if kind is str:
                    if item.isascii():
                        continue
                elif kind is dict or kind is list:
                    below.append(item)
                    continue
                elif kind is int:
                    if -LARGEST <= item < LARGEST:
                        continue
                elif item is None or kind is bool:
                    continue
                if wrong := _scalar_wrong(item):
                    return wrong
        level, depth = below, depth + 1
    return None


def _scalar_wrong(value: Any) -> str | None:
    kind = type(value)
    if kind is str:
        return None if is_text(value) else "a text with half a surrogate pair"
    if kind is bool or value is None:
        return None
    if kind is int:
        return None if -LARGEST <= value < LARGEST else "an integer of more than 64 bits"
    if kind is float:
        return None if math.isfinite(value) else f"the number {value}"
    return f"a Python {kind.__name__}"


def is_text(value: str) -> bool:
    """Say whether a text can be written as UTF-8."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(value: str) -> str:
    """Return the text with what UTF-8 cannot write replaced."""
    return value if is_text(value) else value.encode("utf-8", "replace").decode()


def exact_sum(numbers: Sequence[int | float]) -> int | float:
    """Return the sum: whole where all are, else as if rounded once, at the end.

    Python's own `sum` of floats gives other last digits from release 3.12 on.
    Raises OverflowError where it gets too large for a float.
    """
    return math.fsum(numbers) if any(type(each) is float for each in numbers) else sum(numbers)
