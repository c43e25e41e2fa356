"""Reads the events of a run back from its chunks."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any, NamedTuple
from uuid import UUID

from django.db import InternalError, OperationalError

from runner.engine.events import Event
from runner.journal.encoding import Spilled, decode_events, shown
from runner.journal.files import ValueLost
from runner.journal.spill import restore
from runner.models import JournalChunk, checksum_of

AT_ONCE = 100
# What is raised for text that is none: by sqlite3, and by PostgreSQL for a damaged page.
_UNREADABLE = (OperationalError, InternalError)
# Of a chunk: its first and last event, its text, and the sum of that.
Row = tuple[int, int, str | None, int | None]


class JournalDamaged(Exception):
    """A chunk of a run's journal cannot be read; the message names it.

    `chunk` counts from 1; `sound` is the number of the last event before the damage.
    """

    def __init__(
        self, run_id: object, first_seq: int, last_seq: int, reason: str, sound: int | None = None
    ) -> None:
        self.run_id = run_id
        self.first_seq = first_seq
        self.last_seq = last_seq
        self.sound = first_seq - 1 if sound is None else sound
        before = JournalChunk.objects.filter(run_id=str(run_id), first_seq__lt=first_seq)
        self.chunk = before.count() + 1
        super().__init__(
            f"The journal of run {run_id} is damaged in chunk {self.chunk}, "
            f"events {first_seq} to {last_seq}: {reason}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return where the damage is, as errors tell it."""
        return {"chunk": self.chunk, "first_seq": self.first_seq, "last_seq": self.last_seq}


class Chunk(NamedTuple):
    """A chunk that was read: its text is what was written, and its events are those it says."""

    first_seq: int
    last_seq: int
    text: str
    events: list[Event]
    spilled: Spilled


def read_events(
    run_id: UUID | str, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the run's events with a `seq` greater than `after`, as they are shown.

    They come in order, at most `limit`, and large values are cut. Raises JournalDamaged
    where a chunk does not hold what its row says, or events are missing.
    """
    found = _newer(run_id, after, limit)
    return [it for chunk in found for it in shown(chunk.events, chunk.spilled)]


def read_history(run_id: UUID | str, after: int = 0, limit: int | None = None) -> list[Event]:
    """Return the same events with large values whole.

    Raises JournalDamaged also where a large value is missing.
    """
    # Closed in this thread also where it is damaged: whoever is told of that is in another one.
    with closing(_newer(run_id, after, limit)) as chunks:
        return _restored(run_id, chunks)


def _restored(run_id: UUID | str, chunks: Iterable[Chunk]) -> list[Event]:
    events: list[Event] = []
    loaded: dict[str, Any] = {}
    for chunk in chunks:
        if chunk.spilled:
            _restore(run_id, chunk, loaded)
        events += chunk.events
    return events


def read_whole(run_id: UUID, last_seq: int, rows: Iterable[Row] | None = None) -> list[Event]:
    """Return all events of a run whose row says that there are at least so many.

    `rows` are those of its chunks, in order, where they are at hand. Raises JournalDamaged, also
    where the journal ends before.
    """
    sound = sound_chunks(run_id) if rows is None else _sound(run_id, 0, rows)
    with closing(sound) as chunks:
        events = _restored(run_id, chunks)
    last = events[-1].seq if events else 0
    if last < last_seq:
        raise JournalDamaged(run_id, last + 1, last_seq, "it is missing", last)
    return events


def sound_chunks(run_id: UUID | str, after: int = 0) -> Generator[Chunk, None, None]:
    """Give the chunks with events after one, in order.

    Raises JournalDamaged at the first one that is missing, damaged, or not what was written.
    """
    with closing(_chunks(run_id, after)) as rows:
        yield from _sound(run_id, after, rows)


def _sound(run_id: UUID | str, after: int, rows: Iterable[Row]) -> Generator[Chunk, None, None]:
    expected: int | None = None
    for first_seq, last_seq, text, checksum in rows:
        if expected is None:
            expected = min(first_seq, after + 1)
        if first_seq != expected:
            reason = f"event {expected} is missing before it"
            raise JournalDamaged(run_id, first_seq, last_seq, reason, expected - 1)
        if text is None:
            raise JournalDamaged(run_id, first_seq, last_seq, "it is not text")
        try:
            events, spilled = decode_events(text)
        except ValueError as error:
            raise JournalDamaged(run_id, first_seq, last_seq, str(error)) from error
        numbers = range(first_seq, last_seq + 1)
        # The row's own numbers may be what is damaged: a list of them may have no end.
        if len(events) != len(numbers) or any(
            event.seq != number for event, number in zip(events, numbers, strict=True)
        ):
            raise JournalDamaged(run_id, first_seq, last_seq, "its events have other numbers")
        if checksum is not None and checksum != checksum_of(text):
            raise JournalDamaged(run_id, first_seq, last_seq, "it is not what was written")
        yield Chunk(first_seq, last_seq, text, events, spilled)
        expected = last_seq + 1


def _newer(run_id: UUID | str, after: int, limit: int | None) -> Generator[Chunk, None, None]:
    """Give the chunks with no other events than those after one, at most so many."""
    if limit is not None and limit <= 0:
        return
    for chunk in sound_chunks(run_id, after):
        wanted = chunk.events[max(0, after + 1 - chunk.first_seq) :][:limit]
        yield chunk._replace(events=wanted)
        if limit is not None:
            limit -= len(wanted)
            if limit <= 0:
                return


def _chunks(run_id: UUID | str, after: int) -> Generator[Row, None, None]:
    rows = JournalChunk.objects.filter(run_id=run_id, last_seq__gt=after).order_by("first_seq")
    columns = ("pk", "first_seq", "last_seq", "events", "checksum")
    done: list[int] = []
    try:
        for row in rows.values_list(*columns).iterator(AT_ONCE):
            yield row[1:]
            done.append(row[0])
        return
    except _UNREADABLE as error:
        if not _is_damage(error):
            raise
    # One of those that were read together is damaged: read one by one, it is found.
    for key, first_seq, last_seq, checksum in rows.exclude(pk__in=done).values_list(
        "pk", "first_seq", "last_seq", "checksum"
    ):
        try:
            text = JournalChunk.objects.values_list("events", flat=True).get(pk=key)
        except _UNREADABLE as error:
            if not _is_damage(error):
                raise
            text = None
        yield first_seq, last_seq, text, checksum


def _is_damage(error: Exception) -> bool:
    corrupted = getattr(error.__cause__, "sqlstate", "") in ("XX001", "XX002")
    return corrupted or "decode to UTF-8" in str(error)


def _restore(run_id: UUID | str, chunk: Chunk, loaded: dict[str, Any]) -> None:
    first, last = chunk.first_seq, chunk.last_seq
    for event in chunk.events:
        found = chunk.spilled.get(str(event.seq))
        if not found:
            continue
        try:
            restore(UUID(str(run_id)), event.data, found, loaded)
        except ValueLost as error:
            raise JournalDamaged(run_id, first, last, str(error), event.seq - 1) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reason = f"event {event.seq} does not say where its large values belong"
            raise JournalDamaged(run_id, first, last, reason, event.seq - 1) from error
