"""Reads the events of a run back from its chunks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from runner.models import JournalChunk


class JournalDamaged(Exception):
    """A chunk of a run's journal cannot be read; the message names it."""

    def __init__(self, run_id: object, first_seq: int, last_seq: int, reason: str) -> None:
        self.run_id = run_id
        self.first_seq = first_seq
        super().__init__(
            f"The journal of run {run_id} is damaged in the chunk of events "
            f"{first_seq} to {last_seq}: {reason}."
        )


def read_events(
    run_id: UUID | str, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the run's events with a `seq` greater than `after`, in order, at most `limit`.

    Raises JournalDamaged where a chunk does not hold what its row says or events are missing.
    """
    chunks = (
        JournalChunk.objects.filter(run_id=run_id, last_seq__gt=after)
        .order_by("first_seq")
        .values_list("first_seq", "last_seq", "events")
    )
    events: list[dict[str, Any]] = []
    expected: int | None = None
    for first_seq, last_seq, text in chunks.iterator(chunk_size=100):
        if expected is None:
            expected = min(first_seq, after + 1)
        if first_seq != expected:
            reason = f"event {expected} is missing before it"
            raise JournalDamaged(run_id, first_seq, last_seq, reason)
        expected = last_seq + 1
        chunk = _read_chunk(run_id, first_seq, last_seq, text)
        events += chunk[max(0, after + 1 - first_seq) :]
        if limit is not None and len(events) >= limit:
            return events[:limit]
    return events


def _read_chunk(run_id: object, first_seq: int, last_seq: int, text: str) -> list[dict[str, Any]]:
    try:
        chunk = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise JournalDamaged(run_id, first_seq, last_seq, f"it is not JSON ({error})") from error
    wanted = list(range(first_seq, last_seq + 1))
    if not isinstance(chunk, list) or not all(_is_event(event) for event in chunk):
        raise JournalDamaged(run_id, first_seq, last_seq, "it is not a list of events")
    if [event["seq"] for event in chunk] != wanted:
        raise JournalDamaged(run_id, first_seq, last_seq, "its events have other numbers")
    return chunk


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and value.keys() >= {"seq", "time", "type", "step", "data"}
