"""What becomes of a run for which there is no room, and of others for its sake."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from runner.actions.cancel import cancel_run
from runner.graph.queueing import QueueSettings
from runner.models import Queue, Run, RunStatus, WhenFull
from runner.queue import queues, slots
from runner.queue.queues import QueueState


def has_room(run: Run) -> bool:
    """Make room for a run that was put off and whose moment has come, or else drop it.

    What others cause or repeat is part of what was promised, and comes in any case. Within a
    transaction that holds the run's row and, where it is limited, the lock of its blueprint.
    """
    if run.parent_id or run.rerun_of_id or run.attempt > 1:
        return True
    limits = slots.limits_now(run.blueprint_id) if run.limited else None
    queue = queues.state_of(run.queue, queues.known())
    why = make(run.blueprint_id, run.limit_key, limits, queue)
    if why:
        cancel_run(run, why, "dropped")
    return not why


def make(blueprint: UUID, key: str, limits: QueueSettings | None, queue: QueueState) -> str:
    """Make room for a run as its queue and its blueprint want it; empty: it may come.

    Else it is to be dropped, for the reason that is returned. Within a
    transaction; the blueprint's lock is held where it limits its runs: `limits`, else None.
    """
    if queue.picks and (why := _in_queue(queue)):
        return why
    if limits is None or limits.when_full == "wait":
        return ""
    return _in_blueprint(blueprint, key, limits)


def _in_queue(queue: QueueState) -> str:
    # Starts take turns, so that two do not take the same last place.
    Queue.objects.select_for_update().filter(name=queue.name).first()
    live = Run.objects.filter(queue=queue.name, finished__isnull=True, wake_at__isnull=True)
    return _make(
        queue.when_full,
        queue.concurrency or 0,
        queue.most_waiting,
        live.filter(status=RunStatus.RUNNING, held=False),
        live.filter(status=RunStatus.QUEUED),
        f"the queue {queue.name!r} is full",
    )


def _in_blueprint(blueprint: UUID, key: str, given: QueueSettings) -> str:
    begun, waiting = slots.begun(blueprint), slots.held(blueprint)
    why = "the blueprint has as many runs as it may"
    limit = given.concurrency
    if given.per_key is not None:
        mine = begun.filter(limit_key=key)
        if limit is None or mine.count() >= given.per_key:
            limit, begun = given.per_key, mine
            waiting = waiting.filter(limit_key=key)
            why = "the key has as many runs as it may"
    if limit is None:
        return ""
    return _make(given.when_full, limit, given.most_waiting, begun, waiting, why)


def _make(
    when_full: str,
    limit: int,
    most_waiting: int | None,
    begun: QuerySet[Run],
    waiting: QuerySet[Run],
    why: str,
) -> str:
    have, wait = begun.count(), waiting.count()
    if have + wait < limit:
        return ""
    if when_full == WhenFull.DROP_NEWEST:
        return f"dropped: {why}" if have + wait >= limit + (most_waiting or 0) else ""
    # The new one takes the last of the places for those that wait.
    places = max(0, limit - have) + max(1, most_waiting or 1)
    if wait + 1 > places:
        oldest = waiting.order_by("created", "pk")[: wait + 1 - places]
        _cancel(oldest, f"dropped for a newer run: {why}", "dropped")
    if when_full == WhenFull.CANCEL_RUNNING and limit:
        going_on = begun.filter(cancel_requested=False).order_by("created", "pk")
        over = going_on.count() + 1 - limit
        if over > 0:
            _cancel(going_on[:over], "cancelled for a newer run", "cancelled")
    return ""


def _cancel(runs: Iterable[Run], reason: str, code: str) -> None:
    for run in list(runs):
        cancel_run(run, reason, code)
