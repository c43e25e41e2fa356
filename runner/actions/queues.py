"""Make, change and delete queues; pausing, resuming and draining one are changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from runner.graph.queueing import DEFAULT, STEP
from runner.models import Queue, Run, RunStatus
from runner.queue.pgqueuer import follow
from runner.queue.places import KeyInvalid
from runner.queue.queues import QueueDraining
from runner.queue.wake import wake_workers

__all__ = ["KeyInvalid", "QueueDraining", "QueueNeeded", "delete_queue", "save_queue"]


class QueueNeeded(Exception):
    """The queue cannot be deleted."""

    code = "queue_needed"


def save_queue(queue: Queue, changes: Mapping[str, Any]) -> Queue:
    """Write a queue with these changes; runs that wait in it get their turn anew.

    Raises Django's ValidationError for what no queue can be; then nothing was changed.
    """
    with transaction.atomic():
        before = Queue.objects.select_for_update().filter(pk=queue.pk).first()
        for name, value in changes.items():
            setattr(queue, name, value)
        queue.full_clean()
        queue.save()
        if before is not None and (raised := queue.priority - before.priority):
            waiting = Run.objects.filter(
                queue=queue.name, status=RunStatus.QUEUED, finished__isnull=True
            )
            waiting.update(
                priority=F("priority") + raised,
                turn=F("turn") - timedelta(seconds=raised * STEP),
            )
            follow(queue.name)
        transaction.on_commit(wake_workers)
    return queue


def delete_queue(queue: Queue) -> None:
    """Delete a queue; runs that wait in it go to the default one. Raises QueueNeeded for that."""
    if queue.name == DEFAULT:
        raise QueueNeeded(
            "The queue 'default' is that of all runs that name none; it cannot be deleted."
        )
    with transaction.atomic():
        Run.objects.filter(queue=queue.name, finished__isnull=True).update(queue=DEFAULT)
        queue.delete()
        follow(DEFAULT)
        transaction.on_commit(wake_workers)
