"""How many bytes things take, and all journals together, without reading all of them each time."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db.models import BigIntegerField, Func, Max, Sum
from django.db.models.functions import Coalesce

from runner.models import JournalChunk, Retention
from runner.retention.holding import Hold

SLICE = 2000  # chunks that are measured at once


class Octets(Func):
    """The bytes of a text or of a binary value."""

    function = "OCTET_LENGTH"
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Say it as older versions of SQLite understand it; they read the value for it."""
        if sqlite3.sqlite_version_info >= (3, 43):
            return self.as_sql(compiler, connection)
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))")


def total(expression: Any, **more: Any) -> Any:
    """Return the sum of bytes over rows; 0 without any."""
    return Coalesce(Sum(expression, **more), 0, output_field=BigIntegerField())


def measure(hold: Hold) -> bool:
    """Add some of the chunks that were written since to `Retention.bytes`; say if any are left.

    Two transactions may commit in another order than that of their chunks' ids,
    so only those are added that were there at the measurement before.
    """
    known = Retention.objects.get(pk=1)
    new = JournalChunk.objects.filter(pk__gt=known.measured, pk__lte=known.seen)
    keys = list(new.order_by("pk").values_list("pk", flat=True)[:SLICE])
    if not keys:
        newest = JournalChunk.objects.aggregate(newest=Max("pk"))["newest"] or 0
        if newest > known.seen:
            with hold.changing():
                Retention.objects.filter(pk=1).update(seen=newest)
        return False
    size = JournalChunk.objects.filter(pk__in=keys).aggregate(size=total(Octets("events")))["size"]
    with hold.changing() as known:
        known.bytes += size
        known.measured = keys[-1]
        known.save(update_fields=["bytes", "measured"])
    return True


def measure_anew(hold: Hold) -> None:
    """Forget the sum: what was deleted with its blueprint or owner is still in it."""
    with hold.changing() as known:
        known.bytes = known.measured = 0
        known.save(update_fields=["bytes", "measured"])
