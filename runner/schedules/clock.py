"""The clock by which schedules go, and how long after its time each of them starts."""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

logger = logging.getLogger(__name__)

JUMP = 30.0  # seconds by which a clock may differ from the time that has passed


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


class Watch:
    """Says in the log when the clock by which schedules go was set, to the past or the future."""

    def __init__(self) -> None:
        self._seen: tuple[datetime, float] | None = None

    def look(self, moment: datetime) -> None:
        """Compare what the clock says now with the time that has passed since the last look."""
        passed, before = time.monotonic(), self._seen
        self._seen = moment, passed
        if before is None:
            return
        jump = (moment - before[0]).total_seconds() - (passed - before[1])
        if jump < -JUMP:
            logger.warning(
                "The clock went back by %.0f s; no schedule starts again what it has started, "
                "and each waits for its next time",
                -jump,
            )
        elif jump > JUMP:
            logger.warning(
                "The clock went ahead by %.0f s, or the machine slept; what was due meanwhile "
                "counts as missed, and waits that are over by it have ended",
                jump,
            )
