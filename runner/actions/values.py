"""Read a value of a run piece by piece, however large it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson

from runner.actions.history import events_of_run
from runner.journal import files
from runner.journal.encoding import Found
from runner.journal.files import ValueLost
from runner.journal.spill import cut_of, kind_of, looked_at, restore, spilled_of
from runner.models import Run

# Characters of JSON: a part of a page that has more is cut itself.
LONGEST_PART = 16_000

__all__ = ["NoSuchValue", "ValueLost", "keys_of", "page_of", "shortened", "value_at"]


class NoSuchValue(LookupError):
    """There is no value at this place; the message says how far the way leads."""


def keys_of(pointer: str) -> list[str]:
    """Return the keys of a JSON pointer (RFC 6901, section 4). Raises ValueError."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON pointer: it begins with '/'.")
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer[1:].split("/")]


def value_at(run: Run, seq: int, path: Sequence[str]) -> Any:
    """Return what an event's data holds at the end of these keys.

    Of what lies in files, only that is read which the way leads through or to.
    Raises NoSuchValue, ValueLost, JournalDamaged and JournalPruned.
    """
    value, spilled = _told(run, seq)
    for it in spilled:
        at = it["at"]
        if at == list(path[: len(at)]):
            value, path = orjson.loads(files.read(run.pk, it["sha256"])), path[len(at) :]
            return _within(value, path, at)
    value = _within(value, path, [])
    under = [
        {**it, "at": it["at"][len(path) :]} for it in spilled if it["at"][: len(path)] == list(path)
    ]
    return restore(run.pk, value, under)


def _told(run: Run, seq: int) -> tuple[dict[str, Any], Found]:
    """Return an event's data and what was spilled of it."""
    columns = {1: ("inputs", run.inputs), run.last_seq: ("outputs", run.outputs)}
    key, column = columns.get(seq, ("", None))
    if run.pruned is not None and column is not None:
        # What went in and out stays with the run.
        return {key: looked_at(column)}, [
            {**it, "at": [key, *it["at"]]} for it in spilled_of(column)
        ]
    (event,) = events_of_run(run, seq - 1, 1) or (None,)
    if event is None:
        raise NoSuchValue(f"The run has no event {seq}.")
    return event["data"], event.get("spilled", [])


def _within(value: Any, path: Sequence[str], before: Sequence[str]) -> Any:
    way = list(before)
    for key in path:
        way.append(key)
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NoSuchValue(f"There is nothing at {'/'.join(way)!r}.")
    return value


def page_of(value: Any, seq: int, path: Sequence[str], offset: int, limit: int) -> dict[str, Any]:
    """Return `limit` parts of a value from the one numbered `offset`: items, keys, or characters.

    Parts that are long themselves are cut; they say where they can be read.
    """
    page: dict[str, Any] = {"kind": kind_of(value), "offset": offset}
    if isinstance(value, str):
        return {**page, "length": len(value), "text": value[offset : offset + limit]}
    if isinstance(value, list):
        items = [
            shortened(item, seq, [*path, str(offset + number)])
            for number, item in enumerate(value[offset : offset + limit])
        ]
        return {**page, "length": len(value), "items": items}
    if isinstance(value, dict):
        keys = list(islice(value, offset, offset + limit))
        entries = {key: shortened(value[key], seq, [*path, key]) for key in keys}
        return {**page, "length": len(value), "entries": entries}
    return {**page, "length": 1, "value": value}


def shortened(value: Any, seq: int, path: list[str], longest: int = LONGEST_PART) -> Any:
    """Return the value, or where it is long what stands for it."""
    if not isinstance(value, str | list | dict):
        return value
    text = orjson.dumps(value)
    return value if len(text) <= longest else cut_of(value, len(text), text, seq, path)
