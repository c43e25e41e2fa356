"""Token buckets that all workers share: rows say how fast things may go."""

from __future__ import annotations

import time

from django.db import connection, transaction

from runner.models import Bucket


def take(key: str, wanted: int, rate: float, burst: int) -> tuple[int, float]:
    """Take up to `wanted` tokens of a bucket that gets `rate` in a second and holds `burst`.

    Returns how many there were, and the seconds until there is another.
    """
    with transaction.atomic():
        row, now = _locked(key)
        # The moment up to which tokens have been given out, were they given evenly.
        due = max(row.due, now - burst / rate)
        there = min(wanted, int((now - due) * rate + 1e-6))
        due += there / rate
        if there:
            Bucket.objects.filter(pk=key).update(due=due)
    return there, max(0.0, due + 1 / rate - now)


def reserve(key: str, rate: float, burst: int) -> float:
    """Take one token, also one that is not there yet; return the seconds until it is."""
    with transaction.atomic():
        row, now = _locked(key)
        due = max(row.due, now - burst / rate) + 1 / rate
        Bucket.objects.filter(pk=key).update(due=due)
    return max(0.0, due - now)


def refill(key: str) -> None:
    """Forget what was taken: it was reckoned by another rate."""
    Bucket.objects.filter(pk=key).update(due=0.0)


def _locked(key: str) -> tuple[Bucket, float]:
    """Return a bucket that nobody else may change now, and the time that all agree on."""
    # A new one is full: nothing was ever taken of it.
    Bucket.objects.get_or_create(pk=key, defaults={"due": 0.0})
    row = Bucket.objects.select_for_update().get(pk=key)
    return row, _now()


def _now() -> float:
    """Return the seconds since 1970 by the database's clock: those of machines differ."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0])
