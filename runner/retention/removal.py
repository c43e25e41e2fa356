"""Removes a little at a time, so that nobody who writes waits long."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils import timezone

from runner.models import (
    JournalChunk,
    Pruned,
    Retention,
    Run,
    SeenRequest,
    Signal,
    Wait,
    WebhookDelivery,
)
from runner.retention import candidates
from runner.retention.holding import Hold
from runner.retention.sizes import Octets, total

# What one transaction removes at most; more than that of a single run goes in several.
MOST_ROWS = 1000
MOST_BYTES = 1024 * 1024
# The part of the time in which the database is written to for this.
SHARE = 0.25
LEAST_PAUSE = 0.02  # seconds


@dataclass(slots=True)
class Tally:
    """What was removed: how many journals, of how many bytes, rows of runs, and deliveries."""

    journals: int = 0
    bytes: int = 0
    runs: int = 0
    deliveries: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, it.name) for it in fields(self))

    def add(self, other: Tally) -> None:
        """Add what another has counted."""
        for it in fields(self):
            setattr(self, it.name, getattr(self, it.name) + getattr(other, it.name))


class Stopped(Exception):
    """The process is asked to end."""


class Removal:
    """Removes what is named, page by page; `tally` is what has gone.

    `pause` waits for some seconds and says whether to stop. Each transaction
    looks once more whether what is named may go, with the rows locked.
    """

    def __init__(self, hold: Hold, pause: Callable[[float], bool]) -> None:
        self.tally = Tally()
        self._hold = hold
        self._pause = pause

    def finish(self) -> None:
        """Remove what is left of a journal that was begun. Raises Busy and Stopped."""
        while self._change(self._go_on):
            pass

    def journals(self, keys: Sequence[UUID]) -> None:
        """Remove journals, with what came for the runs' steps. Raises Busy and Stopped."""
        left = list(keys)
        # What has ended does not grow; who writes need not wait for this.
        sizes = _sizes(left)
        while left:
            left = self._change(partial(self._journals, left, sizes))
            self.finish()

    def runs(self, keys: Sequence[UUID]) -> None:
        """Remove the rows of runs. Raises Busy and Stopped."""
        self._change(partial(self._runs, keys))

    def deliveries(self, keys: Sequence[UUID]) -> None:
        """Remove deliveries. Raises Busy and Stopped."""
        left = list(keys)
        while left:
            left = self._change(partial(self._deliveries, left))

    def seen(self, now: datetime) -> None:
        """Forget the requests whose time to be remembered is over. Raises Busy and Stopped."""
        while SeenRequest.objects.filter(expires__lt=now).exists():
            self._change(partial(self._seen, now))

    def _change(self, work: Callable[[Retention], Any]) -> Any:
        began = time.monotonic()
        with self._hold.changing() as known:
            before = Tally(**{it.name: getattr(self.tally, it.name) for it in fields(Tally)})
            result = work(known)
            _note(before, self.tally)
        took = time.monotonic() - began
        if self._pause(max(LEAST_PAUSE, took * (1 / SHARE - 1))):
            raise Stopped
        return result

    def _journals(
        self, keys: list[UUID], sizes: Mapping[UUID, tuple[int, int]], known: Retention
    ) -> list[UUID]:
        """Remove as many as one transaction may; return those that are left."""
        locked = Run.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=keys)
        mine = [run.pk for run in locked.only("pk").order_by("pk")]
        sound = set(candidates.journals().filter(pk__in=mine).values_list("pk", flat=True))
        taken: list[UUID] = []
        count = size = 0
        for place, key in enumerate(keys):
            if key not in sound:
                continue
            count += sizes[key][0]
            size += sizes[key][1]
            if (count > MOST_ROWS or size > MOST_BYTES) and taken:
                keys = keys[place:]
                break
            taken.append(key)
        else:
            keys = []
        Run.objects.filter(pk__in=taken).update(pruned=timezone.now())
        self.tally.journals += len(taken)
        if len(taken) == 1 and (count > MOST_ROWS or size > MOST_BYTES):
            # From this commit on it counts as pruned, whoever is killed before the rest has gone.
            Retention.objects.filter(pk=1).update(rest=taken[0])
            return keys
        self._delete_chunks(known, Q(run__in=taken))
        for model in (Signal, Wait):
            model.objects.filter(run__in=taken).delete()
        return keys

    def _go_on(self, known: Retention) -> bool:
        """Remove some of a long journal; say whether any is left."""
        run = known.rest_id
        if run is None:
            return False
        room, size, keys = MOST_ROWS, 0, []
        chunks = JournalChunk.objects.filter(run=run).order_by("first_seq")
        for key, octets in chunks.values_list("pk", Octets("events"))[:room]:
            size += octets
            keys.append(key)
            if size > MOST_BYTES:
                break
        self._delete_chunks(known, Q(pk__in=keys))
        room -= len(keys)
        for model in (Signal, Wait):
            found = list(model.objects.filter(run=run).values_list("pk", flat=True)[:room])
            model.objects.filter(pk__in=found).delete()
            room -= len(found)
        if room == MOST_ROWS:
            Retention.objects.filter(pk=1).update(rest=None)
            return False
        return True

    def _delete_chunks(self, known: Retention, which: Q) -> None:
        chunks = JournalChunk.objects.filter(which)
        octets = Octets("events")
        gone = chunks.aggregate(
            all=total(octets), known=total(octets, filter=Q(pk__lte=known.measured))
        )
        chunks.delete()
        self.tally.bytes += gone["all"]
        Retention.objects.filter(pk=1).update(bytes=F("bytes") - gone["known"])

    def _runs(self, keys: Sequence[UUID], _: Retention) -> None:
        locked = Run.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=keys)
        mine = [run.pk for run in locked.only("pk").order_by("pk")]
        # A journal that is begun goes whole before its row does.
        rest = Q(pk__in=Retention.objects.exclude(rest=None).values("rest"))
        sound = candidates.rows().filter(pk__in=mine).exclude(rest)
        gone = [run.pk for run in sound.only("pk")]
        Run.objects.filter(pk__in=gone).only("pk").delete()
        self.tally.runs += len(gone)

    def _seen(self, now: datetime, _: Retention) -> None:
        over = SeenRequest.objects.filter(expires__lt=now).values_list("pk", flat=True)
        SeenRequest.objects.filter(pk__in=list(over[:MOST_ROWS])).delete()

    def _deliveries(self, keys: list[UUID], _: Retention) -> list[UUID]:
        found = candidates.deliveries().filter(pk__in=keys)
        sizes = dict(found.values_list("pk", Octets("body")))
        size = 0
        gone: list[UUID] = []
        for place, key in enumerate(keys):
            size += sizes.get(key, 0)
            if size > MOST_BYTES and gone:
                keys = keys[place:]
                break
            if key in sizes:
                gone.append(key)
        else:
            keys = []
        WebhookDelivery.objects.filter(pk__in=gone).only("pk").delete()
        self.tally.deliveries += len(gone)
        return keys


def _sizes(runs: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return of each run the rows of its journal and of what came for its steps, and the bytes."""
    found = dict.fromkeys(runs, (0, 0))
    chunks = JournalChunk.objects.filter(run__in=runs).order_by().values_list("run")
    for key, count, size in chunks.annotate(Count("pk"), size=total(Octets("events"))):
        found[key] = (count, size)
    for model in (Signal, Wait):
        more = model.objects.filter(run__in=runs).order_by().values_list("run")
        for key, count in more.annotate(Count("pk")):
            found[key] = (found[key][0] + count, found[key][1])
    return found


def _note(before: Tally, after: Tally) -> None:
    """Add to the day's row what one transaction has removed."""
    names = [it.name for it in fields(Tally)]
    more = {name: getattr(after, name) - getattr(before, name) for name in names}
    if not any(more.values()):
        return
    day = datetime.now(UTC).date()
    Pruned.objects.get_or_create(day=day)
    Pruned.objects.filter(day=day).update(**{name: F(name) + more[name] for name in names})
