"""What became of an endpoint's attempts in the last day, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Avg, Count, Q
from django.utils import timezone

from runner.models import MessageStatus, OutgoingMessage, SendAttempt


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
    arrived = Q(status__gte=200, status__lt=300)
    attempts = (
        SendAttempt.objects.filter(message__endpoint__in=keys, started__gte=since)
        .order_by()
        .values_list("message__endpoint")
        .annotate(
            good=Count("pk", filter=arrived),
            bad=Count("pk", filter=~arrived | Q(status__isnull=True)),
            took=Avg("milliseconds", filter=arrived),
        )
    )
    tried = {key: tuple(rest) for key, *rest in attempts}
    messages = OutgoingMessage.objects.filter(endpoint__in=keys).order_by()
    standing = messages.values_list("endpoint").annotate(
        given_up=Count("pk", filter=Q(status=MessageStatus.FAILED, ended__gte=since)),
        waits=Count("pk", filter=Q(status=MessageStatus.WAITING)),
    )
    stands = {key: tuple(rest) for key, *rest in standing}
    found = {}
    for key in keys:
        good, bad, took = tried.get(key, (0, 0, None))
        given_up, waiting = stands.get(key, (0, 0))
        average = None if took is None else round(took)
        found[key] = Day(good, bad, given_up, waiting, average)
    return found
