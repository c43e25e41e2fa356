"""Operators and comparisons, by the names that Python's syntax tree gives them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from runner.engine.expressions.equality import equal, has
from runner.engine.expressions.limits import MOST_BITS
from runner.engine.expressions.scope import Refused, Scope, finite, fits, is_number, type_name

Operator = Callable[[Scope, Any, Any], Any]


def _undefined(left: Any, sign: str, right: Any, hint: str = "") -> Refused:
    kinds = f"{type_name(left)} {sign} {type_name(right)}"
    return Refused(f"{kinds.capitalize()} is not defined{hint}.")


def _numbers(sign: str, apply: Callable[[Any, Any], Any]) -> Operator:
    def operate(scope: Scope, left: Any, right: Any) -> Any:
        if is_number(left) and is_number(right):
            return finite(apply(left, right))
        raise _undefined(left, sign, right)

    return operate


def add(scope: Scope, left: Any, right: Any) -> Any:
    """Add numbers, or join two texts or two lists."""
    if is_number(left) and is_number(right):
        return finite(left + right)
    kind = type(left)
    if kind is str and type(right) is str:
        fits(len(left) + len(right))
        return scope.made(left + right)
    if kind is list and type(right) is list:
        scope.spend((len(left) + len(right)) // 8)
        return left + right
    raise _undefined(left, "+", right, "; use text(…) or number(…) first")


def multiply(scope: Scope, left: Any, right: Any) -> Any:
    """Multiply numbers, or repeat a text."""
    if is_number(left) and is_number(right):
        return finite(left * right)
    if type(left) is int:
        left, right = right, left
    if type(left) is str and type(right) is int:
        fits(len(left) * max(right, 0))
        return scope.made(left * right)
    raise _undefined(left, "*", right)


def power(scope: Scope, left: Any, right: Any) -> Any:
    """Raise a number to a power; the size of a whole result is looked at before."""
    if not (is_number(left) and is_number(right)):
        raise _undefined(left, "**", right)
    whole = type(left) is int and type(right) is int and abs(left) > 1 and right > 0
    # A number of n bits is at least 2 ** (n - 1).
    if whole and (left.bit_length() - 1) * right > MOST_BITS:
        raise Refused(f"A whole number would get longer than {MOST_BITS} bits.")
    value = left**right
    if type(value) is complex:
        raise Refused("The root of a negative number is not a real number.")
    return finite(value)


BINARY: dict[str, Operator] = {
    "Add": add,
    "Sub": _numbers("-", operator.sub),
    "Mult": multiply,
    "Div": _numbers("/", operator.truediv),
    "FloorDiv": _numbers("//", operator.floordiv),
    "Mod": _numbers("%", operator.mod),
    "Pow": power,
}


def contains(scope: Scope, item: Any, container: Any) -> bool:
    """Say whether a list has an item, an object a key, or a text a part."""
    kind = type(container)
    if kind is list:
        return has(scope, container, item)
    if isinstance(container, Mapping):
        if type(item) in (list, dict):
            raise Refused(f"An object's keys are texts, not {type_name(item)}.")
        return type(item) is str and item in container
    if kind is not str:
        raise Refused(f"'in' needs a list, an object or a text, not {type_name(container)}.")
    if type(item) is not str:
        raise Refused(f"A text contains texts, not {type_name(item)}.")
    scope.read(container)
    return item in container


def _order(compare: Callable[[Any, Any], bool]) -> Operator:
    def decide(scope: Scope, left: Any, right: Any) -> bool:
        if is_number(left) and is_number(right):
            return compare(left, right)
        if type(left) is str and type(right) is str:
            scope.spend(min(len(left), len(right)) // 100)
            return compare(left, right)
        raise Refused(f"{type_name(left).capitalize()} and {type_name(right)} have no order.")

    return decide


def different(scope: Scope, left: Any, right: Any) -> bool:
    """Say whether two values are not equal."""
    return not equal(scope, left, right)


COMPARISONS: dict[str, Operator] = {
    "Lt": _order(operator.lt),
    "LtE": _order(operator.le),
    "Gt": _order(operator.gt),
    "GtE": _order(operator.ge),
    "Eq": equal,
    "Is": equal,
    "NotEq": different,
    "IsNot": different,
    "In": contains,
    "NotIn": lambda scope, item, container: not contains(scope, item, container),
}
