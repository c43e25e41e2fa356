"""The clock by which schedules go, and how long after its time each of them starts."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """Return what time it is, for all workers alike: the clocks of their machines may differ."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def delay_of(schedule: UUID, time: datetime, longest: timedelta) -> timedelta:
    """Return how much later a time of a schedule starts: always as much, whoever asks."""
    seconds = int(longest.total_seconds())
    if not seconds:
        return timedelta()
    text = f"{schedule} {time.timestamp():.0f}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return timedelta(seconds=number % (seconds + 1))
