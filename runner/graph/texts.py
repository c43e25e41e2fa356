"""The texts in a parameter's value, and the nodes that expressions in them name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAMED = re.compile(
    r"""
    \b nodes \s* (?:
        \[ \s* (?: "([^"\\]+)" | '([^'\\]+)' ) \s* \]
      | \. \s* get \s* \( \s* (?: "([^"\\]+)" | '([^'\\]+)' ) \s* [,)]
      | \. \s* ([A-Za-z_]\w*) \b (?! \s* \( )  # a call is of a method: no node is named
    )
    """,
    re.VERBOSE,
)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, however deep it lies."""
    for _, text in texts_at(value):
        yield text


def texts_at(
    value: Any, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text in a JSON value with its place: the keys, and places in lists, to it."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_at(item, (*place, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from texts_at(item, (*place, at))


def nodes_named(text: str) -> list[str]:
    """Return the nodes that are named as `nodes["…"]`, `nodes.get("…")` or `nodes.…`, in order."""
    return [next(filter(None, found)) for found in _NAMED.findall(text)]


def template_of(text: str) -> str:
    """Return the text of one `{{ … }}` of a parameter that is an expression, with braces or not."""
    stripped = text.strip()
    if stripped.startswith("{{") and stripped.endswith("}}"):
        return stripped
    return "{{" + stripped + "}}"
