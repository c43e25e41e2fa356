"""How often a webhook may be called: a bucket of tokens for each, which all web processes share.

A process borrows tokens of the row a few at a time, so that a request seldom waits for the
database: one at first, twice as many whenever they did not last, at most what the rate
gives in a quarter of a second. What was borrowed and not used in a second is given up. Where there
was none, the moment of the next is remembered, and until then nobody asks the row: whoever calls
too often costs no write there.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from uuid import UUID

from runner.models import Webhook
from runner.queue import buckets
from runner.queue.asking import Asking

MOST_REMEMBERED = 10_000
SHARE = 0.25  # seconds for which tokens are borrowed at most
KEPT = 1.0  # seconds after which unused ones are given up


@dataclass(slots=True)
class _Lent:
    tokens: int = 0
    batch: int = 1
    borrowed: float = -math.inf
    none_until: float = -math.inf
    asked: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class RateLimits:
    """What a process has borrowed. By the clock that does not jump; the rows' is the database's."""

    def __init__(self) -> None:
        self._lent: dict[UUID, _Lent] = {}
        self._asking = Asking("webhook-limits")

    async def wait(self, webhook: Webhook) -> float:
        """Take a token and return 0, or return in how many seconds there will be one.

        Raises DatabaseError where the row cannot be asked.
        """
        rate = webhook.rate_limit / 60
        if not rate:
            return 0
        lent = self._lent.get(webhook.pk)
        if lent is None:
            if len(self._lent) >= MOST_REMEMBERED:
                self._forget_unused()
            lent = self._lent[webhook.pk] = _Lent()
        while True:
            now = time.monotonic()
            if lent.tokens and now - lent.borrowed < KEPT:
                lent.tokens -= 1
                return 0
            if now < lent.none_until:
                return lent.none_until - now
            asked = lent.asked
            async with lent.asking:
                # Whoever asked meanwhile may have borrowed for this one as well. To ask once more
                # would give up what is left of that.
                if lent.asked == asked:
                    await self._borrow(webhook, lent, rate)

    async def _borrow(self, webhook: Webhook, lent: _Lent, rate: float) -> None:
        burst = webhook.burst or webhook.rate_limit
        soon = time.monotonic() - lent.borrowed < SHARE
        lent.batch = min(2 * lent.batch, max(1, int(rate * SHARE))) if soon else 1
        key = f"webhook:{webhook.pk}"
        wanted = min(lent.batch, burst)
        there, wait = await self._asking.ask_twice(buckets.take, key, wanted, rate, burst)
        lent.tokens, lent.borrowed = there, time.monotonic()
        lent.asked += 1
        if not there:
            lent.none_until = lent.borrowed + wait

    def forget(self) -> None:
        """Give up what was borrowed, and ask the rows anew."""
        self._lent.clear()

    def _forget_unused(self) -> None:
        earliest = time.monotonic() - KEPT
        self._lent = {
            key: it
            for key, it in self._lent.items()
            if max(it.borrowed, it.none_until) > earliest or it.asking.locked()
        }


rate_limits = RateLimits()


def retry_after(seconds: float) -> bytes:
    """Return the header's value: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds))).encode()
