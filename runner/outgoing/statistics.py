"""What became of an endpoint's attempts in the last day, in numbers and hour by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Case, Count, Q, QuerySet, Value, When
from django.utils import timezone

from runner.day_chart import DayChart, draw, first_hour, hour_of
from runner.models import MessageStatus, OutgoingMessage, SendAttempt

ARRIVED = Q(status__gte=200, status__lt=300)
KINDS = ("arrived", "failed")


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours of an endpoint, and what waits now. `milliseconds`: of those that arrived.

    `milliseconds` is None where nothing has arrived.
    """

    arrived: int = 0
    refused: int = 0
    given_up: int = 0
    waiting: int = 0
    milliseconds: int | None = None

    def __str__(self) -> str:
        if not (self.arrived or self.refused or self.given_up or self.waiting):
            return "nothing"
        said = [f"{self.arrived} arrived"]
        if self.refused:
            said.append(f"{self.refused} failed attempt{'' if self.refused == 1 else 's'}")
        if self.given_up:
            said.append(f"{self.given_up} given up")
        if self.waiting:
            said.append(f"{self.waiting} waiting")
        return ", ".join(said)


def last_day(endpoints: Iterable[UUID]) -> dict[UUID, Day]:
    """Return of each endpoint its last day."""
    keys = list(endpoints)
    since = timezone.now() - timedelta(days=1)
    attempts = (
        _since(since)
        .values_list("message__endpoint")
        .annotate(
            good=Count("pk", filter=ARRIVED),
            bad=Count("pk", filter=~ARRIVED | Q(status__isnull=True)),
            took=Avg("milliseconds", filter=ARRIVED),
        )
    )
    tried = {key: tuple(rest) for key, *rest in attempts}
    # Two questions, each of which has an index: most messages have arrived, and long ago.
    messages = OutgoingMessage.objects.filter(endpoint__in=keys).order_by()
    # Asked for those to some endpoints, or for their numbers, SQLite reads all there ever were.
    ended = OutgoingMessage.objects.filter(ended__isnull=False, ended__gte=since).order_by()
    failed = ended.filter(status=MessageStatus.FAILED).values_list("endpoint", flat=True)
    given_up = Counter(failed.iterator())
    waiting = messages.filter(status=MessageStatus.WAITING, ended__isnull=True)
    waits = dict(waiting.values_list("endpoint").annotate(Count("pk")))
    found = {}
    for key in keys:
        good, bad, took = tried.get(key, (0, 0, None))
        average = None if took is None else round(took)
        found[key] = Day(good, bad, given_up.get(key, 0), waits.get(key, 0), average)
    return found


def chart(endpoints: Iterable[UUID], now: datetime | None = None) -> DayChart:
    """Count the attempts to these endpoints in the last 24 hours, this hour included."""
    first, keys = first_hour(now), set(endpoints)
    outcome = Case(When(ARRIVED, then=Value("arrived")), default=Value("failed"))
    counted = _since(first).annotate(hour=hour_of("started"), outcome=outcome)
    values = counted.values_list("message__endpoint", "hour", "outcome").annotate(Count("pk"))
    wanted = (rest for key, *rest in values if key in keys)
    names = {name: (name, name) for name in KINDS}
    return draw("attempts", KINDS, names, ((hour, it, count) for hour, it, count in wanted), first)


def _since(moment: datetime) -> QuerySet[SendAttempt]:
    """Return the attempts from a moment on, to all endpoints.

    Asked for those to some, SQLite goes through all that these were ever sent.
    """
    return SendAttempt.objects.filter(started__gte=moment).order_by()
