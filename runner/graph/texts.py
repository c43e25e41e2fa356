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
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def nodes_named(text: str) -> list[str]:
    """Return the nodes that are named as `nodes["…"]`, `nodes.get("…")` or `nodes.…`, in order."""
    return [next(filter(None, found)) for found in _NAMED.findall(text)]


def template_of(text: str) -> str:
    """Return the text of one `{{ … }}` of a parameter that is an expression, with braces or not."""
    stripped = text.strip()
    if stripped.startswith("{{") and stripped.endswith("}}"):
        return stripped
    return "{{" + stripped + "}}"
