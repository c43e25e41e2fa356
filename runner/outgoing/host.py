"""Hands the messages of steps over: a row first, so that a repeated step finds it again."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, transaction

from runner.engine.errors import NodeError
from runner.engine.messages import Message, Sent
from runner.engine.node import Step
from runner.models import Endpoint, OutgoingMessage, Run
from runner.outgoing.messages import MessageTooLarge, keep
from runner.queue.worker import here

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between attempts to reach the database


class EndpointMissing(NodeError):
    """The endpoint cannot be sent to."""

    code = "no_endpoint"


class SiteMessages:
    """Implements the engine's Messages with the rows of this site."""

    async def hand_over(self, step: Step, message: Message) -> Sent:
        """Keep the message of a step, once for the step, and say where it stands."""
        worker = here()
        if worker is None:
            raise NodeError("The run is not executed by a worker, so it cannot send messages.")
        while True:
            try:
                return await worker.ask(
                    hand_over, UUID(step.run_id), step.path, step.idempotency_key, message
                )
            except (OperationalError, InternalError, InterfaceError, IntegrityError) as error:
                # Two workers that keep the same message at once: the later one finds it next.
                logger.warning("A message cannot be kept yet (%s); tried again", error)
                await asyncio.sleep(PAUSE)


@transaction.atomic
def hand_over(run: UUID, path: str, idempotency_key: str, message: Message) -> Sent:
    """Keep a step's message, if that is not done, and return where it stands.

    Raises EndpointMissing, and NodeError for a message that is too large.
    """
    key = f"step:{idempotency_key}"
    known = OutgoingMessage.objects.filter(key=key).first()
    if known is None:
        owner = Run.objects.values_list("owner_id", flat=True).get(pk=run)
        endpoint = Endpoint.objects.filter(owner=owner, name=message.endpoint).first()
        if endpoint is None:
            raise EndpointMissing(
                f"There is no endpoint {message.endpoint!r} among those of the blueprint's owner. "
                "Make one in the admin or by POST /api/endpoints/.",
                kind="endpoint",
                permanent=True,
            )
        if not endpoint.enabled:
            why = f": {endpoint.why_off}" if endpoint.why_off else "."
            raise EndpointMissing(
                f"The endpoint {endpoint.name!r} is switched off{why}",
                kind="endpoint",
                permanent=True,
            )
        try:
            known = keep(
                endpoint,
                key,
                message.type,
                message.data,
                run=run,
                step=path if message.wait else "",
                headers=message.headers,
            )
        except MessageTooLarge as error:
            raise NodeError(str(error), kind="message", permanent=True) from None
    return Sent(known.webhook_id, str(known.status), known.tries, known.why)
