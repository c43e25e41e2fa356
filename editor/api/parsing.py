"""Reads the JSON bodies of requests within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from editor.api.problems import ApiProblem
from editor.nul import place_of_nul

DEEPEST = 100


class BoundedJSONParser(BaseParser):
    """A JSON parser that refuses what is too large, too deep, or not UTF-8, and says so."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object that the stream holds."""
        body = read_bounded(stream, "body")
        value = _read(body)
        if _deeper_than(value, DEEPEST):
            raise ApiProblem(
                400, "too_deep", f"The body nests deeper than {DEEPEST} objects and lists."
            )
        if not isinstance(value, dict):
            raise ParseError("The body must be a JSON object.")
        _refuse_what_would_change(body)
        return value


def read_bounded(stream: IO[Any], what: str) -> bytes:
    """Return all that a stream holds. Raises ApiProblem where that is too much."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        detail = f"The {what} is larger than {most // 1024 // 1024} MiB."
        raise ApiProblem(413, "too_large", detail)
    return body


def _read(body: bytes) -> Any:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise ApiProblem(
            400, "not_utf8", f"The body is not UTF-8: byte {error.start} cannot be read."
        ) from error
    try:
        return orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        if "depth limit" in error.msg or "recursion" in error.msg:
            raise ApiProblem(400, "too_deep", "The body nests too deep.") from error
        place = f"line {error.lineno}, column {error.colno}"
        raise ApiProblem(
            400, "malformed_json", f"The body is not JSON: {error.msg} ({place})."
        ) from error


def _refuse_what_would_change(body: bytes) -> None:
    """Raise ApiProblem for JSON that would not be kept as it was sent.

    Of two equal keys one would be lost, an integer of more than 64 bits would be
    rounded, and PostgreSQL stores no NUL.
    """
    if b"\\u0000" in body and (place := place_of_nul(orjson.loads(body))):
        detail = f"{place} has a NUL character (\\u0000), which cannot be stored."
        raise ApiProblem(400, "nul_character", detail)
    json.loads(body, object_pairs_hook=_object, parse_int=_integer, parse_float=len)


def _object(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            detail = f"An object in the body has the key {key[:60]!r} a second time."
            raise ApiProblem(400, "duplicate_key", detail)
        seen.add(key)


def _integer(digits: str) -> None:
    if len(digits) > 18 and not -(2**63) <= int(digits) < 2**63:
        detail = f"The number {digits[:40]} has more than 64 bits; send it as text."
        raise ApiProblem(400, "number_too_large", detail)


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
