"""How often a webhook may be called: a bucket of tokens for each, in this process.

Each web process counts for itself, so that no request waits for a row: with
several, a webhook takes as many times its limit.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from uuid import UUID

from runner.models import Webhook

MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class RateLimits:
    """The buckets of a process. By the clock that does not jump."""

    def __init__(self) -> None:
        self._buckets: dict[UUID, _Bucket] = {}

    def wait(self, webhook: Webhook) -> float:
        """Take a token and return 0, or return in how many seconds there will be one."""
        rate = webhook.rate_limit / 60
        if not rate:
            return 0
        size = float(webhook.burst or webhook.rate_limit)
        now = time.monotonic()
        bucket = self._buckets.get(webhook.pk)
        if bucket is None:
            if len(self._buckets) >= MOST_REMEMBERED:
                self._forget_full(now)
            bucket = self._buckets[webhook.pk] = _Bucket(size, now)
        bucket.tokens = min(size, bucket.tokens + (now - bucket.filled) * rate)
        bucket.filled = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= 1
        return 0

    def forget(self) -> None:
        """Fill all buckets."""
        self._buckets.clear()

    def _forget_full(self, now: float) -> None:
        # Unused for a minute it is full again, but where bursts are larger than a minute's worth.
        self._buckets = {key: it for key, it in self._buckets.items() if now - it.filled < 60}


rate_limits = RateLimits()


def retry_after(seconds: float) -> bytes:
    """Return the header's value: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds))).encode()
