"""When a message is sent again: over 28 hours, ever more seldom."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

# Seconds since the first attempt. The moments up to a day are those of Standard Webhooks 1.0.0,
# read as counted from the first attempt; the last one makes the 28 hours that we promise.
MOMENTS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 100_800)
MOST_TRIES = len(MOMENTS) + 1
LEAST = 5.0  # seconds between two attempts, also where the moment has passed while nobody worked
JITTER = 0.1
MOST_PATIENCE = 86_400.0  # seconds: a receiver may not put a message off for longer

# So that many messages that failed together do not come again together; it need not be secret.
_chance = random.Random()  # noqa: S311


def next_moment(
    tries: int, began: datetime, now: datetime, retry_after: float | None
) -> datetime | None:
    """Return when to try again after so many attempts; None where it was the last one.

    `retry_after` is how many seconds the receiver asks for; it is never called sooner.
    """
    if tries >= MOST_TRIES:
        return None
    planned = began + timedelta(seconds=MOMENTS[tries - 1])
    wait = max((planned - now).total_seconds(), LEAST) * _chance.uniform(1, 1 + JITTER)
    if retry_after is not None:
        wait = max(wait, min(retry_after, MOST_PATIENCE))
    return now + timedelta(seconds=wait)
