"""Documents in and out of JSON and YAML: bounded on the way in, in stable order on the way out."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import orjson
import yaml
from pydantic import ValidationError

from runner.graph.document import FORMAT, Document
from runner.graph.problems import DocumentInvalid, Problem
from runner.graph.wording import Wrong, json_type, shown, wrongs

MOST_BYTES = 5_000_000
MOST_DEPTH = 64
_TOO_DEEP = f"it is nested deeper than {MOST_DEPTH} levels"
# Beyond 2**53 a browser would silently round the number.
LARGEST_INTEGER = 2**53


class Unreadable(ValueError):
    """The text is no document; the message says why."""


# libyaml's parser where PyYAML was built with it; the pure one is twenty times slower.
SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SafeDumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class DocumentLoader(SafeLoader):  # type: ignore[misc, valid-type]
    """YAML with the types of JSON: no dates (surprises), no duplicate keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that stands twice, since one of the two would be lost."""
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None or key_node.tag != "tag:yaml.org,2002:str":
                line = key_node.start_mark.line + 1
                raise Unreadable(f"line {line} has a key that is no text; put it in quotes")
            if key in seen:
                line = key_node.start_mark.line + 1
                raise Unreadable(f"line {line} has the key {key!r} a second time")
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


# What a plain scalar means: as in JSON. YAML 1.1 would read `no` as false, `12:30` as 750 and
# `2024-01-31` as a date. Each pattern is narrower than the dumper's, so what it writes is safe.
_PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|false", list("tf")),
    "int": (r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    "float": (r"-?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|-?\.(?:inf|nan)", list("-.0123456789")),
}
DocumentLoader.yaml_implicit_resolvers = {}
for _name, (_pattern, _first) in _PLAIN.items():
    DocumentLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(rf"^(?:{_pattern})$"), _first
    )


class DocumentDumper(SafeDumper):  # type: ignore[misc, valid-type]
    """YAML as people write it: texts of several lines as blocks, positions on one line."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value and "\r" not in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    numbers = bool(value) and all(isinstance(item, int | float) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=numbers)


DocumentDumper.add_representer(str, _text)
DocumentDumper.add_representer(list, _list)


def load(source: str | bytes | Path | Mapping[str, Any]) -> Document:
    """Return the document that JSON or YAML text, a file, or plain JSON values hold.

    Raises DocumentInvalid with every problem found, and nothing else but
    OSError where a file cannot be read.
    """
    if isinstance(source, Path):
        source = source.read_bytes()
    value = source if isinstance(source, Mapping) else parse(source)
    return from_json(value)


def parse(text: str | bytes) -> Any:
    """Return the plain values of a JSON or YAML text. Raises DocumentInvalid."""
    try:
        raw = text.encode("utf-8") if isinstance(text, str) else text
        if len(raw) > MOST_BYTES:
            raise Unreadable(f"it has {len(raw):,} bytes; at most {MOST_BYTES:,} are read")
        text = raw.decode("utf-8-sig")
        if text.lstrip()[:1] in ("{", "["):
            try:
                value = orjson.loads(text)
                # orjson takes the last of two equal keys, and the other would be lost.
                json.loads(text, object_pairs_hook=_object, parse_int=len, parse_float=len)
                return value
            except orjson.JSONDecodeError as error:
                # YAML's flow style begins in the same way.
                if not text.lstrip().startswith("{") or '"' in text[:200]:
                    raise Unreadable(f"it is not JSON: {error}") from error
        _check_events(text)
        return yaml.load(text, DocumentLoader)  # noqa: S506
    except Unreadable as error:
        reason = str(error)
    except UnicodeError as error:
        reason = f"it is not UTF-8: {error}"
    except yaml.YAMLError as error:
        # libyaml has a limit of its own, which it meets before it tells the first event.
        deep = "exceeded maximum nesting depth" in str(error)
        reason = _TOO_DEEP if deep else "it is not YAML: " + " ".join(str(error).split())
    except RecursionError:
        reason = _TOO_DEEP
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        # PyYAML lets Python's own errors through for values such as `!!int x`.
        reason = f"a value in it cannot be read: {error}"
    raise DocumentInvalid([Problem("unreadable", f"The text is no document: {reason}.")])


