"""JSON values as they lie in the shared document, and back.

The merging library keeps no order of the keys of an object, and people see that order: in
forms, in lists of inputs, in what a step emits. So a value with an object anywhere in it is
kept as JSON text, in an object of one key. Nothing is lost by that: a value is replaced as a
whole, whoever changes it. Numbers are floating point there, as in a browser.
"""

from __future__ import annotations

from typing import Any

import orjson

from editor.together.refusals import UpdateRefused

WRAPPED = "json"
EXACT = 2**53


def packed(value: Any) -> Any:
    """Return the value as the shared document keeps it."""
    if _has_object(value):
        return {WRAPPED: orjson.dumps(value).decode()}
    return _floating(value)


def unpacked(value: Any) -> Any:
    """Return what was kept. Raises UpdateRefused where it was not kept so."""
    if isinstance(value, dict):
        text = value.get(WRAPPED)
        if len(value) != 1 or not isinstance(text, str):
            raise UpdateRefused("foreign", "The change holds an object that is not JSON text.")
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise UpdateRefused(
                "foreign", f"The change holds text that is not JSON: {error.msg}."
            ) from error
    return _whole(value)


def same(one: Any, other: Any) -> bool:
    """Say whether two JSON values are the same, in which 1 and 1.0 are, but 1 and true are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = list(one)
        return keys == list(other) and all(same(one[key], other[key]) for key in keys)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _has_object(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_object, value))
    return isinstance(value, dict)


def _floating(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_floating(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        raise UpdateRefused("foreign", "The change holds a list of objects that is not JSON text.")
    return value
