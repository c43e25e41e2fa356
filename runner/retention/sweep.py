"""A sweep removes all that is beyond the limits, in small steps; the site makes one a minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from runner.models import JournalChunk, Pruned, Retention, WebhookDelivery
from runner.retention import candidates, values
from runner.retention.holding import Busy, Hold, is_due
from runner.retention.limits import Limits
from runner.retention.removal import Removal, Stopped, Tally
from runner.retention.sizes import Octets, measure, measure_anew, total

logger = logging.getLogger(__name__)

EVERY = 60.0  # seconds between the sweeps of a site
TOLD = timedelta(days=400)  # for how long it is told what was pruned on a day
ENOUGH = 0.9  # the part of the limit down to which journals are pruned where they are too large


def sweep(limits: Limits, stop: threading.Event) -> Tally:
    """Remove all that is beyond the limits, oldest first; return what has gone.

    Ends early where the event is set. Raises Busy where another process prunes.
    """
    hold = Hold()
    removal = Removal(hold, stop.wait)
    now = timezone.now()
    try:
        removal.finish()
        for keys in candidates.journals_over(limits, now):
            removal.journals(keys)
        if limits.journal_bytes:
            for keys in candidates.oldest_journals(_surplus(limits.journal_bytes, hold, stop.wait)):
                removal.journals(keys)
        for keys in candidates.rows_over(limits, now):
            removal.runs(keys)
        for keys in candidates.deliveries_over(limits, now):
            removal.deliveries(keys)
        removal.seen(now)
        if removal.tally:
            values.remove_unreferenced(stop)
            Pruned.objects.filter(day__lt=datetime.now(UTC).date() - TOLD).delete()
    except Stopped:
        logger.debug("Pruning ends early: the process ends")
    finally:
        hold.give_back(due=timedelta(seconds=EVERY))
    return removal.tally


def _surplus(most: int, hold: Hold, pause: Callable[[float], bool]) -> Callable[[], bool]:
    """Return the question whether journals take too many bytes; once they do, well below it."""

    def sum_up() -> int:
        while measure(hold):
            if pause(0):
                raise Stopped
        return Retention.objects.get(pk=1).bytes

    bound = most
    if sum_up() > most:
        measure_anew(hold)
        bound = int(most * ENOUGH) if sum_up() > most else most
    return lambda: Retention.objects.get(pk=1).bytes > bound


def would_go(limits: Limits) -> Tally:
    """Return what a sweep would remove now."""
    now = timezone.now()
    tally = Tally()
    gone = set()
    for keys in candidates.journals_over(limits, now):
        gone.update(keys)
        tally.add(Tally(journals=len(keys), bytes=_bytes_of(keys)))
    if limits.journal_bytes:
        whole = JournalChunk.objects.aggregate(size=total(Octets("events")))["size"]
        bound = limits.journal_bytes
        if whole - tally.bytes > bound:
            bound = int(bound * ENOUGH)
        for page in candidates.oldest_journals(lambda: whole - tally.bytes > bound):
            keys = [key for key in page if key not in gone]
            tally.add(Tally(journals=len(keys), bytes=_bytes_of(keys)))
    tally.runs = sum(len(keys) for keys in candidates.rows_over(limits, now))
    seen: set[UUID] = set()
    for keys in candidates.deliveries_over(limits, now):
        seen.update(keys)
    tally.deliveries = WebhookDelivery.objects.filter(pk__in=seen).count() if seen else 0
    return tally


def _bytes_of(runs: candidates.Keys) -> int:
    chunks = JournalChunk.objects.filter(run__in=runs)
    return int(chunks.aggregate(size=total(Octets("events")))["size"])


def from_time_to_time(stop: threading.Event) -> float:
    """Sweep if it is time for it and nobody else does; return the seconds until the next look."""
    if is_due():
        try:
            sweep(Limits.set_here(), stop)
        except Busy:
            logger.debug("Another process prunes")
    return EVERY
