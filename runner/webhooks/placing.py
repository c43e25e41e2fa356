"""The longer way of a request's run: where others have a say in whether and when it begins."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction

from editor.models import Drawing
from runner.actions.accept import OUTSIDE, Accepted, NewRow, accept_run
from runner.engine.events import RUN_QUEUED, Event
from runner.journal.rows import Delivery, NewRun
from runner.models import SeenRequest, Verdict, WebhookDelivery
from runner.queue.asking import Asking
from runner.queue.places import KeyInvalid
from runner.queue.queues import QueueDraining
from runner.telemetry import tracing
from runner.webhooks.judging import Refusal, Refused
from runner.webhooks.lookup import Address, Trigger

RETRY_AFTER = b"30"


async def start_in_place(
    address: Address, trigger: Trigger, new: NewRun, delivery: Delivery
) -> Accepted:
    """Start a run for a request, with its delivery, in one transaction; durable when this returns.

    Raises Refused where its queue does not take it, and DatabaseError.
    """
    data: dict[str, Any] = {
        "inputs": new.inputs,
        "trigger": new.trigger_node or None,
        "by": new.trigger,
    }
    if new.stand_ins:
        data["stand_ins"] = new.stand_ins
    if trace := tracing.inherited():
        data["trace"] = trace
    queued = Event(1, new.created, RUN_QUEUED, None, data)
    try:
        return await _thread().ask(_start, address, trigger, new, delivery, queued)
    except QueueDraining as error:
        later = ((b"retry-after", RETRY_AFTER),)
        refusal = Refusal(503, error.code, Verdict.NOT_QUEUED, str(error), headers=later)
    except KeyInvalid as error:
        # What the blueprint makes of the request is its owner's business.
        detail = "The request lacks what the blueprint tells its runs apart by."
        refusal = Refusal(422, error.code, Verdict.NOT_QUEUED, str(error), detail)
    raise Refused(refusal)


@cache
def _thread() -> Asking:
    return Asking("webhook-queue")


@transaction.atomic
def _start(
    address: Address, trigger: Trigger, new: NewRun, delivery: Delivery, queued: Event
) -> Accepted:
    blueprint = address.webhook.blueprint
    accepted = accept_run(
        NewRow(
            events=[queued],
            blueprint=blueprint,
            drawing=Drawing.objects.get(pk=trigger.drawing),
            version=None if trigger.version is None else blueprint.published,
            inputs=new.inputs,
            trigger=new.trigger,
            trigger_node=new.trigger_node,
            # What is published starts by itself; for a run of the draft somebody answers.
            by=address.webhook.opened_by if trigger.version is None else None,
            key=new.id,
        ),
        wishes=OUTSIDE,
    )
    _keep(delivery, accepted.run.pk)
    return accepted


def _keep(delivery: Delivery, run: UUID) -> None:
    """Write a delivery, and what is remembered of its request."""
    row = {it.name: getattr(delivery, it.name) for it in fields(delivery)}
    del row["run"]
    seen, received = row.pop("seen"), datetime.fromtimestamp(row.pop("received"), UTC)
    ids = {f"{name}_id": row.pop(name) for name in ("webhook", "replay_of")}
    WebhookDelivery.objects.create(**row | ids | {"received": received, "run_id": run})
    if seen is not None:
        SeenRequest.objects.create(
            webhook_id=delivery.webhook,
            key=seen.key,
            body_hash=seen.body_hash,
            delivery=delivery.id,
            run=run,
            expires=datetime.fromtimestamp(seen.expires, UTC),
        )
