"""How the admin shows requests: bodies and values safely as text."""

from __future__ import annotations

import datetime
import json
from typing import Any, Literal, NamedTuple

MOST_SHOWN = 64 * 1024
_HEX_SHOWN = 4096
_ROW = 16
_LINE = 100


class Shown(NamedTuple):
    """A body as text: how it is shown, and whether that is all of it."""

    kind: Literal["json", "text", "hex", "empty"]
    text: str
    whole: bool


def show_body(body: bytes) -> Shown:
    """Return JSON indented, other UTF-8 as it is, and anything else as hexadecimal rows.

    What it is, is seen from the bytes: the sender's content type may be wrong.
    """
    if not body:
        return Shown("empty", "", whole=True)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _hex(body)
    try:
        text, kind = json.dumps(json.loads(text), indent=2, ensure_ascii=False), "json"
    except (ValueError, RecursionError):
        kind = "text"
    # Control characters may be anything but text; marks that turn the direction could lie.
    if any(_unprintable(character) for character in text[:MOST_SHOWN]):
        return _hex(body)
    whole = len(text) <= MOST_SHOWN
    return Shown("json" if kind == "json" else "text", text[:MOST_SHOWN], whole)


def _unprintable(character: str) -> bool:
    return not character.isprintable() and character not in "\n\r\t\u00a0\u2028\u2029\u3000\u200d"


def _hex(body: bytes) -> Shown:
    rows = []
    for place in range(0, min(len(body), _HEX_SHOWN), _ROW):
        part = body[place : place + _ROW]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(f"{place:06x}  {part.hex(' '):<{3 * _ROW - 1}}  {text}")
    return Shown("hex", "\n".join(rows), len(body) <= _HEX_SHOWN)


def show_json(value: object) -> str:
    """Return a JSON value indented, cut where it is very long."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "\n…"


def show_event(event: dict[str, Any], since: datetime.datetime) -> dict[str, Any]:
    """Return an event of a run as a row: its data in one line where it is short."""
    line = json.dumps(event["data"], ensure_ascii=False)
    short = len(line) <= _LINE
    # The row keeps microseconds, so an event's time may lie a hair before it.
    after = max(0.0, (event["time"] - since.timestamp()) * 1000)
    return {
        "seq": event["seq"],
        "type": event["type"],
        "step": event["step"],
        "after": f"{after:.1f} ms",
        "short": short,
        "summary": line[:_LINE] + "…",
        "data": line if short else show_json(event["data"]),
    }
