"""How much is kept, as the operator has set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of what is over is kept. 0 sets no limit.

    Journals and rows are counted by blueprint, deliveries by webhook; days
    count from the end of a run, or from a delivery's arrival.
    """

    journal_days: int = 0
    journals: int = 0
    journal_bytes: int = 0
    run_days: int = 0
    runs: int = 0
    delivery_days: int = 0
    deliveries: int = 0

    @classmethod
    def set_here(cls) -> Limits:
        """Return the limits of this site."""
        return cls(
            journal_days=settings.CONDUCTOR_KEEP_JOURNALS_DAYS,
            journals=settings.CONDUCTOR_KEEP_JOURNALS,
            journal_bytes=settings.CONDUCTOR_KEEP_JOURNALS_MIB * 1024 * 1024,
            run_days=settings.CONDUCTOR_KEEP_RUNS_DAYS,
            runs=settings.CONDUCTOR_KEEP_RUNS,
            delivery_days=settings.CONDUCTOR_KEEP_DELIVERIES_DAYS,
            deliveries=settings.CONDUCTOR_KEEP_DELIVERIES,
        )

    def oldest_journal(self, now: datetime) -> datetime | None:
        """Return before which end a journal is too old; a row never goes before its journal."""
        days = [it for it in (self.journal_days, self.run_days) if it]
        return now - timedelta(days=min(days)) if days else None

    def oldest_run(self, now: datetime) -> datetime | None:
        """Return before which end the row of a run is too old."""
        return now - timedelta(days=self.run_days) if self.run_days else None

    def oldest_delivery(self, now: datetime) -> datetime | None:
        """Return before which arrival a delivery is too old."""
        return now - timedelta(days=self.delivery_days) if self.delivery_days else None
