"""Start a run: accept it into the queue."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.engine.events import RUN_QUEUED, Event
from runner.engine.inputs import check_inputs, with_defaults
from runner.graph import DocumentInvalid, Problem, load
from runner.journal.announcements import Committed, announce
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run
from runner.queue.wake import wake_workers


def start_run(
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any],
    trigger: str,
    trigger_node: str = "",
    owner: User,
) -> Run:
    """Accept a run of this drawing; when this returns within no transaction, it is durable.

    `trigger` says what started it (`manual`, `api`, `webhook`, …), and
    `trigger_node` where it begins. Raises InputsInvalid where the inputs are
    not what the drawing declares, and DocumentInvalid where it has no such
    trigger.
    """
    document = load(drawing.document)
    if trigger != "webhook":
        check_inputs(document, inputs)
        inputs = with_defaults(document, inputs)
    if trigger_node and trigger_node not in document.nodes:
        problem = Problem("unknown_node", f"There is no node {trigger_node!r} to start at.")
        raise DocumentInvalid([problem])
    now = timezone.now()
    queued = Event(
        1,
        now.timestamp(),
        RUN_QUEUED,
        None,
        {"inputs": inputs, "trigger": trigger_node or None, "by": trigger},
    )
    events = encode_events([queued])
    with transaction.atomic():
        run = Run.objects.create(
            blueprint=blueprint,
            drawing=drawing,
            version=version,
            inputs=inputs,
            trigger=trigger,
            trigger_node=trigger_node,
            owner=owner,
            last_seq=1,
            created=now,
        )
        JournalChunk.objects.create(run=run, first_seq=1, last_seq=1, epoch=0, events=events)
        committed = Committed(str(run.pk), str(blueprint.pk), 1, 1, events, status_changed=True)
        transaction.on_commit(lambda: announce([committed]))
        transaction.on_commit(wake_workers)
    return run