def _object(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise Unreadable(f"an object in it has the key {key[:60]!r} a second time")
        seen.add(key)


def _check_events(text: str) -> None:
    """Refuse aliases and deep nesting before anything recursive sees the text.

    An alias lets a small text grow without end, and libyaml's composer
    overflows the C stack where lists are nested some ten thousand deep.
    """
    depth = 0
    for event in yaml.parse(text, SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else "?"
            raise Unreadable(
                f"line {line} uses a YAML alias (*{event.anchor}); write the value out instead"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH + 1:
                raise Unreadable(_TOO_DEEP)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def from_json(value: Any) -> Document:
    """Return the document that plain JSON values hold. Raises DocumentInvalid."""
    problems: list[Problem] = []
    _check_values(value, "", 0, problems)
    if problems:
        raise DocumentInvalid(problems[:50])
    if not isinstance(value, Mapping):
        said = f"A document is an object with 'nodes'; this is {json_type(value)}."
        raise DocumentInvalid([Problem("not_an_object", said)])
    written = value.get("format", FORMAT)
    if written != FORMAT:
        raise DocumentInvalid(
            [
                Problem(
                    "unknown_format",
                    f"The format is {shown(written)}; this Conductor reads {FORMAT!r}. "
                    "A newer document needs a newer Conductor.",
                )
            ]
        )
    try:
        return Document.model_validate(dict(value))
    except ValidationError as error:
        raise DocumentInvalid([_problem(found) for found in wrongs(error, value)]) from None


def _check_values(value: Any, place: str, depth: int, problems: list[Problem]) -> None:
    """Collect what is no JSON value."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            problems.append(
                Problem("bad_text", f"{place or 'The text'} has half a surrogate pair.")
            )
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            problems.append(
                Problem(
                    "bad_number", f"{place or 'The value'} is {value}; JSON has no such number."
                )
            )
        return
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            problems.append(
                Problem("bad_number", f"{place} is beyond 2**53, where browsers round; use text.")
            )
        return
    if depth > MOST_DEPTH:
        problems.append(
            Problem("too_deep", f"{place[:80]}… is nested deeper than {MOST_DEPTH} levels.")
        )
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                problems.append(
                    Problem("bad_key", f"The key {key!r} in {place or 'it'} is no text.")
                )
            else:
                _check_values(key, f"a key in {place}", depth + 1, problems)
                _check_values(item, f"{place}.{key}" if place else key, depth + 1, problems)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_values(item, f"{place}[{index}]", depth + 1, problems)
    else:
        problems.append(
            Problem(
                "bad_value", f"{place or 'It'} is a {type(value).__name__}, which JSON has not."
            )
        )


def _problem(found: Wrong) -> Problem:
    """Turn what is wrong with a value into a problem with its place."""
    part, given = found.path[0], found.given
    if found.kind == "extra_forbidden":
        found = replace(
            found, said="there is no such key in a document; remove it or mend its spelling"
        )
    elif found.kind == "string_pattern_mismatch" and part in ("nodes", "layout"):
        found = replace(
            found, said="is no node name: a letter or _, then letters, digits, _ or -, at most 64"
        )
    node = str(found.path[1]) if part in ("nodes", "layout") and len(found.path) > 1 else None
    edge = given if part == "edges" and isinstance(given, str) else None
    return Problem(
        "bad_edge" if part == "edges" else "bad_document",
        f"{found.place}: {found.sentence}.",
        node=node,
        edge=edge[:300] if edge else None,
    )


def to_json(document: Document) -> dict[str, Any]:
    """Return the document as plain JSON values: canonical order, defaults left out."""
    dumped = document.model_dump(mode="json", exclude_defaults=True)
    shown: dict[str, Any] = {"format": FORMAT, "name": document.name}
    for key in Document.model_fields:
        if key in dumped:
            shown[key] = dumped[key]
    shown.setdefault("nodes", {})
    shown.setdefault("edges", [])
    return shown


def dump(document: Document, form: Literal["json", "yaml"] = "yaml") -> str:
    """Return the document as text; what `load` reads back is the same, and so is its dump."""
    shown = to_json(document)
    if form == "json":
        return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n"
    text: str = yaml.dump(
        shown, Dumper=DocumentDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def file_size(shown: dict[str, Any]) -> int:
    """Return how many bytes a document, in canonical form, has as a JSON file."""
    return len(orjson.dumps(shown, option=orjson.OPT_INDENT_2)) + 1


def check_size(shown: dict[str, Any], before: dict[str, Any] | None = None) -> None:
    """Raise DocumentInvalid where a document would have a larger file than can be read again.

    One that was too large before may be made smaller.
    """
    size = file_size(shown)
    if size > MOST_BYTES and (before is None or size > file_size(before)):
        raise DocumentInvalid(
            [
                Problem(
                    "too_large",
                    f"The blueprint would have {size / 1e6:,.2f} MB; at most "
                    f"{MOST_BYTES / 1e6:,.0f} MB are kept, so that its file can be read again. "
                    "Take large values out of parameters and pins: upload them as files, or call "
                    "another blueprint for a part of it.",
                )
            ]
        )


def content_hash(document: Document) -> str:
    """Return the SHA-256 of the document's canonical JSON, as 64 hexadecimal digits."""
    canonical = orjson.dumps(to_json(document), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()
