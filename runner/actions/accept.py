"""Accept a run into the queue: its row and its first events, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.models import User
from django.db import transaction

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.engine.events import RUN_STARTED, Event
from runner.journal.announcements import Committed, announce
from runner.journal.spill import Spiller
from runner.models import JournalChunk, Run, time_ordered_id
from runner.queue.wake import wake_workers
from runner.telemetry import run_accepted


@dataclass(frozen=True, slots=True)
class Cause:
    """The run that caused another; `step` and `attempt` are those of a call."""

    parent: Run
    step: str = ""
    attempt: int = 1
    depth: int = 0
    cancel: bool = False
    handles_error: bool = False


def accept_run(
    events: list[Event],
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any],
    trigger: str,
    trigger_node: str,
    by: User | None,
    rerun_of: Run | None = None,
    rerun_from: str = "",
    run_id: UUID | None = None,
    cause: Cause | None = None,
) -> Run:
    """Accept a run that begins with these events; within no transaction it is durable then."""
    began = next((event.time for event in events if event.type == RUN_STARTED), None)
    key = run_id or time_ordered_id()
    spiller = Spiller(key)
    text = spiller.events(events)
    kept = orjson.loads(spiller.column(inputs, 1, "inputs"))
    last = events[-1].seq
    with transaction.atomic():
        run = Run.objects.create(
            pk=key,
            blueprint=blueprint,
            drawing=drawing,
            version=version,
            inputs=kept,
            trigger=trigger,
            trigger_node=trigger_node,
            owner_id=blueprint.owner_id,
            started_by=by,
            rerun_of=rerun_of,
            rerun_from=rerun_from,
            parent=cause.parent if cause else None,
            parent_step=cause.step if cause else "",
            parent_attempt=cause.attempt if cause else 1,
            depth=cause.depth if cause else 0,
            cancel_with_parent=cause.cancel if cause else False,
            handles_error=cause.handles_error if cause else False,
            last_seq=last,
            created=datetime.fromtimestamp(events[0].time, UTC),
            started=datetime.fromtimestamp(began, UTC) if began is not None else None,
        )
        JournalChunk.objects.create(run=run, first_seq=1, last_seq=last, epoch=0, events=text)
        committed = Committed(str(run.pk), str(blueprint.pk), 1, last, text, status_changed=True)
        transaction.on_commit(lambda: announce([committed]))
        transaction.on_commit(lambda: run_accepted(trigger))
        transaction.on_commit(wake_workers)
    return run
