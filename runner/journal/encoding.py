"""Turns events and values into the JSON text that rows hold, whatever nodes made of them.

A chunk's text has a list for each field of its events, not an object for each event:
`[first number, [time, …], [type, …], [step, …], [data, …]]`. Beside the data a sixth may say
which values lie in files (see `spill`), by the event's number. Making an object of each event
costs as much as its JSON, and the names of the fields are a third of its bytes. Older chunks
are lists of objects; they are read as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from runner.engine.events import Event

_LARGEST = 2**63

Found = list[dict[str, Any]]
"""What was spilled: `{at, sha256, size}` each."""
Spilled = dict[str, Found]
"""What was spilled of events, by their numbers."""


class Columns(NamedTuple):
    """Events of one chunk, a tuple for each of their fields."""

    seqs: tuple[int, ...] = ()
    times: tuple[float, ...] = ()
    types: tuple[str, ...] = ()
    steps: tuple[str | None, ...] = ()
    data: tuple[dict[str, Any], ...] = ()


def columns_of(events: Iterable[Event]) -> Columns:
    """Return the columns of events; of none they are empty."""
    return Columns(*zip(*events, strict=True))


def encode_events(events: Iterable[Event], spilled: Spilled | None = None) -> str:
    """Return the text of a chunk of these events, of which there is at least one.

    `spilled`: what of them lies in files already.
    """
    columns = columns_of(events)
    if not spilled:
        return encode_columns(columns)
    seqs, *others = columns
    return encode((seqs[0], *others, spilled))


def encode_columns(columns: Columns) -> str:
    """Return the text of a chunk of these events, of which there is at least one."""
    seqs, times, types, steps, data = columns
    return encode((seqs[0], times, types, steps, data))


def decode_events(text: str) -> tuple[list[Event], Spilled]:
    """Return the events of a chunk's text, and what was spilled of them.

    Raises ValueError, with the reason, where the text holds no events.
    """
    try:
        chunk = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error})") from error
    if isinstance(chunk, list):
        if all(map(_is_event, chunk)):
            spilled = {str(it["seq"]): it["spilled"] for it in chunk if it.get("spilled")}
            return list(map(Event.from_json, chunk)), spilled
        if _has_columns(chunk):
            first, times, *others = chunk
            seqs = range(first, first + len(times))
            events = map(Event._make, zip(seqs, times, *others[:3], strict=True))
            return list(events), others[3] if len(others) > 3 else {}
    raise ValueError("it is not a list of events")


def _has_columns(chunk: list[Any]) -> bool:
    match chunk:
        case [int(), list(times), list(types), list(steps), list(data), *others]:
            return (
                len(times) == len(types) == len(steps) == len(data)
                and set(map(type, times)) <= {int, float}
                and set(map(type, types)) <= {str}
                and set(map(type, steps)) <= {str, type(None)}
                and set(map(type, data)) <= {dict}
                and (not others or (len(others) == 1 and isinstance(others[0], dict)))
            )
    return False


def _is_event(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() >= {"seq", "time", "type", "step", "data"}
        and isinstance(value["time"], int | float)
        and isinstance(value["type"], str)
        and isinstance(value["step"], str | None)
        and isinstance(value["data"], dict)
    )


def shown(events: Sequence[Event], spilled: Spilled) -> list[dict[str, Any]]:
    """Return events as the API and the socket show them: with what was spilled beside the data."""
    told = [event.to_json() for event in events]
    if spilled:
        for event in told:
            if found := spilled.get(str(event["seq"])):
                event["spilled"] = found
    return told


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
    # Looking for one character is ten times quicker than for six, and most text has none.
    if b"\\" in text and b"\\u0000" in text:
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
