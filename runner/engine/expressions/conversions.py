"""Between values, texts and JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

from runner.engine.expressions.scope import Refused, Scope, fits, type_name
from runner.engine.values import DEEPEST, LARGEST


def measure(scope: Scope, value: Any, depth: int = 0) -> int:
    """Charge for all that a value holds; return how many characters its JSON has at least.

    A part that stands in several places counts in each of them, as it does in
    the JSON.
    """
    kind = type(value)
    if kind is str:
        scope.spend(1 + len(value) // 100)
        return len(value)
    if kind is int:
        whole_result(value)
    if kind is not list and kind is not dict:
        return 1
    if depth >= DEEPEST:
        raise Refused(f"The value is nested deeper than {DEEPEST} levels.")
    size = len(value)
    scope.spend(4 + size)
    length = 1 + size
    if kind is dict:
        length += sum(map(len, value))
        scope.spend(length // 100)
        value = value.values()
    for item in value:
        inner = type(item)
        if inner is list or inner is dict or inner is str:
            length += measure(scope, item, depth + 1)
        elif inner is int:
            whole_result(item)
    return length


def whole_result(value: int) -> int:
    """Return a whole number. Raises Refused where it has more than the 64 bits of tokens."""
    if not -LARGEST <= value < LARGEST:
        raise Refused("A result's whole numbers have 64 bits at most; use float(…) or text(…).")
    return value


def text(scope: Scope, value: Any) -> str:
    """Return a value as text: texts as they are, null as nothing, the rest as JSON."""
    kind = type(value)
    if kind is str:
        return str(value)
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return to_json(scope, value)


def to_json(scope: Scope, value: Any) -> str:
    """Return a value's JSON."""
    fits(measure(scope, value))
    try:
        return scope.made(orjson.dumps(value).decode())
    except TypeError:
        raise Refused("This value has no JSON; whole numbers may have 64 bits there.") from None


def parse_json(scope: Scope, value: Any) -> Any:
    """Return the value that a JSON text holds."""
    if type(value) is not str:
        raise Refused(f"parse_json needs a text, not {type_name(value)}.")
    fits(len(value))
    # In the worst case each three characters become a list of their own.
    scope.spend(len(value) // 3)
    try:
        return orjson.loads(value)
    except json.JSONDecodeError as error:
        raise Refused(f"The text is not JSON: {error.msg}.") from None


def number(scope: Scope, value: Any) -> Any:
    """Return the number that a text, a boolean or a number means."""
    kind = type(value)
    if kind is int or kind is float:
        return value
    if kind is bool:
        return int(value)
    if kind is not str:
        raise Refused(f"{type_name(value).capitalize()} is not a number.")
    if len(value) > 60:
        raise Refused("A text of more than 60 characters is not a number.")
    try:
        return int(value)
    except ValueError:
        found = _real(value)
    if found is None or not math.isfinite(found):
        raise Refused(f"{value!r} is not a number.")
    return found


def _real(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def shown(value: Any) -> str:
    """Return a short form of a value for a message; never the whole of a large one."""
    if type(value) is str:
        return repr(value if len(value) <= 60 else value[:60] + "…")
    if value is None or type(value) in (bool, int, float):
        return text(Scope({}), value) or "null"
    return type_name(value)
