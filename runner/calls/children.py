"""What an end means for the runs that a run has called, and for the one that called it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import transaction

from runner.actions.cancel import cancel_run
from runner.engine.events import STEP_CANCELLED, STEP_FAILED, STEP_RETRYING, STEP_SUCCEEDED
from runner.journal.reader import JournalDamaged, read_events
from runner.models import Run, RunStatus
from runner.queue.signals import AlreadySent, RunOver, send, send_all

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)
_ITEM = re.compile(r"\[\d+\]$")


def having_children(runs: Sequence[Run]) -> set[UUID | None]:
    """Return which of these runs have live ones that end with them."""
    called = Run.objects.filter(parent__in=runs, status__in=LIVE, cancel_with_parent=True)
    return set(called.values_list("parent", flat=True))


def cancel_children(run: Run) -> None:
    """Cancel the live runs that a run has called, where it was cancelled or their step gave up.

    The steps of a run that has failed give up with it, whatever they had come to.
    """
    children = list(run.children.filter(status__in=LIVE, cancel_with_parent=True))
    if not children:
        return
    if run.status == RunStatus.CANCELLED:
        for child in children:
            cancel_run(child, "the run that called it was cancelled")
        return
    try:
        events = read_events(run.pk)
    except JournalDamaged:
        # Nobody waits any more: the run has failed with this.
        events = []
    given_up = _given_up(events)
    done = {event["step"] for event in events if event["type"] == STEP_SUCCEEDED}
    for child in children:
        step = child.parent_step
        last = max(given_up.get(step, 0), given_up.get(_ITEM.sub("", step), 0))
        if run.status == RunStatus.FAILED and step not in done:
            last = child.parent_attempt
        if child.parent_attempt <= last:
            cancel_run(child, "the step that called it gave up")


def cancel_forsaken(parent: UUID) -> None:
    """Cancel what a run has called for a step that gave up before it was there."""
    with transaction.atomic():
        for run in Run.objects.select_for_update(of=("self",)).filter(pk=parent):
            cancel_children(run)


def _given_up(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return of each step the last attempt that it gave up."""
    found: dict[str, float] = {}
    for event in events:
        if event["type"] in (STEP_CANCELLED, STEP_FAILED):
            found[event["step"]] = float("inf")
        elif event["type"] == STEP_RETRYING:
            found[event["step"]] = event["data"]["attempt"]
    return found


def wake_parent(run: Run) -> None:
    """Tell the step that waits for the run that it has ended, if one waits.

    It looks at the run itself: what is sent only wakes it.
    """
    if run.parent_id is None or not run.parent_step:
        return
    with suppress(Run.DoesNotExist, RunOver, AlreadySent):
        send(run.parent_id, run.parent_step, f"run {run.pk}", {"run": str(run.pk)})


def tell_of_items(parent: UUID, items: Sequence[Run]) -> None:
    """Tell the steps of a run that wait for the runs of these items that they have ended."""
    send_all(parent, [(it.parent_step, f"run {it.pk}", {"run": str(it.pk)}) for it in items])
