"""Ends a queued run in a test's own transaction: really executed, its events really stored."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from runner.engine import Event, Execution, MemoryJournal
from runner.journal.encoding import encode_events
from runner.journal.reader import read_events
from runner.models import JournalChunk, Run
from runner.queue.plans import plan_of


def end_here(run_id: UUID | str) -> Run:
    """Execute the run to its end and return it."""
    run = Run.objects.get(pk=run_id)
    history = [Event.from_json(event) for event in read_events(run.pk)]
    execution = Execution(
        plan_of(run.drawing_id),
        run.inputs,
        trigger=run.trigger_node or None,
        run_id=str(run.pk),
        journal=(journal := MemoryJournal()),
        history=history,
    )
    result = asyncio.run(execution.run())
    first, last = journal.events[0].seq, journal.events[-1].seq
    JournalChunk.objects.create(
        run=run, first_seq=first, last_seq=last, epoch=1, events=encode_events(journal.events)
    )
    run.status, run.outputs, run.error = result.status, result.outputs, result.error
    run.noted_seq = last
    run.finished = datetime.fromtimestamp(journal.events[-1].time, UTC)
    run.save()
    return run
