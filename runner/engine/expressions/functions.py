"""The functions that expressions can call."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from runner.engine.expressions.conversions import number, parse_json, text, to_json
from runner.engine.expressions.offered import Offered, offer
from runner.engine.expressions.scope import (
    PAIR,
    Refused,
    Scope,
    finite,
    is_number,
    list_of,
    type_name,
)
from runner.engine.values import exact_sum

NUMBERS = frozenset({int, float})
TEXTS = frozenset({str})


def length(scope: Scope, value: Any) -> int:
    """Return the number of characters, items or keys."""
    if type(value) in (str, list) or isinstance(value, Mapping):
        return len(value)
    raise Refused(f"{type_name(value).capitalize()} has no length.")


def total(scope: Scope, values: Any) -> Any:
    """Return the sum of a list of numbers."""
    items = list_of(scope, values)
    scope.spend(len(items))
    for kind in set(map(type, items)) - NUMBERS:
        example = next(item for item in items if type(item) is kind)
        raise Refused(f"sum needs numbers; the list has {type_name(example)}.")
    try:
        return finite(exact_sum(items))
    except OverflowError:
        raise Refused("The number gets too large.") from None


def _sortable(scope: Scope, items: list[Any], name: str) -> int:
    """Charge for looking at the items; return what comparing each of them once costs."""
    scope.spend(len(items) // 2)
    kinds = set(map(type, items))
    if kinds <= NUMBERS:
        return len(items) // 4 + 1
    if kinds != TEXTS:
        raise Refused(f"{name} needs a list of numbers or of texts.")
    return len(items) // 2 + sum(map(len, items)) // 100 + 1


def _extreme(name: str, choose: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(scope: Scope, *values: Any) -> Any:
        items = list_of(scope, values[0]) if len(values) == 1 else list(values)
        scope.spend(_sortable(scope, items, name))
        if not items:
            raise Refused(f"{name} of nothing is not defined.")
        return choose(items)

    return extreme


def ordered(scope: Scope, values: Any, reverse: Any = False) -> list[Any]:
    """Return the numbers or texts of a list in order."""
    items = list_of(scope, values)
    scope.spend(_sortable(scope, items, "sorted") * len(items).bit_length() // 2)
    return sorted(items, reverse=bool(reverse))


def numbers_between(scope: Scope, *bounds: Any) -> list[int]:
    """Return a list of whole numbers, as Python's range has them."""
    if not 1 <= len(bounds) <= 3 or any(type(bound) is not int for bound in bounds):
        raise Refused("range needs one to three whole numbers.")
    if len(bounds) == 3 and bounds[2] == 0:
        raise Refused("The step of a range must not be 0.")
    found = range(*bounds)
    # Its length, where len(…) would not do: it fails beyond 64 bits.
    if found and abs(found[-1] - found.start) // abs(found.step) >= 100_000:
        raise Refused("range would give more than 100,000 numbers.")
    scope.spend(len(found) // 2)
    return list(found)


def rounded(scope: Scope, value: Any, digits: Any = None) -> Any:
    """Round a number to so many digits after the point; halves go to the even neighbour."""
    if not is_number(value) or not (digits is None or (type(digits) is int and abs(digits) <= 20)):
        raise Refused("round needs a number and at most 20 digits.")
    return finite(round(value, digits))


def absolute(scope: Scope, value: Any) -> Any:
    """Return a number without its sign."""
    if not is_number(value):
        raise Refused(f"abs needs a number, not {type_name(value)}.")
    return abs(value)


def whole(scope: Scope, value: Any) -> int:
    """Return a number without its fraction."""
    return int(finite(int(number(scope, value))))


def real(scope: Scope, value: Any) -> float:
    """Return a number with a fraction."""
    return float(number(scope, value))


def side_by_side(scope: Scope, *lists: Any) -> list[list[Any]]:
    """Return the lists' items side by side, as far as the shortest goes."""
    found = [list_of(scope, values) for values in lists]
    scope.spend(min(map(len, found)) * (PAIR + len(found) // 8))
    return [list(items) for items in zip(*found, strict=False)]


def numbered(scope: Scope, values: Any, start: Any = 0) -> list[list[Any]]:
    """Return [index, item] for each item."""
    if type(start) is not int:
        raise Refused(f"enumerate starts at a whole number, not {type_name(start)}.")
    items = list_of(scope, values)
    scope.spend(len(items) * PAIR)
    return [[index, item] for index, item in enumerate(items, start)]


def iso(scope: Scope, seconds: Any) -> str:
    """Return seconds since 1970 as an ISO 8601 time in UTC."""
    if not is_number(seconds):
        raise Refused("iso needs seconds since 1970, such as `now`.")
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise Refused("iso needs seconds since 1970, of the years 1 to 9999.") from None


def truth(scope: Scope, value: Any) -> bool:
    """Say whether a value is anything but false, null, 0 or empty."""
    return bool(value)


def copied(scope: Scope, values: Any) -> list[Any]:
    """Return an object's keys, or a list, as a new list."""
    items = list_of(scope, values)
    scope.spend(len(items) // 8)
    return list(items)


def some(scope: Scope, values: Any) -> bool:
    """Say whether any of the values holds."""
    items = list_of(scope, values)
    scope.spend(len(items) // 4)
    return any(items)


def every(scope: Scope, values: Any) -> bool:
    """Say whether all of the values hold."""
    items = list_of(scope, values)
    scope.spend(len(items) // 4)
    return all(items)


FUNCTIONS: dict[str, Offered] = {
    "abs": offer("abs(number)", absolute),
    "all": offer("all(list)", every),
    "any": offer("any(list)", some),
    "bool": offer("bool(value)", truth),
    "enumerate": offer("enumerate(list, start=0)", numbered),
    "float": offer("float(value)", real),
    "int": offer("int(value)", whole),
    "iso": offer("iso(seconds)", iso),
    "json": offer("json(value)", to_json),
    "len": offer("len(value)", length),
    "list": offer("list(value)", copied),
    "max": offer("max(list) or max(a, b, …)", _extreme("max", max)),
    "min": offer("min(list) or min(a, b, …)", _extreme("min", min)),
    "number": offer("number(value)", number),
    "parse_json": offer("parse_json(text)", parse_json),
    "range": offer("range(stop) or range(start, stop, step)", numbers_between),
    "reversed": offer("reversed(list)", lambda scope, values: copied(scope, values)[::-1]),
    "round": offer("round(number, digits)", rounded),
    "sorted": offer("sorted(list, reverse=false)", ordered),
    "str": offer("str(value)", text),
    "sum": offer("sum(list)", total),
    "text": offer("text(value)", text),
    "zip": offer("zip(list, list, …)", side_by_side),
}
