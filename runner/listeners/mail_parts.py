"""Turns the bytes of a mail into what a run is started with, however broken they are.

Headers and bodies come from anybody. What cannot be decoded is read as well as it goes, and
`problem` says what is missing; nothing here raises because of what a mail says.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.feedparser import BytesFeedParser
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice
from typing import Any

_HEAD_END = re.compile(rb"\r?\n\r?\n")
MOST_PARTS = 500
MOST_DEEP = 50  # parts within parts
MOST_ADDRESSES = 1000
MOST_HEADERS = 1000
MOST_HEAD = 262_144  # bytes of a mail's own headers
MOST_VALUE = 32_768  # characters of one header
PIECE = 65_536  # bytes that are parsed at once
LONGEST = 5.0  # seconds that parsing may take


def read_mail(raw: bytes, *, complete: bool = True) -> dict[str, Any]:
    """Return subject, addresses, date, bodies, attachments and headers of a mail (RFC 5322).

    One that is not complete has headers only.
    """
    blank = _HEAD_END.search(raw)
    end = blank.start() if blank else len(raw)
    message = message_from_bytes(raw[: min(end, MOST_HEAD)] + b"\r\n\r\n")
    if not complete:
        return {**_head(message), **_nothing("")}
    if end > MOST_HEAD:
        return {**_head(message), **_nothing("Its headers are too long; they are cut.")}
    try:
        whole = _parsed(raw)
        return {**_head(message), **_bodies(whole)}
    except (ValueError, RecursionError, LookupError, AttributeError, TimeoutError):
        return {**_head(message), **_nothing("Its body cannot be read.")}


def _parsed(raw: bytes) -> Message:
    """Return the mail with its parts. Raises TimeoutError where it is made to take long."""
    parser = BytesFeedParser()
    deadline = time.monotonic() + LONGEST
    for first in range(0, len(raw), PIECE):
        parser.feed(raw[first : first + PIECE])
        if time.monotonic() > deadline:
            raise TimeoutError
    return parser.close()


def header_of(message: Message, name: str) -> str:
    """Return a header as a text, decoded (RFC 2047); "" where it is missing."""
    return next((_decoded(it) for it in _values(message, name)), "")


def _values(message: Message, name: str) -> list[str]:
    # What is no ASCII comes as it is only this way.
    items = message.raw_items()
    return [str(value)[:MOST_VALUE] for key, value in items if key.lower() == name]


def _nothing(problem: str) -> dict[str, Any]:
    return {"text": "", "html": "", "attachments": [], "problem": problem}


def _head(message: Message) -> dict[str, Any]:
    sender = _addresses(message, "from")
    return {
        "message_id": header_of(message, "message-id").strip(),
        "subject": " ".join(header_of(message, "subject").split()),
        "from": sender[0] if sender else {"name": "", "address": ""},
        "to": _addresses(message, "to"),
        "cc": _addresses(message, "cc"),
        "reply_to": _addresses(message, "reply-to"),
        "date": _date(header_of(message, "date")),
        "headers": _headers(message),
    }


def _headers(message: Message) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in islice(message.raw_items(), MOST_HEADERS):
        found.setdefault(_clean(name).lower(), []).append(_decoded(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _addresses(message: Message, name: str) -> list[dict[str, str]]:
    values = _values(message, name)
    # Decoding comes last: a name may have commas that part nothing.
    try:
        pairs = getaddresses(values)[:MOST_ADDRESSES]
    except (RecursionError, ValueError, IndexError):  # brackets within brackets
        return []
    return [{"name": _decoded(who), "address": _clean(at)} for who, at in pairs if who or at]


def _date(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _bodies(message: Message) -> dict[str, Any]:
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    attachments = []
    problem = ""
    parts = list(islice(_parts(message, 0), MOST_PARTS + 1))
    for count, part in enumerate(parts):
        if count == MOST_PARTS:
            problem = f"It has more than {MOST_PARTS} parts; the others are left out."
            break
        kind = part.get_content_type()
        filename = _decoded(_filename(part))
        disposition = part.get_content_disposition()
        raw = _content(part)
        if kind in texts and not filename and disposition != "attachment":
            texts[kind].append(_text(raw, part))
            continue
        attachments.append(
            {
                "filename": filename,
                "content_type": _clean(kind),
                "size": len(raw),
                "inline": disposition == "inline" or part.get("content-id") is not None,
                "base64": base64.b64encode(raw).decode(),
            }
        )
    if not problem and (message.defects or any(it.defects for it in parts)):
        problem = "Its parts are not as they should be; they are read as well as it goes."
    return {
        "text": "\n".join(texts["text/plain"]),
        "html": "\n".join(texts["text/html"]),
        "attachments": attachments,
        "problem": problem,
    }


def _parts(message: Message, depth: int) -> Iterator[Message]:
    inner = message.get_payload()
    inside = message.get_content_maintype() == "multipart" and isinstance(inner, list)
    if not inside or depth == MOST_DEEP:
        for name, value in list(message.raw_items()):
            if len(str(value)) > MOST_VALUE:
                del message[name]
        yield message
        return
    for part in inner:
        if isinstance(part, Message):
            yield from _parts(part, depth + 1)


def _filename(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, TypeError, LookupError):
        return ""


def _content(part: Message) -> bytes:
    inner = part.get_payload()
    try:
        if isinstance(inner, list):  # a mail within the mail
            return b"\r\n".join(it.as_bytes() for it in inner if isinstance(it, Message))
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, RecursionError):
        return str(inner).encode("utf-8", "replace")
    return raw if isinstance(raw, bytes) else b""


def _text(raw: bytes, part: Message) -> str:
    try:
        charset = str(part.get_content_charset() or "utf-8")
    except (ValueError, TypeError, LookupError):
        charset = "utf-8"
    return _clean(_bytes_as_text(raw, charset)).replace("\r\n", "\n")


def _bytes_as_text(raw: bytes, charset: str) -> str:
    # What names a charset that is none, or is not in it, is mostly one of these two.
    for name in (charset, "utf-8"):
        try:
            return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _decoded(value: Any) -> str:
    """Return a header decoded; as it stands where that does not go."""
    if value is None:
        return ""
    text = str(value)[:MOST_VALUE]
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError, LookupError):
        return _clean(text)
    return _clean(
        "".join(
            part if isinstance(part, str) else _bytes_as_text(part, charset or "utf-8")
            for part, charset in parts
        )
    )


def _clean(text: str) -> str:
    """Return a text that every database and every JSON takes."""
    # Bytes that are no ASCII stand in headers as halves of characters.
    raw = text.encode("utf-8", "surrogateescape") if _has_halves(text) else None
    if raw is not None:
        text = _bytes_as_text(raw, "utf-8")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _has_halves(text: str) -> bool:
    return any("\ud800" <= it <= "\udfff" for it in text)
