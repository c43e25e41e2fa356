"""What a webhook's sender is answered: problems in plain words, or what the blueprint says."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import orjson
from django.utils.http import content_disposition_header

from runner.webhooks.request import Send

Headers = Iterable[tuple[bytes, bytes]]

JSON = b"application/json"
PROBLEM = b"application/problem+json"
TEXT = b"text/plain; charset=utf-8"
# A blueprint's answer comes from the site's own origin. In a sandbox its pages have an origin of
# their own, so no script in one can act as the person who is signed in here.
SAFE = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
# The server's business (RFC 9110), or of effect on the whole site.
_DROPPED = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "content-length", "date", "server", "set-cookie"}
    | {"content-security-policy", "x-content-type-options", "clear-site-data"}
    | {"strict-transport-security", "service-worker-allowed"}
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class AnswerInvalid(ValueError):
    """The respond node gave something that cannot be sent; the message says what."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    safe: tuple[tuple[bytes, bytes], ...] = SAFE

    def also(self, headers: Headers) -> Answer:
        """Return the same with further headers."""
        return replace(self, headers=(*self.headers, *headers))

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Send it; to a HEAD request without its body."""
        length = str(len(self.body)).encode()
        headers = [*self.headers, *self.safe]
        if self.status >= 200 and self.status not in {204, 304}:
            headers.append((b"content-length", length))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def problem(status: int, code: str, detail: str, headers: Headers = (), **more: Any) -> Answer:
    """Return a problem (RFC 9457) in the shape that the API has."""
    shown = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return Answer(status, ((b"content-type", PROBLEM), *headers), orjson.dumps(shown))


def as_json(status: int, value: Any, headers: Headers = ()) -> Answer:
    """Return a JSON value as an answer."""
    return Answer(status, ((b"content-type", JSON), *headers), orjson.dumps(value))


def from_node(response: Mapping[str, Any]) -> Answer:
    """Return what a respond node says: `{"status", "headers", "body"}`. Raises AnswerInvalid.

    A text is sent as it is, nothing as an empty body, any other value as JSON. In place of a
    body there may be a `file`, of which the bytes are sent.
    """
    status = response.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise AnswerInvalid(f"The status {status!r} is not one from 200 to 599.")
    headers = list(_checked(response.get("headers") or {}))
    more, content = _file(response["file"]) if "file" in response else _body(response.get("body"))
    if status in {204, 304} or content is None:
        return Answer(status, tuple(headers), b"")
    said = {name for name, _ in headers}
    headers += [(name, value) for name, value in more if name not in said]
    return Answer(status, tuple(headers), content)


def _body(body: Any) -> tuple[Headers, bytes | None]:
    if body is None:
        return (), None
    kind, content = (TEXT, body.encode()) if isinstance(body, str) else (JSON, orjson.dumps(body))
    return ((b"content-type", kind),), content


def _file(file: Any) -> tuple[Headers, bytes]:
    """Return a file's bytes with the headers that tell of it."""
    given = file if isinstance(file, Mapping) else {"base64": file}
    written, name = given.get("base64"), str(given.get("filename") or "")
    if not isinstance(written, str):
        raise AnswerInvalid("The file is neither base64 nor an object that has it as base64.")
    try:
        content = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise AnswerInvalid(f"The file is not valid base64: {error}.") from error
    kind = given.get("content_type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    about = {"content-type": kind}
    if name:
        about["content-disposition"] = content_disposition_header(True, name) or "attachment"
    return tuple(_checked(about)), content


def _checked(headers: Any) -> Headers:
    if not isinstance(headers, Mapping):
        raise AnswerInvalid("The headers are not an object of names and values.")
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise AnswerInvalid(f"{name!r} cannot be the name of a header.")
        if isinstance(value, bool | dict | list) or value is None:
            raise AnswerInvalid(f"The header {name!r} is neither a text nor a number.")
        # A line break would let the value write headers, and bodies, of its own.
        if not _VALUE.fullmatch(str(value)):
            raise AnswerInvalid(f"The header {name!r} has a character that no header may have.")
        if name.lower() not in _DROPPED:
            yield name.lower().encode(), str(value).strip().encode("latin-1")
