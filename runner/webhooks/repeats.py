"""Requests that come again: what tells them, and what the first one started.

The row that remembers a request is written in the commit of its run, so a
crash leaves both or neither; a unique constraint decides between processes,
and taking turns between the requests of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from runner.journal.rows import Seen
from runner.models import Run, SeenRequest
from runner.queue.asking import Asking
from runner.webhooks.lookup import Trigger
from runner.webhooks.request import Request

IDEMPOTENCY_KEY = "idempotency-key"
LONGEST_KEY = 1000  # characters

_asking = Asking("webhook-repeats")
_turns: dict[tuple[UUID, str], _Turn] = {}


class _Turn:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


def seen_of(trigger: Trigger, request: Request) -> Seen | None:
    """Return what tells the request from others; None where nothing does, or nobody asks."""
    if trigger.once == "never":
        return None
    body = sha256(request.body).hexdigest()
    if trigger.once == "body":
        told = "\0".join((request.method, request.path, request.query, body))
    else:
        name = IDEMPOTENCY_KEY if trigger.once == "idempotency_key" else trigger.once_header
        value = request.headers.get(name, "").strip()
        if not value or len(value) > LONGEST_KEY:
            return None
        told = value
    key = sha256(f"{trigger.node}\0{trigger.once}\0{told}".encode()).hexdigest()
    return Seen(key, body, request.received + trigger.once_for)


@asynccontextmanager
async def turn(webhook: UUID, key: str) -> AsyncIterator[None]:
    """Let the requests with one key in one after the other."""
    place = (webhook, key)
    waiting = _turns.setdefault(place, _Turn())
    waiting.users += 1
    try:
        async with waiting.lock:
            yield
    finally:
        waiting.users -= 1
        if not waiting.users:
            _turns.pop(place, None)


async def first(webhook: UUID, seen: Seen, now: float) -> SeenRequest | None:
    """Return the row of the request that came first, if one did and is still remembered."""
    return await _asking.ask_twice(_row, webhook, seen.key, now)


def _row(webhook: UUID, key: str, now: float) -> SeenRequest | None:
    row = SeenRequest.objects.filter(webhook=webhook, key=key).first()
    if row is not None and row.expires <= datetime.fromtimestamp(now, UTC):
        SeenRequest.objects.filter(pk=row.pk).delete()
        return None
    return row


async def is_there(run: UUID) -> bool:
    """Say whether the run that the first one started is still kept."""
    return await _asking.ask_twice(Run.objects.filter(pk=run).exists)
