"""The texts in a parameter's value, and the nodes that expressions in them name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAMED = re.compile(r"""\bnodes\s*(?:\[\s*(["'])([^"'\\]+)\1\s*\]|\.\s*([A-Za-z_]\w*))""")


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
    """Return the nodes that are named as `nodes["…"]` or `nodes.…`, in order."""
    return [quoted or plain for _, quoted, plain in _NAMED.findall(text)]
