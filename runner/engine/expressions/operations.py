"""What may be done to values: operators, functions and methods, from fixed tables."""

from __future__ import annotations

import datetime
import json
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from runner.engine.expressions.errors import DEEPEST, LONGEST_TEXT, MOST_BITS
from runner.engine.expressions.scope import Refused, Scope, type_name

NUMBERS = (int, float)


def _is_number(value: Any) -> bool:
    return type(value) in NUMBERS


def _numbers(sign: str, apply: Callable[[Any, Any], Any]) -> Callable[[Scope, Any, Any], Any]:
    def operate(scope: Scope, left: Any, right: Any) -> Any:
        if not (_is_number(left) and _is_number(right)):
            raise Refused(f"{type_name(left)} {sign} {type_name(right)} is not defined.")
        return scope.result(apply(left, right))

    return operate


def add(scope: Scope, left: Any, right: Any) -> Any:
    """Add numbers, or join two texts or two lists."""
    kind = type(left)
    if kind is str and type(right) is str:
        if len(left) + len(right) > LONGEST_TEXT:
            raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")
        return scope.result(left + right)
    if kind is list and type(right) is list:
        scope.spend((len(left) + len(right)) // 4)
        return left + right
    if _is_number(left) and _is_number(right):
        return scope.result(left + right)
    raise Refused(
        f"{type_name(left)} + {type_name(right)} is not defined; use text(…) or number(…) first."
    )


def multiply(scope: Scope, left: Any, right: Any) -> Any:
    """Multiply numbers, or repeat a text."""
    if type(left) is int and type(right) is str:
        left, right = right, left
    if type(left) is str and type(right) is int:
        if len(left) * max(right, 0) > LONGEST_TEXT:
            raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")
        return scope.result(left * right)
    if _is_number(left) and _is_number(right):
        return scope.result(left * right)
    raise Refused(f"{type_name(left)} * {type_name(right)} is not defined.")


def power(scope: Scope, left: Any, right: Any) -> Any:
    """Raise a number to a power; the size of the result is looked at before."""
    if not (_is_number(left) and _is_number(right)):
        raise Refused(f"{type_name(left)} ** {type_name(right)} is not defined.")
    if type(left) is int and type(right) is int:
        if left.bit_length() * abs(right) > MOST_BITS and abs(left) > 1:
            raise Refused(f"A whole number would get longer than {MOST_BITS} bits.")
        if abs(right) > 10_000:
            raise Refused("The exponent is too large.")
    value = left**right
    if type(value) is complex:
        raise Refused("The root of a negative number is not a real number.")
    return scope.result(value)


BINARY: dict[str, Callable[[Scope, Any, Any], Any]] = {
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
    if kind is str:
        if type(item) is not str:
            raise Refused(f"A text contains texts, not {type_name(item)}.")
        scope.spend(1 + len(container) // 250)
        return item in container
    if kind is list:
        scope.spend(1 + len(container) // 4)
        return item in container
    if isinstance(container, Mapping):
        return type(item) is str and item in container
    raise Refused(f"'in' needs a list, an object or a text, not {type_name(container)}.")


def ordered(scope: Scope, left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> bool:
    """Compare two numbers or two texts."""
    if (_is_number(left) and _is_number(right)) or (type(left) is str and type(right) is str):
        scope.spend()
        return compare(left, right)
    raise Refused(f"{type_name(left)} and {type_name(right)} have no order.")


def equal(scope: Scope, left: Any, right: Any) -> bool:
    """Compare by value; a number is never equal to a boolean."""
    if (type(left) is bool) != (type(right) is bool):
        return False
    if type(left) in (list, dict, str):
        scope.spend(1 + len(left) // 4)
    return bool(left == right)


# --- functions ---------------------------------------------------------------


def _list(value: Any) -> list[Any]:
    if type(value) is list:
        return value
    if isinstance(value, Mapping):
        return list(value)
    raise Refused(f"A list is needed here, not {type_name(value)}.")


def text(scope: Scope, value: Any) -> str:
    """Return a value as text: texts as they are, null as nothing, the rest as JSON."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    if type(value) is float and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return to_json(scope, value)


def to_json(scope: Scope, value: Any) -> str:
    """Return a value's JSON."""
    _charge(scope, value, 0)
    try:
        return str(scope.result(orjson.dumps(value, default=_plain).decode()))
    except TypeError:
        raise Refused("This value has no JSON.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _charge(scope: Scope, value: Any, depth: int) -> None:
    """Charge for all that a value holds."""
    if depth > 100:
        raise Refused("The value is nested too deep.")
    if type(value) is list:
        scope.spend(1 + len(value) // 4)
        for item in value:
            if type(item) in (list, dict, str):
                _charge(scope, item, depth + 1)
    elif isinstance(value, Mapping):
        scope.spend(1 + len(value) // 4)
        for item in value.values():
            if type(item) in (list, dict, str):
                _charge(scope, item, depth + 1)
    elif type(value) is str:
        scope.spend(1 + len(value) // 250)


def parse_json(scope: Scope, value: Any) -> Any:
    """Return the value that a JSON text holds."""
    if type(value) is not str:
        raise Refused(f"parse_json needs a text, not {type_name(value)}.")
    if len(value) > LONGEST_TEXT:
        raise Refused(f"The text is longer than {LONGEST_TEXT:,} characters.")
    scope.spend(1 + len(value) // 25)
    depth = most = 0
    for sign in value:
        if sign in "[{":
            depth += 1
            most = max(most, depth)
        elif sign in "]}":
            depth -= 1
    if most > DEEPEST:
        raise Refused(f"The JSON is nested deeper than {DEEPEST} levels.")
    try:
        return orjson.loads(value)
    except json.JSONDecodeError as error:
        raise Refused(f"The text is not JSON: {error.msg}.") from None


def number(scope: Scope, value: Any) -> int | float:
    """Return the number that a text, a boolean or a number means."""
    if type(value) in (int, float, bool):
        return int(value) if type(value) is bool else value
    if type(value) is not str or len(value) > 60:
        raise Refused(f"{type_name(value).capitalize()} is not a number.")
    try:
        try:
            return int(value)
        except ValueError:
            found = float(value)
    except ValueError:
        raise Refused(f"{value!r} is not a number.") from None
    if not math.isfinite(found):
        raise Refused(f"{value!r} is not a number.")
    return found


def whole(scope: Scope, value: Any) -> int:
    """Return a number without its fraction."""
    return int(number(scope, value))


def real(scope: Scope, value: Any) -> float:
    """Return a number with a fraction."""
    return float(number(scope, value))


def length(scope: Scope, value: Any) -> int:
    """Return the number of characters, items or keys."""
    if type(value) in (str, list) or isinstance(value, Mapping):
        return len(value)
    raise Refused(f"{type_name(value).capitalize()} has no length.")


def total(scope: Scope, values: Any) -> Any:
    """Return the sum of a list of numbers."""
    items = _list(values)
    scope.spend(len(items) // 4)
    for item in items:
        if not _is_number(item):
            raise Refused(f"sum needs numbers; the list has {type_name(item)}.")
    return scope.result(sum(items))


def _extreme(name: str, choose: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(scope: Scope, *values: Any) -> Any:
        items = _list(values[0]) if len(values) == 1 else list(values)
        _sortable(scope, items, name)
        if not items:
            raise Refused(f"{name} of nothing is not defined.")
        return choose(items)

    return extreme


def _sortable(scope: Scope, items: list[Any], name: str) -> None:
    scope.spend(1 + len(items) // 2)
    if not all(_is_number(item) for item in items) and not all(type(item) is str for item in items):
        raise Refused(f"{name} needs a list of numbers or of texts.")


def ordered_list(scope: Scope, values: Any, reverse: Any = False) -> list[Any]:
    """Return the numbers or texts of a list in order."""
    items = _list(values)
    _sortable(scope, items, "sorted")
    scope.spend(len(items))
    return sorted(items, reverse=bool(reverse))


def numbers_between(scope: Scope, *bounds: Any) -> list[int]:
    """Return a list of whole numbers, as Python's range has them."""
    if not 1 <= len(bounds) <= 3 or any(type(bound) is not int for bound in bounds):
        raise Refused("range needs one to three whole numbers.")
    found = range(*bounds)
    if len(found) > 100_000:
        raise Refused("range would give more than 100,000 numbers.")
    scope.spend(len(found) // 4)
    return list(found)


def rounded(scope: Scope, value: Any, digits: Any = None) -> Any:
    """Round a number to so many digits after the point."""
    if not _is_number(value) or not (digits is None or (type(digits) is int and abs(digits) <= 20)):
        raise Refused("round needs a number and at most 20 digits.")
    return round(value, digits) if digits else round(value)


def absolute(scope: Scope, value: Any) -> Any:
    """Return a number without its sign."""
    if not _is_number(value):
        raise Refused(f"abs needs a number, not {type_name(value)}.")
    return abs(value)


def pairs(scope: Scope, *lists: Any) -> list[list[Any]]:
    """Return the lists' items side by side, as far as the shortest goes."""
    found = [list(items) for items in zip(*(_list(values) for values in lists), strict=False)]
    scope.spend(len(found))
    return found


def numbered(scope: Scope, values: Any, start: Any = 0) -> list[list[Any]]:
    """Return [index, item] for each item."""
    items = _list(values)
    scope.spend(len(items))
    return [[index, item] for index, item in enumerate(items, start if type(start) is int else 0)]


def iso(scope: Scope, seconds: Any) -> str:
    """Return seconds since 1970 as an ISO 8601 time in UTC."""
    if not _is_number(seconds):
        raise Refused("iso needs seconds since 1970, such as `now`.")
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


def truth(scope: Scope, value: Any) -> bool:
    """Say whether a value is anything but false, null, 0 or empty."""
    return bool(value)


def copied(scope: Scope, value: Any) -> list[Any]:
    """Return an object's keys, or a list, as a new list."""
    return list(scope.result(_list(value)))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": length,
    "sum": total,
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "sorted": ordered_list,
    "round": rounded,
    "abs": absolute,
    "int": whole,
    "float": real,
    "number": number,
    "str": text,
    "text": text,
    "bool": truth,
    "list": copied,
    "range": numbers_between,
    "any": lambda scope, values: any(copied(scope, values)),
    "all": lambda scope, values: all(copied(scope, values)),
    "zip": pairs,
    "enumerate": numbered,
    "reversed": lambda scope, values: copied(scope, values)[::-1],
    "json": to_json,
    "parse_json": parse_json,
    "iso": iso,
}


# --- methods -----------------------------------------------------------------


def _texts(name: str, count: tuple[int, int]) -> Callable[..., Any]:
    """Make a method that calls Python's own on texts, with texts as arguments."""

    def call(scope: Scope, value: str, *arguments: Any) -> Any:
        if not count[0] <= len(arguments) <= count[1] or any(
            type(argument) is not str for argument in arguments
        ):
            raise Refused(f"{name} needs {count[0]} to {count[1]} texts.")
        scope.spend(1 + len(value) // 250)
        return scope.result(getattr(str, name)(value, *arguments))

    return call


def replace(scope: Scope, value: str, old: Any, new: Any) -> str:
    """Replace a part of a text wherever it stands."""
    if type(old) is not str or type(new) is not str:
        raise Refused("replace needs two texts.")
    scope.spend(1 + len(value) // 250)
    if len(value) + value.count(old) * max(0, len(new) - len(old)) > LONGEST_TEXT:
        raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")
    return str(scope.result(value.replace(old, new)))


def join(scope: Scope, value: str, parts: Any) -> str:
    """Join a list of texts by this one."""
    items = _list(parts)
    scope.spend(len(items) // 4)
    if any(type(item) is not str for item in items):
        raise Refused("join needs a list of texts; use [text(x) for x in …].")
    if sum(map(len, items)) + len(value) * len(items) > LONGEST_TEXT:
        raise Refused(f"A text would get longer than {LONGEST_TEXT:,} characters.")
    return str(scope.result(value.join(items)))


def get(scope: Scope, value: Mapping[str, Any], key: Any, default: Any = None) -> Any:
    """Return an object's value for a key, or the default."""
    return value[key] if type(key) is str and key in value else default


TEXT_METHODS: dict[str, Callable[..., Any]] = {
    **{name: _texts(name, (0, 0)) for name in (
        "upper", "lower", "title", "capitalize", "casefold", "splitlines", "isdigit", "isalpha",
    )},
    **{name: _texts(name, (0, 1)) for name in ("strip", "lstrip", "rstrip", "split")},
    **{name: _texts(name, (1, 1)) for name in (
        "startswith", "endswith", "count", "find", "removeprefix", "removesuffix",
    )},
    "replace": replace,
    "join": join,
}  # fmt: skip
LIST_METHODS: dict[str, Callable[..., Any]] = {
    "count": lambda scope, value, item: (scope.spend(1 + len(value) // 4), value.count(item))[1],
    "index": lambda scope, value, item: (scope.spend(1 + len(value) // 4), value.index(item))[1],
}
OBJECT_METHODS: dict[str, Callable[..., Any]] = {
    "get": get,
    "keys": lambda scope, value: scope.result(list(value)),
    "values": lambda scope, value: scope.result(list(value.values())),
    "items": lambda scope, value: scope.result([list(pair) for pair in value.items()]),
}


def methods_of(value: Any) -> dict[str, Callable[..., Any]]:
    """Return the methods that a value of exactly this type has."""
    if type(value) is str:
        return TEXT_METHODS
    if type(value) is list:
        return LIST_METHODS
    return OBJECT_METHODS if isinstance(value, Mapping) else {}
