"""Reading values: names, keys, items, cuts, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from runner.engine.expressions.conversions import shown
from runner.engine.expressions.functions import FUNCTIONS
from runner.engine.expressions.scope import Refused, Scope, fits, type_name

# Names that are looked at for a suggestion, and their characters: likeness is slow to find.
MOST_NAMES = 50
LONGEST_NAME = 40


def named(scope: Scope, name: str) -> Any:
    """Return the value of a name, as it is."""
    try:
        return scope.names[name]
    except KeyError:
        hint = suggest(name, sorted(scope.names))
        if name in FUNCTIONS:
            hint = "it is a function; call it"
        raise Refused(f"There is no name {shown(name)}; {hint}.") from None


def plain(scope: Scope, value: Any) -> Any:
    """Return a value as JSON has it: what only reads like an object becomes one."""
    if type(value) is not dict and isinstance(value, Mapping):
        scope.spend(len(value) // 2)
        return dict(value)
    return value


def member(value: Any, key: Any) -> Any:
    """Return an object's value for a key, or a list's item or a text's character at a place."""
    if isinstance(value, Mapping):
        if type(key) is str and key in value:
            return value[key]
        raise Refused(f"There is no {shown(key)} here; {suggest(key, value)}.")
    if type(value) in (list, str) and type(key) is int:
        if -len(value) <= key < len(value):
            return value[key]
        raise Refused(f"There is no item {shown(key)}; there are {len(value)}.")
    if value is None:
        raise Refused(f"There is no {shown(key)} in null.")
    raise Refused(f"{type_name(value).capitalize()} has no {shown(key)}.")


def cut(scope: Scope, value: Any, *bounds: Any) -> Any:
    """Return a part of a text or a list."""
    if type(value) not in (str, list):
        raise Refused(f"Only texts and lists can be cut, not {type_name(value)}.")
    if any(bound is not None and type(bound) is not int for bound in bounds):
        raise Refused("A cut needs whole numbers.")
    if bounds[2] == 0:
        raise Refused("The step of a cut must not be 0.")
    part = slice(*bounds)
    size = len(range(*part.indices(len(value))))
    if type(value) is list:
        scope.spend(size // 8)
        return value[part]
    fits(size)
    return scope.made(value[part])


def suggest(word: Any, known: Iterable[Any]) -> str:
    """Return a hint: the name that was probably meant, or those that there are."""
    first = list(islice(known, MOST_NAMES))
    names = [name for name in first if type(name) is str and len(name) <= LONGEST_NAME]
    if type(word) is str and len(word) <= LONGEST_NAME:
        alike = [name for name in names if abs(len(name) - len(word)) <= 3]
        if close := difflib.get_close_matches(word, alike, n=1):
            return f"did you mean {close[0]!r}"
    more = "…" if len(names) > 12 or len(first) == MOST_NAMES else ""
    return "known are " + (", ".join(names[:12]) or "none") + more
