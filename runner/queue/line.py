"""Which of the runs that are ready begin next: by their queues, their owners, and their turn.

Of all owners who have runs waiting, the one with the fewest runs under way is
served first, and of an owner's runs the one whose turn is earliest. So nobody
keeps the others from their share, and within a share nothing starves: see
`runner.graph.queueing.STEP`.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import shuffle
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from runner.models import Queue, Run, RunStatus
from runner.queue import buckets, queues
from runner.queue.queues import QueueState

# Said like the condition of the queue's index, so that it serves.
AT_HAND = Q(finished__isnull=True, wake_at__isnull=True, held=False)
PUT_OFF = Q(finished__isnull=True, wake_at__isnull=False)
HELD = Q(finished__isnull=True, wake_at__isnull=True, held=True)
OPEN = (AT_HAND, PUT_OFF, HELD)
"""All runs that have not ended, in parts of which each has an index of its own."""

MOST_OWNERS = 50  # that are looked at in a queue, each time others where there are more
SITE = 0x636F6E65  # a number of our own among the locks that PostgreSQL keeps for applications


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it was when it was looked at."""

    id: UUID
    status: str
    epoch: int
    queue: str
    owner: int
    turn: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """Runs in the order in which they begin; `again`: the seconds until there may be more."""

    runs: list[Seen]
    again: float | None = None


def seen(rows: QuerySet[Run]) -> list[Seen]:
    """Return the runs of these rows."""
    return [
        Seen(*row) for row in rows.values_list("pk", "status", "epoch", "queue", "owner", "turn")
    ]


def line(most: int, labels: Sequence[str] = ("",)) -> Line:
    """Return the runs with one of these texts of labels that could begin now, at most so many."""
    # A worker looks every second: what it reads is at hand until its next look.
    states = queues.known(queues.OLDEST / 2)
    left = room(states.values())
    if queues.site_limit():
        most = min(most, queues.site_limit() - running().count())
    waiting: dict[int, list[Seen]] = defaultdict(list)
    for name, state in states.items():
        fits = min(most, left.get(name, most))
        if fits <= 0 or state.paused:
            continue
        for text in labels:
            there = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED, queue=name, labels=text)
            for owner in _owners(name, text):
                waiting[owner] += seen(there.filter(owner=owner).order_by("turn")[:fits])
    return Line(fairly(waiting, left, most))


def fairly(waiting: dict[int, list[Seen]], room: dict[str, int], most: int) -> list[Seen]:
    """Return at most so many of the owners' runs in their order, each queue's as it has room."""
    left = {owner: deque(sorted(runs, key=lambda run: run.turn)) for owner, runs in waiting.items()}
    has = busy() if len(left) > 1 else Counter()
    heads = [(has[owner], runs[0].turn, owner) for owner, runs in left.items() if runs]
    heapq.heapify(heads)
    chosen: list[Seen] = []
    while heads and len(chosen) < most:
        under_way, _, owner = heapq.heappop(heads)
        run = left[owner].popleft()
        if room.get(run.queue, 1) > 0:
            chosen.append(run)
            under_way += 1
            if run.queue in room:
                room[run.queue] -= 1
        if left[owner]:
            heapq.heappush(heads, (under_way, left[owner][0].turn, owner))
    return chosen


def busy() -> Counter[int]:
    """Return how many runs each owner has under way."""
    # Of all owners: asked for some, SQLite would go through all that these ever had.
    return Counter(dict(running().values_list("owner").annotate(Count("pk"))))


def running(queue: str | None = None) -> QuerySet[Run]:
    """Return the runs that workers execute, or are to take over from one that is gone."""
    rows = Run.objects.filter(AT_HAND, status=RunStatus.RUNNING).order_by()
    return rows if queue is None else rows.filter(queue=queue)


def room(states: Iterable[QueueState]) -> dict[str, int]:
    """Return how many runs of the queues that limit how many run could begin."""
    limits = {state.name: state.concurrency for state in states if state.concurrency is not None}
    if not limits:
        return {}
    rows = running().filter(queue__in=limits).values_list("queue").annotate(Count("pk"))
    under_way = dict(rows)
    return {name: limit - under_way.get(name, 0) for name, limit in limits.items()}


def _owners(queue: str, labels: str) -> list[int]:
    """Return who has such runs ready in a queue, without a look at each of these runs."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"queue": queue, "labels": labels, "most": 10_000})
        found = [row[0] for row in cursor.fetchall() if row[0] is not None]
    if len(found) > MOST_OWNERS:
        # Those with the fewest runs under way come first; the rest have their turn after them.
        has = busy()
        shuffle(found)
        return sorted(found, key=lambda owner: has[owner])[:MOST_OWNERS]
    return found


_READY = (
    "status = 'queued' AND queue = %(queue)s AND labels = %(labels)s "
    "AND finished IS NULL AND wake_at IS NULL AND NOT held"
)
# A step through the queue's index for each owner.
_OWNERS = f"""
    WITH RECURSIVE owners(id) AS (
        SELECT min(owner_id) FROM runner_run WHERE {_READY}
        UNION ALL
        SELECT (SELECT min(owner_id) FROM runner_run WHERE {_READY} AND owner_id > owners.id)
        FROM owners WHERE owners.id IS NOT NULL)
    SELECT id FROM owners LIMIT %(most)s"""  # noqa: S608


class Room:
    """How many runs of some queues may begin, as nobody else can change it now.

    Used within the transaction that claims them.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.again: float | None = None
        states = queues.known()
        limited = sorted(name for name in names if name in states and states[name].limited)
        self._tokens: dict[str, tuple[float, int]] = {}
        self._site: int | None = None
        if names and queues.site_limit():
            if connection.vendor == "postgresql":
                # SQLite has one writer anyway.
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SITE])
            self._site = queues.site_limit() - running().count()
        # A queue that another worker is claiming from is left to it.
        rows = Queue.objects.select_for_update(skip_locked=True).filter(name__in=limited)
        mine = [QueueState.of(row) for row in rows.order_by("name")] if limited else []
        self._room: dict[str, int] = dict.fromkeys(limited, 0)
        self._room |= {
            it.name: 1_000_000
            if it.concurrency is None
            else it.concurrency - running(it.name).count()
            for it in mine
            if not it.paused
        }
        self._rates = {it.name: (it.rate, it.burst) for it in mine if it.rate is not None}

    def has_some(self, queue: str) -> bool:
        """Say whether any run of this queue may begin."""
        return (self._site is None or self._site > 0) and self._room.get(queue, 1) > 0

    def take(self, queue: str) -> bool:
        """Say whether a run of this queue may begin, and count it in."""
        if self._site is not None and self._site <= 0:
            return False
        left = self._room.get(queue)
        if left is not None:
            if left <= 0 or not self._has_token(queue):
                return False
            self._room[queue] = left - 1
        if self._site is not None:
            self._site -= 1
        return True

    def _has_token(self, queue: str) -> bool:
        if queue not in self._rates:
            return True
        rate, burst = self._rates[queue]
        there, again = buckets.take(f"queue:{queue}", 1, rate, burst)
        if not there:
            self._room[queue] = 0
            self.again = sooner(self.again, again)
        return bool(there)


def sooner(one: float | None, other: float | None) -> float | None:
    """Return the earlier of two moments, of which each may be unknown."""
    return min((it for it in (one, other) if it is not None), default=None)
