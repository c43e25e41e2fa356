"""What became of the requests of the last day, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from runner.day_chart import DayChart, draw, first_hour, hour_of
from runner.models import WebhookDelivery
from runner.webhooks.badges import VERDICTS

# From below: what was taken, what came again, what was not taken.
KINDS = ("accepted", "duplicate", "refused")


def last_day(webhooks: Iterable[UUID], now: datetime | None = None) -> DayChart:
    """Count what came to these webhooks in the last 24 hours, this hour included."""
    first = first_hour(now)
    # The index has a webhook's deliveries by their moment.
    rows = WebhookDelivery.objects.filter(webhook__in=list(webhooks), received__gte=first)
    counted = rows.order_by().annotate(hour=hour_of("received"))
    names = {name: (word, name if name in KINDS else "refused") for name, word in VERDICTS.items()}
    values = counted.values_list("hour", "verdict").annotate(Count("pk"))
    return draw("requests", KINDS, names, values, first)
