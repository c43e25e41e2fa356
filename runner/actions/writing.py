"""Writes new runs: each at once, or those that are accepted together in a few statements.

A statement for each of their rows is most of what it costs to accept a thousand runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import transaction

from runner.journal.announcements import Committed, announce
from runner.models import JournalChunk, Run, checksum_of
from runner.queue.pgqueuer import enqueue
from runner.queue.wake import wake_workers
from runner.telemetry import run_accepted


@dataclass(frozen=True, slots=True)
class New:
    """A run that is to be written, with its first events; without any where they come later."""

    run: Run
    chunk: JournalChunk | None
    events: str


_open: ContextVar[list[New] | None] = ContextVar("runs_accepted_together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Let runs that are accepted within be written at its end, in the transaction around it.

    Until then no query finds them. Those in which other runs have a say are written at once.
    """
    kept: list[New] = []
    token = _open.set(kept)
    try:
        yield
    finally:
        _open.reset(token)
    if kept:
        _write(kept)


@contextmanager
def within(*, alone: bool) -> Iterator[None]:
    """Accept a run in a transaction, of its own or that of those that are accepted together.

    `alone` says that it must find, or be found by, others: what is kept so far is written first.
    """
    kept = _open.get()
    if kept is not None and not alone:
        yield
        return
    with transaction.atomic():
        if kept:
            _write(kept)
            kept.clear()
        yield


def write(new: New, *, alone: bool) -> None:
    """Write a run, or keep it for the end of what is accepted together."""
    kept = _open.get()
    if kept is None or alone:
        _write([new])
    else:
        kept.append(new)


def _write(new: Sequence[New]) -> None:
    runs = [it.run for it in new]
    chunks = [it.chunk for it in new if it.chunk is not None]
    for chunk in chunks:
        chunk.checksum = checksum_of(chunk.events)
    Run.objects.bulk_create(runs)
    enqueue(runs)
    JournalChunk.objects.bulk_create(chunks)
    news = [
        Committed(str(run.pk), str(run.blueprint_id), 1, run.noted_seq, text, status_changed=True)
        for run, text in ((it.run, it.events) for it in new)
    ]
    triggers = [run.trigger for run in runs]

    def tell() -> None:
        announce(news)
        for trigger in triggers:
            run_accepted(trigger)
        wake_workers()

    transaction.on_commit(tell)
