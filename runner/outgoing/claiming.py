"""Who sends which message: each is claimed for a while, so that one process at a time has it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from runner.models import Endpoint, MessageStatus, OutgoingMessage, SendAttempt
from runner.outgoing import schedule
from runner.outgoing.endpoints import switch_off
from runner.outgoing.failing import tell_owner, too_long
from runner.outgoing.waking import tell_step
from runner.sealing import SecretBox, SecretUnreadable

PER_ENDPOINT = 4
"""Messages to one endpoint that are on their way at once, so that a slow one delays no other."""
LEASE = timedelta(seconds=60)
"""How long a claim holds. Longer than an attempt: who claims it anew then may send it twice."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to send now, with the secrets that sign it."""

    id: UUID
    webhook_id: str
    claim: str
    url: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    # Why it cannot be sent at all.
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. `status` None: no answer, and `error` says why."""

    started: datetime
    milliseconds: int
    status: int | None
    error: str = ""
    answer: bytes = b""
    retry_after: float | None = None
    permanent: bool = False

    @property
    def arrived(self) -> bool:
        """Whether the receiver has taken the message: 2xx alone says so."""
        return self.status is not None and 200 <= self.status < 300


def claim(token: str, room: int) -> list[Claimed]:
    """Claim messages that are due, at most `room`, and at most PER_ENDPOINT of an endpoint."""
    found: list[Claimed] = []
    due = _waiting().filter(due__lte=timezone.now(), endpoint__enabled=True)
    for key in list(due.order_by().values_list("endpoint", flat=True).distinct()):
        if len(found) >= room:
            break
        found += _claim_of(key, token, room - len(found))
    return found


def _waiting() -> QuerySet[OutgoingMessage]:
    """Return the messages that wait, said like the condition of their index."""
    return OutgoingMessage.objects.filter(status=MessageStatus.WAITING, ended__isnull=True)


@transaction.atomic
def _claim_of(key: UUID, token: str, room: int) -> list[Claimed]:
    now = timezone.now()
    # Those who claim for an endpoint take turns, so that together they keep to its bound.
    locked = Endpoint.objects.select_for_update(skip_locked=True, no_key=True)
    endpoint = locked.filter(pk=key, enabled=True).first()
    if endpoint is None:
        return []
    waiting = _waiting().filter(endpoint=endpoint)
    under_way = waiting.exclude(claim="").filter(due__gt=now).count()
    room = min(room, PER_ENDPOINT - under_way)
    if room <= 0:
        return []
    rows = list(waiting.filter(due__lte=now).order_by("due", "pk")[:room])
    secrets, wrong = _secrets(endpoint, now)
    found = []
    for row in rows:
        mine = waiting.filter(pk=row.pk, due=row.due, claim=row.claim)
        if mine.update(claim=token, due=now + LEASE):
            headers, unread = _headers(row)
            found.append(
                Claimed(
                    row.pk,
                    row.webhook_id,
                    token,
                    endpoint.url,
                    bytes(row.body),
                    secrets,
                    headers,
                    wrong or unread,
                )
            )
    return found


def _headers(row: OutgoingMessage) -> tuple[dict[str, str], str]:
    if not row.headers:
        return {}, ""
    try:
        found: dict[str, str] = json.loads(SecretBox.of_site().open(row.headers))
    except SecretUnreadable:
        return {}, "Its headers were encrypted with another SECRET_KEY and cannot be read."
    return found, ""


def _secrets(endpoint: Endpoint, now: datetime) -> tuple[tuple[str, ...], str]:
    """Return the secrets that sign now; during a rotation the old one does too."""
    box = SecretBox.of_site()
    try:
        found = [box.open(endpoint.secret)]
        if endpoint.old_secret and endpoint.old_until and endpoint.old_until > now:
            found.append(box.open(endpoint.old_secret))
    except SecretUnreadable as error:
        return (), str(error)
    return tuple(found), ""


@transaction.atomic
def note(claimed: Claimed, outcome: Outcome) -> None:
    """Write an attempt down and what follows from it; a claim that was lost changes no status."""
    now = timezone.now()
    if not OutgoingMessage.objects.filter(pk=claimed.id).exists():
        return
    SendAttempt.objects.create(
        message_id=claimed.id,
        started=outcome.started,
        milliseconds=outcome.milliseconds,
        status=outcome.status,
        error=outcome.error,
        answer=outcome.answer,
    )
    rows = OutgoingMessage.objects.select_for_update(of=("self",)).select_related("endpoint")
    message = rows.filter(pk=claimed.id, claim=claimed.claim).first()
    if message is None:
        return
    message.tries += 1
    message.began = message.began or outcome.started
    message.claim = ""
    if outcome.arrived:
        # Also where the endpoint was switched off meanwhile: it has arrived.
        _end(message, MessageStatus.DELIVERED, "", now)
        Endpoint.objects.filter(pk=message.endpoint_id, failing_since__isnull=False).update(
            failing_since=None
        )
        return
    if message.status != MessageStatus.WAITING:
        message.save(update_fields=["tries", "began", "claim"])
        return
    following = schedule.next_moment(message.tries, message.began, now, outcome.retry_after)
    said = outcome.error or f"The last answer was {outcome.status}."
    if outcome.status == 410 or outcome.permanent or following is None:
        tries = f"{message.tries} attempt{'' if message.tries == 1 else 's'}"
        _end(message, MessageStatus.FAILED, f"{said} ({tries})", now)
    else:
        message.due = following
        message.save(update_fields=["tries", "began", "claim", "due"])
    _judge(message.endpoint, outcome, said, now)


def _end(message: OutgoingMessage, status: MessageStatus, why: str, now: datetime) -> None:
    message.status, message.why, message.ended = status, why, now
    message.save(update_fields=["status", "why", "ended", "tries", "began", "claim"])
    tell_step(message)


def _judge(endpoint: Endpoint, outcome: Outcome, said: str, now: datetime) -> None:
    """Switch the endpoint off where it says that it is gone, or has taken nothing for days."""
    if not endpoint.enabled:
        return
    Endpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=True).update(
        failing_since=outcome.started
    )
    endpoint.refresh_from_db(fields=["failing_since", "enabled"])
    why = ""
    if outcome.status == 410:
        why = "It answered 410: it takes no messages any more."
    elif endpoint.failing_since and too_long(endpoint.failing_since, now):
        since = endpoint.failing_since.strftime("%Y-%m-%d %H:%M UTC")
        why = f"Nothing has arrived since {since}. {said}"
    if why:
        switch_off(endpoint, why)
        tell_owner(endpoint)


def give_back(token: str) -> None:
    """Let others send at once what this process has claimed and not noted."""
    _waiting().filter(claim=token).update(claim="", due=timezone.now())
