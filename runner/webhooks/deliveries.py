"""A request to a webhook as the row that is kept of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

from runner.journal import files
from runner.journal.committer import committer
from runner.journal.rows import Delivery, Seen
from runner.journal.sources import OneWrite
from runner.journal.spill import LARGEST
from runner.journal.window import DeliveryWrite
from runner.models import Verdict, WebhookDelivery, time_ordered_id
from runner.webhooks.lookup import Address
from runner.webhooks.request import Request


async def delivery_of(
    address: Address,
    request: Request,
    verdict: Verdict,
    reason: str = "",
    *,
    run: UUID | None = None,
    replay_of: UUID | None = None,
    seen: Seen | None = None,
) -> Delivery:
    """Return the row of a request, without what proves who the sender is.

    A large body is kept in a file first, below the delivery's own id. Raises
    OperationalError where it cannot be written.
    """
    key, body, name = time_ordered_id(), request.body, ""
    if len(body) > LARGEST:
        name, body = await asyncio.to_thread(files.write, key, body), b""
    return Delivery(
        id=key,
        webhook=address.webhook.pk,
        received=request.received,
        method=request.method[:10],
        path=_storable(request.path),
        query=request.query,
        headers=request.public_headers(address.credentials),
        body=body,
        body_file=name,
        sender=request.sender[:45],
        verdict=verdict.value,
        reason=reason,
        run=run,
        replay_of=replay_of,
        seen=seen,
    )


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return the body as it came. Raises ValueLost where its file is gone."""
    if not delivery.body_file:
        return bytes(delivery.body)
    return files.read(delivery.pk, delivery.body_file)


async def write(delivery: Delivery) -> None:
    """Keep a delivery that started no run; it shares a commit with what else is written."""
    waiting = OneWrite(asyncio.get_running_loop(), DeliveryWrite(delivery))
    committer().put(waiting)
    await waiting.future


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
