"""A request to a webhook as the row that is kept of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

from runner.journal.committer import OneWrite, committer
from runner.journal.rows import Delivery
from runner.journal.window import DeliveryWrite
from runner.models import Verdict
from runner.webhooks.lookup import Address
from runner.webhooks.request import Request


def delivery_of(
    address: Address,
    request: Request,
    verdict: Verdict,
    reason: str = "",
    *,
    run: UUID | None = None,
    replay_of: UUID | None = None,
) -> Delivery:
    """Return the row of a request, without what proves who the sender is."""
    return Delivery(
        webhook=address.webhook.pk,
        received=request.received,
        method=request.method[:10],
        path=_storable(request.path),
        query=request.query,
        headers=request.public_headers(address.credentials),
        body=request.body,
        sender=request.sender[:45],
        verdict=verdict.value,
        reason=reason,
        run=run,
        replay_of=replay_of,
    )


async def write(delivery: Delivery) -> None:
    """Keep a delivery that started no run; it shares a commit with what else is written."""
    waiting = OneWrite(asyncio.get_running_loop(), DeliveryWrite(delivery))
    committer().put(waiting)
    await waiting.future


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
