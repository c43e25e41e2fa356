"""What the queue needs from time to time: what is free for those who wait, nothing of the past."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from runner.models import Bucket, Run, RunKey
from runner.queue import keys, slots
from runner.queue.pgqueuer import mend
from runner.queue.wake import wake_workers

EVERY = 20.0  # seconds
MOST = 1000
UNUSED = timedelta(days=7)


def keep_up(stop: threading.Event) -> float:
    """Give slots and keys that are free, and forget keys that lead nowhere; a chore of workers."""
    mended = mend()
    if slots.sweep() or mended:
        wake_workers()
    keys.sweep()
    forget_keys()
    return EVERY


def forget_keys() -> int:
    """Remove keys and buckets that say nothing any more; return how many keys there were."""
    now = timezone.now()
    # Asked of each key, of which there are few: a join may begin with all runs.
    goes_on = Run.objects.filter(pk=OuterRef("run"), finished__isnull=True)
    over = ~Exists(goes_on) & (Q(until__isnull=True) | Q(until__lt=now))
    found = list(RunKey.objects.filter(over).values_list("pk", flat=True)[:MOST])
    if found:
        # One that leads to another run since then stays.
        RunKey.objects.filter(over, pk__in=found).delete()
    full = Bucket.objects.filter(due__lt=(now - UNUSED).timestamp())
    full.filter(pk__in=list(full.values_list("pk", flat=True)[:MOST])).delete()
    return len(found)
