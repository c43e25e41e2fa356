"""The methods of texts, lists and objects, a fixed table for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runner.engine.expressions.equality import places
from runner.engine.expressions.offered import Offered, offer
from runner.engine.expressions.scope import PAIR, Refused, Scope, fits, list_of, type_name

# Characters that strip takes: it looks through all of them for each of the text's.
MOST_STRIPPED = 100
LINE_ENDS = ("\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


def _texts(name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        if type(value) is not str:
            raise Refused(f"{name} needs a text, not {type_name(value)}.")


def _changed(name: str) -> Offered:
    """Offer one of Python's methods that make a text of a text."""
    change: Callable[[str], str] = getattr(str, name)

    def call(scope: Scope, value: str) -> str:
        fits(len(value))
        scope.read(value)
        return scope.made(change(value))

    return offer(f"text.{name}()", call, 1)


def _stripped(name: str) -> Offered:
    change: Callable[..., str] = getattr(str, name)

    def call(scope: Scope, value: str, characters: Any = None) -> str:
        if characters is not None:
            _texts(name, (characters,))
            if len(characters) > MOST_STRIPPED:
                raise Refused(f"{name} takes {MOST_STRIPPED} characters at most.")
        fits(len(value))
        scope.read(value)
        return scope.made(change(value, characters))

    return offer(f"text.{name}(characters)", call, 1)


def _asked(name: str) -> Offered:
    """Offer one of Python's methods that say what a text is."""
    ask: Callable[[str], bool] = getattr(str, name)

    def call(scope: Scope, value: str) -> bool:
        scope.read(value)
        return ask(value)

    return offer(f"text.{name}()", call, 1)


def _sought(name: str) -> Offered:
    """Offer one of Python's methods that look for a part of a text."""
    seek: Callable[[str, str], Any] = getattr(str, name)

    def call(scope: Scope, value: str, part: Any) -> Any:
        _texts(name, (part,))
        scope.read(value)
        return seek(value, part)

    return offer(f"text.{name}(part)", call, 1)


def _trimmed(name: str) -> Offered:
    trim: Callable[[str, str], str] = getattr(str, name)

    def call(scope: Scope, value: str, part: Any) -> str:
        _texts(name, (part,))
        fits(len(value))
        scope.read(value)
        return scope.made(trim(value, part))

    return offer(f"text.{name}(part)", call, 1)


def split(scope: Scope, value: str, separator: Any = None) -> list[str]:
    """Cut a text at each separator, or wherever there is white space."""
    if separator is not None:
        _texts("split", (separator,))
        if not separator:
            raise Refused("split needs a separator of at least one character.")
    return _pieces(scope, value, lambda most: value.split(separator, most))


def splitlines(scope: Scope, value: str) -> list[str]:
    """Cut a text into its lines."""
    fits(len(value))
    scope.read(value)
    scope.spend(sum(map(value.count, LINE_ENDS)))
    return _pieces(scope, value, lambda most: value.splitlines())


def _pieces(scope: Scope, value: str, cut: Callable[[int], list[str]]) -> list[str]:
    """Cut a text into no more pieces than may still be made."""
    fits(len(value))
    scope.read(value)
    pieces = cut(scope.budget)
    scope.spend(len(pieces) + len(value) // (100 if value.isascii() else 25))
    return pieces


def replace(scope: Scope, value: str, old: Any, new: Any) -> str:
    """Replace a part of a text wherever it stands."""
    _texts("replace", (old, new))
    fits(len(value))
    scope.read(value)
    found = value.count(old)
    scope.spend(found // 4)
    fits(len(value) + found * (len(new) - len(old)))
    return scope.made(value.replace(old, new))


def join(scope: Scope, value: str, parts: Any) -> str:
    """Join a list of texts by this one."""
    items = list_of(scope, parts)
    scope.spend(len(items) // 2)
    if set(map(type, items)) - {str}:
        raise Refused("join needs a list of texts; use [text(x) for x in …].")
    fits(sum(map(len, items)) + len(value) * max(0, len(items) - 1))
    return scope.made(value.join(items))


def count(scope: Scope, value: list[Any], item: Any) -> int:
    """Return how often a list has an item."""
    return len(places(scope, value, item))


def index(scope: Scope, value: list[Any], item: Any) -> int:
    """Return the first place of an item in a list."""
    found = places(scope, value, item)
    if not found:
        raise Refused("The list does not have this item; ask with 'in' first.")
    return found[0]


def get(scope: Scope, value: Mapping[str, Any], key: Any, default: Any = None) -> Any:
    """Return an object's value for a key, or the default."""
    if type(key) is not str:
        raise Refused(f"An object's keys are texts, not {type_name(key)}.")
    return value.get(key, default)


def keys(scope: Scope, value: Mapping[str, Any]) -> list[str]:
    """Return an object's keys."""
    return list_of(scope, value)


def values(scope: Scope, value: Mapping[str, Any]) -> list[Any]:
    """Return an object's values."""
    scope.spend(len(value) // 8)
    return list(value.values())


def items(scope: Scope, value: Mapping[str, Any]) -> list[list[Any]]:
    """Return [key, value] for each key of an object."""
    scope.spend(len(value) * PAIR)
    return [list(pair) for pair in value.items()]


TEXT_METHODS: dict[str, Offered] = {
    **{name: _changed(name) for name in ("capitalize", "casefold", "lower", "title", "upper")},
    **{name: _asked(name) for name in ("isalpha", "isdigit")},
    **{name: _sought(name) for name in ("count", "endswith", "find", "startswith")},
    **{name: _stripped(name) for name in ("lstrip", "rstrip", "strip")},
    **{name: _trimmed(name) for name in ("removeprefix", "removesuffix")},
    "join": offer("text.join(list)", join, 1),
    "replace": offer("text.replace(old, new)", replace, 1),
    "split": offer("text.split(separator)", split, 1),
    "splitlines": offer("text.splitlines()", splitlines, 1),
}
LIST_METHODS: dict[str, Offered] = {
    "count": offer("list.count(item)", count, 1),
    "index": offer("list.index(item)", index, 1),
}
OBJECT_METHODS: dict[str, Offered] = {
    "get": offer("object.get(key, default)", get, 1),
    "items": offer("object.items()", items, 1),
    "keys": offer("object.keys()", keys, 1),
    "values": offer("object.values()", values, 1),
}
METHODS = frozenset({*TEXT_METHODS, *LIST_METHODS, *OBJECT_METHODS})


def methods_of(value: Any) -> dict[str, Offered]:
    """Return the methods that a value of exactly this type has."""
    if type(value) is str:
        return TEXT_METHODS
    if type(value) is list:
        return LIST_METHODS
    return OBJECT_METHODS if isinstance(value, Mapping) else {}
