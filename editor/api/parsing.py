"""Reads the JSON bodies of requests within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from editor.api.problems import ApiProblem

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
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise ApiProblem(
                413, "too_large", f"The body is larger than {most // 1024 // 1024} MiB."
            )
        value = _read(body)
        if _deeper_than(value, DEEPEST):
            raise ApiProblem(
                400, "too_deep", f"The body nests deeper than {DEEPEST} objects and lists."
            )
        if not isinstance(value, dict):
            raise ParseError("The body must be a JSON object.")
        return value


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
