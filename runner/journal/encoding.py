"""Turns events and values into the JSON text that rows hold, whatever nodes made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import orjson

from runner.engine.events import Event

_LARGEST = 2**63


def encode_events(events: Iterable[Event]) -> str:
    """Return the events as a JSON list."""
    # What `to_json` gives, written out: of all that an event costs here, a call is the most.
    return encode(
        [
            {"seq": seq, "time": time, "type": kind, "step": step, "data": data}
            for seq, time, kind, step, data in events
        ]
    )


def encode(value: Any) -> str:
    """Return the value as JSON that every database takes.

    What JSON, UTF-8 or PostgreSQL cannot hold is replaced by what is nearest:
    lone surrogates and NUL by U+FFFD, infinities by null, integers beyond 64 bits
    by floats, other objects by their text.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        text = orjson.dumps(_cleaned(value))
    if b"\\u0000" in text:
        text = orjson.dumps(_cleaned(value))
    return text.decode()


def _cleaned(value: Any, depth: int = 0) -> Any:
    # orjson itself stops at 254 levels.
    if depth > 200:
        return "…"
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else _as_float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_cleaned(str(key)): _cleaned(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item, depth + 1) for item in value]
    return _cleaned(str(value))


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
