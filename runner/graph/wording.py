"""What pydantic finds wrong with a value, in JSON's words, at the place that it has there."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

# What each kind of error asks for, where all that is wrong is the type.
_ASKED = {
    "string_type": "a text",
    "string_sub_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "iterable_type": "a list",
    "none_required": "null",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
_SIZES = {
    "string_too_short": ("min_length", "at least {} characters"),
    "string_too_long": ("max_length", "at most {} characters"),
    "too_short": ("min_length", "at least {} items"),
    "too_long": ("max_length", "at most {} items"),
}

CLOSE = 0.62  # how near a word that was probably meant is, of 1


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: where, what (`must be a text`), and what was given there.

    `kind` is pydantic's word for it; for code, not for people.
    """

    path: tuple[str | int, ...]
    said: str
    given: Any
    kind: str

    @property
    def place(self) -> str:
        """The place as people write it: `nodes.w.edges[2]`."""
        return place_text(self.path)

    @property
    def sentence(self) -> str:
        """What is wrong, and with which value; that of a list or an object is not repeated."""
        if self.kind == "missing" or isinstance(self.given, Mapping | list | tuple):
            return self.said
        return f"{self.said} (given: {shown(self.given)})"


def wrongs(error: ValidationError, value: Any) -> list[Wrong]:
    """Return what is wrong with a value that a model does not take, each place once."""
    found: dict[tuple[str | int, ...], list[Any]] = {}
    for told in error.errors(include_url=False):
        found.setdefault(_path(told["loc"], value, told["type"]), []).append(told)
    return [
        Wrong(path, _said(several), several[0]["input"], several[0]["type"])
        for path, several in found.items()
        # Of several types that a value may have, it is nearest to the one of which a part is wrong.
        if not (len(several[0]["loc"]) > len(path) and _has_inner(path, found))
    ]


def place_text(path: Iterable[str | int]) -> str:
    """Return a place in a value as people write it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question for the nearest of what is known, with a space before; or nothing."""
    by_letters = {it.casefold(): it for it in known}
    close = difflib.get_close_matches(word.casefold(), list(by_letters), n=1, cutoff=CLOSE)
    return f" Did you mean {by_letters[close[0]]!r}?" if close else ""


def json_type(value: Any) -> str:
    """Return what JSON calls a value, as in "this is a list"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an object" if isinstance(value, Mapping) else "a list"


def shown(value: Any) -> str:
    """Return a value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _path(loc: Sequence[str | int], value: Any, kind: str) -> tuple[str | int, ...]:
    """Return the part of pydantic's place that leads through the value.

    It names also which of several types it tried, and that it is a key that is wrong.
    """
    path: list[str | int] = []
    for place, part in enumerate(loc):
        if part in _parts_of(value):
            value = value[part]
        elif not (kind == "missing" and place == len(loc) - 1):
            continue
        path.append(part)
    return tuple(path)


def _parts_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    return range(len(value)) if isinstance(value, list | tuple) else ()


def _has_inner(path: tuple[str | int, ...], found: Iterable[tuple[str | int, ...]]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in found)


def _said(several: Sequence[Any]) -> str:
    """Return one sentence for what the types that were tried say of one place."""
    asked = [_ASKED.get(told["type"]) for told in several]
    if all(asked):
        kinds = list(dict.fromkeys(it for it in asked if it))
        if "a number" in kinds and "a whole number" in kinds:
            kinds.remove("a whole number")
        return f"must be {', or '.join(kinds)}"
    # What is of the right type, but not right, says more than what is of another type.
    told = next(told for told, it in zip(several, asked, strict=True) if it is None)
    return _said_of(told["type"], told.get("ctx", {}), told["msg"])


def _said_of(kind: str, ctx: Mapping[str, Any], message: str) -> str:
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {ctx[key]:g}"
    if kind in _SIZES:
        key, words = _SIZES[kind]
        if key == "min_length" and ctx[key] == 1:
            return "must not be empty"
        return f"must have {words.format(ctx[key])}"
    match kind:
        case "missing":
            return "is missing"
        case "literal_error" | "enum":
            return f"must be {ctx['expected']}"
        case "extra_forbidden":
            return "is no key that is known here; remove it or mend its spelling"
        case "string_pattern_mismatch":
            return "is not written as it must be"
        case _:
            return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
