"""Schemas of OpenAPI files as webhook triggers take them: whole, bounded, without references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.graph import DocumentInvalid, Problem
from runner.graph.wording import shown
from runner.nodes.schemas import KNOWN, LISTS, ONE, wrong_with

MOST_PARTS = 3000
MOST_DEPTH = 30


def refused(place: str, message: str) -> DocumentInvalid:
    """Return the error of a place in the file."""
    return DocumentInvalid([Problem("openapi_invalid", f"{place}: {message}")])


def pointed(root: Any, reference: Any, place: str) -> Any:
    """Return what a `$ref` names within the file. Raises DocumentInvalid for any other."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise refused(
            place,
            f"has the $ref {shown(reference)}; only what is in the file itself (#/…) is read.",
        )
    found = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise refused(place, f"has the $ref {shown(reference)}, but nothing is there.")
    return found


def plain(root: Any, schema: Any, place: str) -> dict[str, Any]:
    """Return a schema with what its references name written out, as triggers check it.

    A schema that holds itself is not declared any further there. Raises DocumentInvalid.
    """
    found = _Plain(root).of(schema, place, ())
    if found is True:
        return {}
    whole = found if isinstance(found, dict) else {"not": {}}
    if wrong := wrong_with(whole):
        raise refused(place, f"{wrong}.")
    return whole


class _Plain:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._parts = 0

    def of(self, schema: Any, place: str, within: tuple[str, ...]) -> dict[str, Any] | bool:
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, Mapping):
            raise refused(place, f"must be an object; it is {shown(schema)}.")
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise refused(place, f"has more than {MOST_PARTS:,} parts with all that it names.")
        reference = schema.get("$ref")
        if reference is not None:
            target = pointed(self._root, reference, place)
            # What holds itself would be written out without end.
            if reference in within or len(within) >= MOST_DEPTH:
                return True
            return self.of(target, f"{place} ({reference})", (*within, reference))
        found = {name: value for name, value in schema.items() if name in KNOWN}
        for name in ONE:
            if name in found:
                found[name] = self.of(found[name], f"{place}.{name}", within)
        for name in LISTS:
            if isinstance(given := found.get(name), list):
                found[name] = [
                    self.of(part, f"{place}.{name}[{number}]", within)
                    for number, part in enumerate(given)
                ]
        if isinstance(given := found.get("properties"), Mapping):
            found["properties"] = {
                str(name): self.of(part, f"{place}.properties.{name}", within)
                for name, part in given.items()
            }
        if "patternProperties" in schema:
            # The names that these allow are not checked, so others may not be refused either.
            found.pop("additionalProperties", None)
        return _of_3_0(found, nullable=schema.get("nullable") is True)


def _of_3_0(schema: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    """Turn what OpenAPI 3.0 says in its own way into JSON Schema."""
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(strict), bool) and schema.pop(strict) and bound in schema:
            schema[strict] = schema.pop(bound)
    if nullable and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
    return schema


_SAMPLES: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "null": None,
}


def example_of(schema: Any) -> Any:
    """Return the example that a schema gives, or the least value of its shape."""
    if not isinstance(schema, dict):
        return None
    for name in ("example", "const", "default"):
        if name in schema:
            return schema[name]
    for name in ("examples", "enum"):
        if isinstance(given := schema.get(name), list) and given:
            return given[0]
    for name in ("anyOf", "oneOf"):
        if isinstance(given := schema.get(name), list) and given:
            return example_of(given[0])
    parts = [example_of(part) for part in schema.get("allOf", [])]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if kind == "object" or "properties" in schema or any(isinstance(it, dict) for it in parts):
        made: dict[str, Any] = {}
        for part in parts:
            made |= part if isinstance(part, dict) else {}
        return made | {
            name: example_of(part) for name, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        return [example_of(schema["items"])] if isinstance(schema.get("items"), dict) else []
    return parts[0] if parts else _SAMPLES.get(str(kind))
