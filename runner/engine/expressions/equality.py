"""Equality of values by what they hold, with a charge for all that is compared."""

from __future__ import annotations

from typing import Any

from runner.engine.expressions.scope import Refused, Scope, is_number
from runner.engine.values import DEEPEST


def equal(scope: Scope, left: Any, right: Any, depth: int = 0) -> bool:
    """Compare by value; a number is never equal to a boolean, at no depth.

    Values may share parts, so that their size says nothing about the work:
    each pair that is looked at is charged.
    """
    kind = type(left)
    if kind is list or kind is dict:
        if type(right) is not kind or len(left) != len(right):
            return False
        if depth > DEEPEST:
            raise Refused("The value is nested too deep.")
        scope.spend(4 + len(left) * 2)
        if kind is dict:
            return all(
                key in right and equal(scope, one, right[key], depth + 1)
                for key, one in left.items()
            )
        pairs = zip(left, right, strict=True)
        return all(equal(scope, one, two, depth + 1) for one, two in pairs)
    if (kind is bool) != (type(right) is bool):
        return False
    if kind is str and type(right) is str and len(left) == len(right) > 1000:
        scope.spend(len(left) // 1000)
    return bool(left == right)


def places(scope: Scope, items: list[Any], item: Any) -> list[int]:
    """Return the indexes at which a list has an item."""
    scope.spend(len(items) * 2)
    return [index for index, each in enumerate(items) if equal(scope, each, item)]


def has(scope: Scope, items: list[Any], item: Any) -> bool:
    """Say whether a list has an item."""
    # Python's own search is right and quick where no boolean can pass for a number.
    if item is None or (is_number(item) and item not in (0, 1)):
        scope.spend(len(items) // 2)
        return item in items
    if type(item) is str:
        scope.spend(len(items) // 8 * (1 + len(item) // 500))
        return item in items
    return any(_charged(scope, each, item) for each in items)


def _charged(scope: Scope, each: Any, item: Any) -> bool:
    scope.spend(3)
    return equal(scope, each, item)
