"""What an evaluation may see, and how much work it may still do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from runner.engine.expressions.limits import BUDGET, LONGEST_TEXT, MOST_BITS

# Units for each small list of many: Python's garbage collector looks at all of them again.
PAIR = 8


class Refused(Exception):
    """An operation is not allowed or makes no sense; the evaluation adds the place."""


class Scope:
    """The names of one evaluation, its loops' variables, and its budget.

    `at` is the column of the operation under way, for messages. Each variable
    of a loop has a slot of its own, so that shadowing needs no care here.
    """

    __slots__ = ("at", "budget", "names", "slots")

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.slots: list[Any] = []
        self.budget = BUDGET
        self.at = 1

    def spend(self, units: int) -> None:
        """Take units of work off the budget. Raises Refused when none are left."""
        self.budget -= units
        if self.budget < 0:
            raise Refused("The expression does too much work; do it in a node of its own.")

    def read(self, value: str) -> None:
        """Charge for an operation that looks at every character of a text."""
        if len(value) > 20:
            self.spend(len(value) // (20 if value.isascii() else 5))

    def made(self, value: str) -> str:
        """Charge for a text that an operation made, and return it."""
        if len(value) > 100:
            fits(len(value))
            self.spend(len(value) // (100 if value.isascii() else 25))
        return value


def fits(length: int) -> None:
    """Refuse a text that would get too long, best before it is made."""
    if length > LONGEST_TEXT:
        raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")


def finite(value: Any) -> Any:
    """Return a number that an operation made. Raises Refused where it got too large."""
    if type(value) is int:
        if value.bit_length() > MOST_BITS:
            raise Refused(f"A whole number would get longer than {MOST_BITS} bits.")
    elif not math.isfinite(value):
        raise Refused("The number gets too large.")
    return value


NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}


def type_name(value: Any) -> str:
    """Return the name of a JSON value's type, as users know it."""
    if value is None:
        return "null"
    return NAMES.get(type(value), "an object" if isinstance(value, Mapping) else "a value")


def is_number(value: Any) -> bool:
    """Say whether a value is a number; booleans are none."""
    return type(value) is int or type(value) is float


def list_of(scope: Scope, value: Any) -> list[Any]:
    """Return a list as it is, and an object's keys as a list."""
    if type(value) is list:
        return value
    if isinstance(value, Mapping):
        scope.spend(len(value) // 8)
        return list(value)
    raise Refused(f"A list is needed here, not {type_name(value)}.")
