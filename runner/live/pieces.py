"""Cuts the journal's chunks into pieces that one websocket message may hold.

Servers refuse to send long messages (Daphne's websockets end at 1 MiB), and a
page has no use for ten megabytes of one value. So long chunks are told in
several messages, and the values of a very long event are shortened; the whole
event is in the journal, and the API gives it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from runner.journal.encoding import decode_events, shown
from runner.journal.spill import cut_of

# Characters; the widest take four bytes each, and 1 MiB is what every server sends.
LONGEST = 240_000
# Bytes of JSON that a value of such an event may keep.
LONGEST_VALUE = 16_000

Piece = tuple[int, int, str]
"""The numbers of its first and last event, and the events as JSON without the list's brackets."""


# All sockets that follow a run need the same pieces at the same time.
@lru_cache(maxsize=8)
def pieces(chunk: str, after: int = 0) -> tuple[Piece, ...]:
    """Return the pieces of a chunk's text, without its events up to the one numbered `after`."""
    events = [event for event in shown(*decode_events(chunk)) if event["seq"] > after]
    text = orjson.dumps(events).decode()
    if len(text) <= LONGEST:
        return ((events[0]["seq"], events[-1]["seq"], text[1:-1]),)
    return _cut(events)


def size_of(some: Iterable[Piece]) -> int:
    """Return how many characters the pieces have."""
    return sum(len(text) for _, _, text in some)


def _cut(events: list[dict[str, Any]]) -> tuple[Piece, ...]:
    made: list[Piece] = []
    texts: list[str] = []
    first = size = 0
    for event in events:
        text = orjson.dumps(event).decode()
        if len(text) > LONGEST:
            text = orjson.dumps(_shortened(event)).decode()
        if texts and size + len(text) > LONGEST:
            made.append((first, event["seq"] - 1, ",".join(texts)))
            texts, size = [], 0
        if not texts:
            first = event["seq"]
        texts.append(text)
        size += len(text) + 1
    made.append((first, event["seq"], ",".join(texts)))
    return tuple(made)


def _shortened(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its long values shortened, one level down where that is enough."""
    seq, data = event["seq"], event["data"]
    for deep in (True, False):
        short = {key: _short(seq, [key], value, deep) for key, value in data.items()}
        if len(orjson.dumps(short)) < LONGEST:
            break
    return {**event, "data": short}


def _short(seq: int, path: list[str], value: Any, deep: bool) -> Any:
    text = orjson.dumps(value)
    if len(text) <= LONGEST_VALUE:
        return value
    if deep and isinstance(value, dict):
        return {key: _short(seq, [*path, key], item, False) for key, item in value.items()}
    return cut_of(value, len(text), text, seq, path, sha256=sha256(text).hexdigest())
