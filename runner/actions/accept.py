"""Accept a run into the queue: its row and its first events, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.engine.events import RUN_STARTED, Event
from runner.journal.announcements import Committed, announce
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run, time_ordered_id
from runner.queue.wake import wake_workers


def accept_run(
    events: list[Event],
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any],
    trigger: str,
    trigger_node: str,
    owner: User,
    rerun_of: Run | None = None,
    rerun_from: str = "",
    run_id: UUID | None = None,
) -> Run:
    """Accept a run that begins with these events; within no transaction it is durable then."""
    began = next((event.time for event in events if event.type == RUN_STARTED), None)
    text = encode_events(events)
    last = events[-1].seq
    with transaction.atomic():
        run = Run.objects.create(
            pk=run_id or time_ordered_id(),
            blueprint=blueprint,
            drawing=drawing,
            version=version,
            inputs=inputs,
            trigger=trigger,
            trigger_node=trigger_node,
            owner=owner,
            rerun_of=rerun_of,
            rerun_from=rerun_from,
            last_seq=last,
            created=datetime.fromtimestamp(events[0].time, UTC),
            started=datetime.fromtimestamp(began, UTC) if began is not None else None,
        )
        JournalChunk.objects.create(run=run, first_seq=1, last_seq=last, epoch=0, events=text)
        committed = Committed(str(run.pk), str(blueprint.pk), 1, last, text, status_changed=True)
        transaction.on_commit(lambda: announce([committed]))
        transaction.on_commit(wake_workers)
    return run
