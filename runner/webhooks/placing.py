"""The longer way of a request's run: where others have a say in whether and when it begins."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache

from django.db import transaction

from runner.actions.accept import Accepted, Wishes, accept_run
from runner.engine.events import RUN_QUEUED, Event
from runner.journal.rows import Delivery, NewRun
from runner.models import Verdict, WebhookDelivery
from runner.queue.asking import Asking
from runner.queue.places import KeyInvalid
from runner.queue.queues import QueueDraining
from runner.telemetry import tracing
from runner.webhooks.judging import Refusal, Refused
from runner.webhooks.lookup import Address

RETRY_AFTER = b"30"


async def start_in_place(address: Address, new: NewRun, delivery: Delivery) -> Accepted:
    """Start a run for a request, with its delivery, in one transaction; durable when this returns.

    Raises Refused where its queue does not take it, and DatabaseError.
    """
    data = {"inputs": new.inputs, "trigger": new.trigger_node or None, "by": new.trigger}
    if trace := tracing.inherited():
        data["trace"] = trace
    queued = Event(1, new.created, RUN_QUEUED, None, data)
    try:
        return await _thread().ask(_start, address, new, delivery, queued)
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
def _start(address: Address, new: NewRun, delivery: Delivery, queued: Event) -> Accepted:
    blueprint = address.webhook.blueprint
    version = blueprint.published
    assert version is not None  # without one the request was refused
    accepted = accept_run(
        [queued],
        blueprint=blueprint,
        drawing=version.drawing,
        version=version,
        inputs=new.inputs,
        trigger=new.trigger,
        trigger_node=new.trigger_node,
        by=None,
        run_id=new.id,
        wishes=Wishes(outside=True),
    )
    row = asdict(delivery)
    del row["run"]
    received = datetime.fromtimestamp(row.pop("received"), UTC)
    ids = {f"{name}_id": row.pop(name) for name in ("webhook", "replay_of")}
    WebhookDelivery.objects.create(**row | {"received": received, "run_id": accepted.run.pk} | ids)
    return accepted
