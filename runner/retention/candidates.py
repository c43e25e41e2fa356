"""What may be removed: the oldest first, and nothing that a living run may need.

Blueprint by blueprint, as the indexes have it: each page of keys is one short look into one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from editor.models import Blueprint
from runner.models import WHOLE, Run, RunStatus, WaitingStart, Webhook, WebhookDelivery
from runner.retention.limits import Limits

PAGE = 50
OVER = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)
# Said so that the indexes of what has ended serve.
KEPT = Q(finished__isnull=False, pruned__isnull=True)
PRUNED = Q(finished__isnull=False, pruned__isnull=False)

Keys = list[UUID]


def journals() -> QuerySet[Run]:
    """Return the ended runs whose journals may go."""
    return Run.objects.filter(KEPT, _not_needed(), status__in=OVER, unsettled=False)


def rows() -> QuerySet[Run]:
    """Return the runs of which nothing but the row is left, and to which no other run refers."""
    found = Run.objects.filter(PRUNED, _not_needed(), status__in=OVER, unsettled=False)
    return found.filter(
        ~Exists(Run.objects.filter(parent=OuterRef("pk"))),
        ~Exists(Run.objects.filter(rerun_of=OuterRef("pk"))),
    )


def deliveries() -> QuerySet[WebhookDelivery]:
    """Return the deliveries that started no run, or one that is over."""
    return WebhookDelivery.objects.filter(Q(run=None) | Q(run__finished__isnull=False))


def _not_needed() -> Q:
    """Say that no living run was started by this run, repeats it or has started it.

    Nor does a blueprint wait for further ends beside this one.
    """
    living = Run.objects.filter(finished__isnull=True)
    return (
        Q(~Exists(living.filter(parent=OuterRef("pk"))))
        & Q(~Exists(living.filter(rerun_of=OuterRef("pk"))))
        & Q(~Exists(living.filter(pk=OuterRef("parent_id"))))
        & Q(~Exists(WaitingStart.objects.filter(run=OuterRef("pk"))))
    )


def journals_over(limits: Limits, now: datetime) -> Iterator[Keys]:
    """Yield the journals that are too old or too many."""
    # A journal goes with its row at the latest.
    most = min((it for it in (limits.journals, limits.runs) if it), default=0)
    for blueprint in _blueprints():
        own = Q(blueprint=blueprint)
        cuts = [limits.oldest_journal(now), _last_of(own & KEPT, most) if most else None]
        if moment := max((cut for cut in cuts if cut), default=None):
            yield from _pages(journals().filter(own, finished__lt=moment), "finished")


def rows_over(limits: Limits, now: datetime) -> Iterator[Keys]:
    """Yield the runs whose rows are too old or too many; a row outlives its journal by a sweep."""
    for blueprint in _blueprints():
        own = Q(blueprint=blueprint)
        cuts = [limits.oldest_run(now)]
        if limits.runs:
            left = limits.runs - Run.objects.filter(own, WHOLE, KEPT).count()
            cuts.append(_last_of(own & PRUNED, left) if left > 0 else now)
        if moment := max((cut for cut in cuts if cut), default=None):
            gone = rows().filter(own, finished__lt=moment, pruned__lt=now)
            yield from _pages(gone, "finished")


def deliveries_over(limits: Limits, now: datetime) -> Iterator[Keys]:
    """Yield the deliveries that are too old or too many."""
    for webhook in list(Webhook.objects.values_list("pk", flat=True)):
        own = WebhookDelivery.objects.filter(webhook=webhook)
        cuts = [limits.oldest_delivery(now)]
        if most := limits.deliveries:
            newest = own.order_by("-received").values_list("received", flat=True)
            cuts += newest[most - 1 : most]
        if moment := max((cut for cut in cuts if cut), default=None):
            gone = deliveries().filter(webhook=webhook, received__lt=moment)
            yield from _pages(gone, "received")


def oldest_journals(wanted: Callable[[], bool]) -> Iterator[Keys]:
    """Yield the journals of all blueprints, oldest first, for as long as more are wanted."""
    # Of each blueprint the next page; the one that begins first comes first.
    heads: list[tuple[datetime, UUID, list[tuple[datetime, UUID]], Iterator[Any]]] = []

    def push(blueprint: UUID, pages: Iterator[list[tuple[datetime, UUID]]]) -> None:
        if page := next(pages, None):
            heapq.heappush(heads, (page[0][0], blueprint, page, pages))

    for blueprint in _blueprints():
        push(blueprint, _dated_pages(journals().filter(blueprint=blueprint), "finished"))
    while heads and wanted():
        _, blueprint, page, pages = heapq.heappop(heads)
        until = heads[0][0] if heads else page[-1][0]
        older = [it for it in page if it[0] <= until]
        yield [key for _, key in older]
        if rest := page[len(older) :]:
            heapq.heappush(heads, (rest[0][0], blueprint, rest, pages))
        else:
            push(blueprint, pages)


def _blueprints() -> Keys:
    return list(Blueprint.objects.order_by().values_list("pk", flat=True))


def _last_of(own: Q, most: int) -> datetime | None:
    """Return the end of the last of so many newest runs; None where there are no more."""
    ends = Run.objects.filter(own, WHOLE).order_by("-finished").values_list("finished", flat=True)
    return next(iter(ends[most - 1 : most]), None)


def _pages(found: QuerySet[Any], moment: str) -> Iterator[Keys]:
    return ([key for _, key in page] for page in _dated_pages(found, moment))


def _dated_pages(found: QuerySet[Any], moment: str) -> Iterator[list[tuple[datetime, UUID]]]:
    """Yield moments and keys page by page, oldest first; what is left alone is passed once."""
    found = found.order_by(moment, "pk")
    rest = found
    while page := list(rest.values_list(moment, "pk")[:PAGE]):
        yield page
        last, key = page[-1]
        later = Q(**{f"{moment}__gt": last}) | Q(**{moment: last, "pk__gt": key})
        # The first says to the index where to begin.
        rest = found.filter(Q(**{f"{moment}__gte": last}), later)
