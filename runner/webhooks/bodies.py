"""Turns the bytes of a request into the JSON value that the run sees, by their content type."""

from __future__ import annotations

import base64
import codecs
import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

DEEPEST = 100  # levels of lists and objects within each other
MOST_FIELDS = 1000

# Some of Python's decoders take quadratic time (punycode), so only these are used.
_CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le"}
_TEXT = ("text/", "application/xml", "application/javascript", "application/x-ndjson")


class BodyRefused(ValueError):
    """The body cannot be read; the message says where and why."""


def read_body(body: bytes, content_type: str) -> Any:
    """Return the value of a body; an empty one is None. Raises BodyRefused.

    JSON gives its value, a form an object of its fields, text a string, and
    anything else `{"base64", "content_type"}`. Without a content type, UTF-8 is
    taken for text.
    """
    if not body:
        return None
    kind, _, rest = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return _json(body)
    if kind == "application/x-www-form-urlencoded":
        return read_fields(_decode(body, "utf-8"))
    if kind == "multipart/form-data":
        return _multipart(body, content_type)
    if kind.startswith(_TEXT) or kind.endswith("+xml"):
        return _without_nul(_decode(body, _charset(rest)))
    if not kind:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return text
    return {"base64": base64.b64encode(body).decode(), "content_type": content_type}


def read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a query or form; a name that comes several times gets a list."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise BodyRefused(f"A field is not UTF-8: {error.reason} in {error.object!r}.") from None
    except ValueError:
        raise BodyRefused(f"There are more than {MOST_FIELDS} fields.") from None
    return _gather(pairs)


def _gather(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    lists: dict[str, list[Any]] = {}
    for name, value in pairs:
        _without_nul(name)
        if isinstance(value, str):
            _without_nul(value)
        lists.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in lists.items()}


def _json(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        _decode(body, "utf-8")  # says the place of a byte that does not fit
        place = f"line {error.lineno}, column {error.colno}"
        raise BodyRefused(f"The body is not valid JSON: {error.msg} ({place}).") from None
    # Counting brackets takes microseconds; only what may be too deep, or may hold what a
    # database refuses, is walked through.
    deep = body.count(b"[") + body.count(b"{") > DEEPEST
    if deep or b"\\u0000" in body:
        _walk(value)
    return value


def _walk(value: Any) -> None:
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            _without_nul(item)
        elif isinstance(item, dict | list):
            if depth == DEEPEST:
                raise BodyRefused(f"The body is nested deeper than {DEEPEST} levels.")
            if isinstance(item, dict):
                for key in item:
                    _without_nul(key)
                item = list(item.values())
            waiting.extend((inner, depth + 1) for inner in item)


def _without_nul(text: str) -> str:
    # PostgreSQL stores no such character; the same body must pass or fail on every database.
    place = text.find("\0")
    if place >= 0:
        raise BodyRefused(f"A text has a NUL character (at its position {place}).")
    return text


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or "utf-8"
    return "utf-8"


def _decode(body: bytes, charset: str) -> str:
    try:
        if codecs.lookup(charset).name not in _CHARSETS:
            raise LookupError
        return body.decode(charset)
    except UnicodeDecodeError as error:
        raise BodyRefused(
            f"The body is not {charset} text: byte 0x{body[error.start]:02x} "
            f"at position {error.start} does not fit."
        ) from None
    except (LookupError, ValueError):
        raise BodyRefused(f"The charset {charset!r} is not read here; send UTF-8.") from None


class _Collector(FileUploadHandler):
    """Keeps an uploaded file in memory; the body as a whole is already bounded."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.data = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.data += raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        return UploadedFile(
            io.BytesIO(bytes(self.data)), self.file_name, self.content_type, file_size
        )


def _multipart(body: bytes, content_type: str) -> dict[str, Any]:
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": len(body)}
    try:
        # latin-1 keeps every byte, so that what is not UTF-8 is seen below and not replaced.
        parser = MultiPartParser(meta, io.BytesIO(body), [_Collector()], "latin-1")
        fields, files = parser.parse()
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise BodyRefused(f"The multipart body cannot be read: {error}") from None
    if b"--\r\n" not in body[-200:] and not body.endswith(b"--"):
        raise BodyRefused("The multipart body ends before its closing boundary.")
    pairs: list[tuple[str, Any]] = []
    for name, values in fields.lists():
        pairs += [(_utf8(name), _utf8(str(value))) for value in values]
    for name, uploads in files.lists():
        pairs += [(_utf8(name), _file(upload)) for upload in uploads]
    return _gather(pairs)


def _utf8(text: str) -> str:
    return _decode(text.encode("latin-1", errors="replace"), "utf-8")


def _file(upload: UploadedFile[Any]) -> dict[str, Any]:
    return {
        "filename": _without_nul(_utf8(upload.name or "")),
        "content_type": upload.content_type or "application/octet-stream",
        "base64": base64.b64encode(upload.read()).decode(),
    }
