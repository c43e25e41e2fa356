"""What an evaluation may see, and how much work it may still do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.engine.expressions.errors import BUDGET, LONGEST_TEXT, MOST_BITS


class Refused(Exception):
    """An operation is not allowed or makes no sense; the evaluation adds the place."""


class Scope:
    """The names of one evaluation, its comprehension variables, and its budget.

    `at` is the column of the operation under way, for messages.
    """

    __slots__ = ("at", "budget", "local", "names")

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.local: dict[str, Any] = {}
        self.budget = BUDGET
        self.at = 1

    def spend(self, units: int = 1) -> None:
        """Take units of work off the budget. Raises Refused when none are left."""
        self.budget -= units
        if self.budget < 0:
            raise Refused("The expression does too much work; do it in a node of its own.")

    def result(self, value: Any) -> Any:
        """Charge for the size of a value that an operation made, and return it."""
        kind = type(value)
        if kind is str:
            if len(value) > LONGEST_TEXT:
                raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")
            self.spend(1 + len(value) // 250)
        elif kind is list or kind is dict:
            self.spend(1 + len(value) // 4)
        elif kind is int:
            if value.bit_length() > MOST_BITS:
                raise Refused(f"A whole number would get longer than {MOST_BITS} bits.")
            self.spend()
        else:
            self.spend()
        return value


def type_name(value: Any) -> str:
    """Return the name of a JSON value's type, as users know it."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}
    if value is None:
        return "null"
    return names.get(type(value), "an object" if isinstance(value, Mapping) else "a value")
