"""The slots that a blueprint gives its runs: of all, and of those with the same key.

A run has a slot from when it may begin until it ends, also while it is parked; one that
gets none is held. Slots are counted from the rows, so that no crash can lose one. Who
gives or counts them holds the lock of the blueprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from editor.models import Blueprint
from runner.graph.queueing import QueueSettings
from runner.models import Run, RunStatus
from runner.queue.pgqueuer import enqueue_all
from runner.queue.places import settings_of

PUT_OFF = Q(status=RunStatus.QUEUED, wake_at__isnull=False)


def lock(blueprint: UUID) -> None:
    """Have all others wait who start runs of the blueprint that limit each other."""
    # Not so strong that it would keep plain runs of it from being inserted.
    rows = Blueprint.objects.select_for_update(of=("self",), no_key=True).filter(pk=blueprint)
    rows.values_list("pk").first()


def begun(*blueprints: UUID) -> QuerySet[Run]:
    """Return the runs of the blueprints that have a slot."""
    these = Q(blueprint=blueprints[0]) if len(blueprints) == 1 else Q(blueprint__in=blueprints)
    rows = Run.objects.filter(these, limited=True, held=False, finished__isnull=True)
    return rows.exclude(PUT_OFF).order_by()


def held(blueprint: UUID) -> QuerySet[Run]:
    """Return the runs that wait for a slot, in their order."""
    return Run.objects.filter(blueprint=blueprint, held=True).order_by("turn", "pk")


def is_free(blueprint: UUID, key: str, limits: QueueSettings) -> bool:
    """Say whether a run with this key could have a slot now."""
    taken = begun(blueprint)
    if limits.concurrency is not None and taken.count() >= limits.concurrency:
        return False
    return not (
        limits.per_key is not None and taken.filter(limit_key=key).count() >= limits.per_key
    )


def limits_now(blueprint: UUID) -> QueueSettings | None:
    """Return the limits of the blueprint's published version: they hold for all that waits."""
    return limits_of([blueprint]).get(blueprint)


def limits_of(blueprints: Collection[UUID]) -> dict[UUID, QueueSettings]:
    """Return the same for several blueprints; those that are not published are left out."""
    rows = Blueprint.objects.filter(pk__in=blueprints, published__isnull=False)
    found = rows.values_list("pk", "published__drawing__document")
    return {pk: settings_of(document) for pk, document in found}


def give(blueprint: UUID, only: str | None = None) -> int:
    """Give the free slots to those that have waited longest; return how many there were.

    `only`: a slot of this key has become free, and no other. Within a transaction
    that holds the lock.
    """
    limits = limits_now(blueprint) or QueueSettings()
    waiting = held(blueprint)
    room = None
    if limits.concurrency is not None:
        room = limits.concurrency - begun(blueprint).count()
    elif only is not None and limits.per_key is not None:
        waiting = waiting.filter(limit_key=only)
    given: list[UUID] = []
    if limits.per_key is None:
        found = waiting.values_list("pk", flat=True)
        given = list(found if room is None else found[: max(0, room)])
    else:
        taken = begun(blueprint).values_list("limit_key").annotate(number=Count("pk"))
        if only is not None and room is None:
            taken = taken.filter(limit_key=only)
            room = limits.per_key - sum(number for _, number in taken)
        given = _by_key(waiting, Counter(dict(taken)), limits.per_key, room)
    for start in range(0, len(given), 500):
        Run.objects.filter(pk__in=given[start : start + 500], held=True).update(held=False)
        enqueue_all(given[start : start + 500])
    return len(given)


def _by_key(waiting: QuerySet[Run], taken: Counter[str], most: int, room: int | None) -> list[UUID]:
    """Return who gets a slot, as long as there is room, where each key has at most so many."""
    given: list[UUID] = []
    # What waits for a busy key may be much; the database leaves it out.
    full = [key for key, number in taken.items() if number >= most]
    if room is not None and room <= 0:
        return given
    rows = waiting.exclude(limit_key__in=full).values_list("pk", "limit_key")
    for pk, key in rows.iterator(chunk_size=200):
        if taken[key] < most:
            taken[key] += 1
            given.append(pk)
            if len(given) == room:
                break
    return given


def sweep() -> int:
    """Give all slots that are free; return how many there were.

    Each end gives its own; this is for what changes a limit.
    """
    given = 0
    waiting = Run.objects.filter(held=True).order_by()
    for blueprint in list(waiting.values_list("blueprint", flat=True).distinct()):
        with transaction.atomic():
            lock(blueprint)
            given += give(blueprint)
    return given
