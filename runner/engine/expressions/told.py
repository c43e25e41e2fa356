"""What each function and method gives, for whoever writes expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.engine.expressions.functions import FUNCTIONS
from runner.engine.expressions.methods import LIST_METHODS, OBJECT_METHODS, TEXT_METHODS
from runner.engine.expressions.offered import Offered

# By usage, word for word as the reference has them: a test compares.
GIVES: Mapping[str, str] = {
    "abs(number)": "the number without its sign",
    "all(list)": "whether all values hold",
    "any(list)": "whether any value holds",
    "bool(value)": "whether the value holds",
    "enumerate(list, start=0)": "`[index, item]` for each item",
    "float(value)": "a number with a fraction",
    "int(value)": "a number without its fraction",
    "iso(seconds)": "seconds since 1970 as a time in UTC",
    "json(value)": "the value's JSON",
    "len(value)": "how many characters, items or keys",
    "list(value)": "a list, or an object's keys",
    "max(list) or max(a, b, …)": "the largest number or text",
    "min(list) or min(a, b, …)": "the smallest number or text",
    "number(value)": "the number that a text or a boolean means",
    "parse_json(text)": "the value that a JSON text holds",
    "range(stop) or range(start, stop, step)": "a list of whole numbers, 100,000 at most",
    "reversed(list)": "the list from its end",
    "round(number, digits)": "rounded; halves go to the even neighbour",
    "sorted(list, reverse=false)": "numbers or texts in order",
    "str(value)": "the same as `text`",
    "sum(list)": "the sum of numbers",
    "text(value)": "texts as they are, null as nothing, all else as JSON",
    "zip(list, list, …)": "the lists' items side by side",
    "text.capitalize()": "the first letter large, the others small",
    "text.casefold()": "small letters, for comparing",
    "text.count(part)": "how often a part stands there",
    "text.endswith(part)": "whether it ends so",
    "text.find(part)": "the place of a part, or -1",
    "text.isalpha()": "whether all are letters",
    "text.isdigit()": "whether all are digits",
    "text.join(list)": "texts with this one between",
    "text.lower()": "small letters",
    "text.lstrip(characters)": "without white space, or these characters, at the start",
    "text.removeprefix(part)": "without this start",
    "text.removesuffix(part)": "without this end",
    "text.replace(old, new)": "with a part replaced everywhere",
    "text.rstrip(characters)": "without white space, or these characters, at the end",
    "text.split(separator)": "the pieces between separators, or between white space",
    "text.splitlines()": "the lines",
    "text.startswith(part)": "whether it starts so",
    "text.strip(characters)": "without white space, or these characters, at both ends",
    "text.title()": "each word with a large letter",
    "text.upper()": "large letters",
    "list.count(item)": "how often an item is in it",
    "list.index(item)": "the place of an item",
    "object.get(key, default)": "the value, or the default (null)",
    "object.items()": "`[key, value]` for each key",
    "object.keys()": "the keys",
    "object.values()": "the values",
}


def told_calls() -> dict[str, Any]:
    """Return the functions, and the methods by type, as the API and the editor show them."""
    return {
        "functions": _told(FUNCTIONS),
        "methods": {
            "text": _told(TEXT_METHODS),
            "list": _told(LIST_METHODS),
            "object": _told(OBJECT_METHODS),
        },
    }


def _told(offered: Mapping[str, Offered]) -> list[dict[str, str]]:
    return [
        {"name": name, "usage": it.usage, "gives": GIVES[it.usage]} for name, it in offered.items()
    ]
