"""Declared bodies of webhooks: a part of JSON Schema (2020-12) that cannot be made to run long.

Whoever draws a blueprint writes the schema, and everybody's requests are checked in one process:
so there are no references, and patterns are told, not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator, SchemaError  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]
from referencing import Registry

from runner.engine.inputs import said, wrong_in
from runner.graph.wording import place_text

MOST_BYTES = 65_536
MOST_TOLD = 5
_NOWHERE: Registry[Any] = Registry()

ONE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
CHECKED = (
    "const enum exclusiveMaximum exclusiveMinimum maxContains maxItems maxLength maxProperties "
    "maximum minContains minItems minLength minProperties minimum multipleOf required type "
    "uniqueItems"
).split()
TOLD = (
    "$comment $schema contentEncoding contentMediaType default deprecated description example "
    "examples format pattern readOnly title writeOnly"
).split()
KNOWN = frozenset((*ONE, *LISTS, *CHECKED, *TOLD, "properties"))


def _unlike(validator: Any, wanted: Any, items: Any, schema: Any) -> Iterator[ValidationError]:
    """Check `uniqueItems` in linear time; the library's own is quadratic for mixed lists."""
    if wanted and isinstance(items, list):
        seen = {orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in items}
        if len(seen) < len(items):
            yield ValidationError("has an item twice")


def _told(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    yield from ()


_Validator = extend(Draft202012Validator, {"uniqueItems": _unlike, "pattern": _told})


def wrong_with(schema: Any) -> str:
    """Say what is wrong with a schema, and where; nothing where it can be used."""
    if not schema:
        return "" if isinstance(schema, dict) else "must be an object"
    try:
        size = len(orjson.dumps(schema))
    except orjson.JSONEncodeError as error:
        return f"must be JSON: {error}"
    if size > MOST_BYTES:
        return f"has {size:,} bytes, and the most is {MOST_BYTES:,}"
    for place, part in parts_of(schema):
        if isinstance(part, bool):
            continue
        if not isinstance(part, Mapping):
            return f"must be an object at {place}"
        for name in part:
            if name not in KNOWN:
                return f"has {name!r} at {place}, which is not among what can be checked"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is wrong at {place_text(['schema', *error.absolute_path])}: {error.message[:200]}"
    return ""


def parts_of(schema: Any, place: str = "schema") -> Iterator[tuple[str, Any]]:
    """Yield a schema and all that are in it, each with its place."""
    yield place, schema
    if not isinstance(schema, Mapping):
        return
    for name in ONE:
        if name in schema:
            yield from parts_of(schema[name], f"{place}.{name}")
    for name in LISTS:
        if isinstance(given := schema.get(name), list):
            for number, part in enumerate(given):
                yield from parts_of(part, f"{place}.{name}[{number}]")
    if isinstance(given := schema.get("properties"), Mapping):
        for name, part in given.items():
            yield from parts_of(part, f"{place}.properties.{name}")


def misfits(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Return, in sentences, where a value does not fit a schema; the first few of them."""
    validator = _Validator(schema, registry=_NOWHERE)
    found = zip(wrong_in(validator, value), range(MOST_TOLD), strict=False)
    return [
        f"{place_text(['body', *error.absolute_path])} {said(error).rstrip('.')[:300]}."
        for error, _ in found
    ]
