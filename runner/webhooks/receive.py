"""Answers requests to /hooks/: an ASGI application of its own, in front of Django.

A request is looked up, read, judged, kept as a delivery in the same commit as
the run that it starts, and answered as the trigger's node says.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError

from runner.journal.reader import JournalDamaged
from runner.journal.rows import NewRun
from runner.models import Verdict
from runner.webhooks import resume
from runner.webhooks.answers import Answer, AnswerInvalid, as_json, from_node, problem
from runner.webhooks.deliveries import delivery_of, write
from runner.webhooks.ending import Ending
from runner.webhooks.judging import (
    Refusal,
    Refused,
    judge_credentials,
    judge_head,
    read_value,
)
from runner.webhooks.lookup import Address, lookup
from runner.webhooks.request import BodyMissing, Receive, Request, Scope, Send, read_all, read_head
from runner.webhooks.starting import Started, start

logger = logging.getLogger(__name__)

DELIVERY_HEADER = b"x-conductor-delivery"
UNPUBLISHED_LIMIT = 1024 * 1024
LONGEST_WAIT = 60.0  # seconds that a sender waits for a run's end
AT_ONCE, BY_NODE = "at_once", "respond_node"  # else the answer is that of the run's end
_CODES = {408: "too_slow", 413: "too_large", 400: "bad_body"}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request (ASGI 3)."""
    token, request = read_head(scope)
    try:
        if token == resume.TOKEN:
            answer = await resume.answer(request, receive)
        elif (address := await lookup.find(token)) is None:
            answer = problem(404, "not_found", "There is no webhook at this address.")
        else:
            answer = await _take(address, request, receive)
    except DatabaseError as error:
        # The committer has said what is wrong; each request would only repeat it.
        logger.warning("A request to a webhook was not stored (%s)", error)
        detail = "The request could not be stored; send it again later."
        answer = problem(503, "not_stored", detail, ((b"retry-after", b"5"),))
    await answer.send(send, head=request.method == "HEAD")


async def take_again(address: Address, request: Request, replay_of: UUID) -> UUID:
    """Start a run from a stored request, trusting its sender; return the new delivery's id."""
    try:
        judge_head(address, request)
        value = read_value(address.credentials, request)
    except Refused as error:
        return await _keep(address, request, error.refusal, replay_of)
    started = await _start(address, request, value, replay_of)
    return started.delivery


async def _take(address: Address, request: Request, receive: Receive) -> Answer:
    try:
        await _read(address, request, receive)
        await judge_credentials(address, request)
        value = read_value(address.credentials, request)
    except Refused as error:
        refusal = error.refusal
        kept = await _keep(address, request, refusal)
        detail = refusal.detail or refusal.reason
        headers = (*refusal.headers, (DELIVERY_HEADER, str(kept).encode()))
        return problem(refusal.status, refusal.code, detail, headers)
    started = await _start(address, request, value)
    return await _answer(address, started)


async def _read(address: Address, request: Request, receive: Receive) -> None:
    # The body is read also where the head is refused already: so the delivery is whole, and can
    # be delivered again when the webhook is enabled or the blueprint published.
    trigger = address.trigger
    limit = trigger.body_limit if trigger else UNPUBLISHED_LIMIT
    missing: BodyMissing | None = None
    try:
        await read_all(receive, request, limit)
    except BodyMissing as error:
        missing = error
    judge_head(address, request)
    if missing is not None:
        verdict = Verdict.TOO_LARGE if missing.status == 413 else Verdict.BAD_BODY
        raise Refused(
            Refusal(missing.status, _CODES[missing.status], verdict, missing.reason)
        ) from missing


async def _keep(
    address: Address, request: Request, refusal: Refusal, replay_of: UUID | None = None
) -> UUID:
    delivery = delivery_of(address, request, refusal.verdict, refusal.reason, replay_of=replay_of)
    await write(delivery)
    return delivery.id


async def _start(
    address: Address, request: Request, value: dict[str, object], replay_of: UUID | None = None
) -> Started:
    webhook, trigger = address.webhook, address.trigger
    assert trigger is not None  # without one the request was refused
    new = NewRun(
        blueprint=webhook.blueprint_id,
        drawing=trigger.drawing,
        version=trigger.version,
        owner=webhook.blueprint.owner_id,
        inputs=value,
        trigger="webhook",
        trigger_node=webhook.node,
        created=request.received,
    )
    delivery = delivery_of(address, request, Verdict.ACCEPTED, run=new.id, replay_of=replay_of)
    # A stored request that is delivered again has no sender who waits.
    waits = trigger.response != AT_ONCE and replay_of is None
    responders = trigger.responders if trigger.response == BY_NODE else frozenset()
    return await start(new, delivery, Ending(responders) if waits else None)


async def _answer(address: Address, started: Started) -> Answer:
    assert address.trigger is not None
    mode = address.trigger.response
    if mode == AT_ONCE:
        return _accepted(address, started)
    try:
        ending = await started.follow(LONGEST_WAIT)
    except (DatabaseError, JournalDamaged) as error:
        # The run is accepted; a 503 would have its sender start it a second time.
        logger.warning("How run %s ends cannot be read (%s)", started.run, error)
        ending = None
    if ending is None:
        return _accepted(address, started)
    if mode == BY_NODE:
        return _responded(started, ending)
    if ending.status == "succeeded":
        return as_json(200, ending.outputs, _about(started))
    return _not_succeeded(started, ending)


def _responded(started: Started, ending: Ending) -> Answer:
    if ending.response is not None:
        try:
            answer = from_node(ending.response)
        except AnswerInvalid as error:
            return problem(500, "response_invalid", str(error), _about(started))
        return Answer(answer.status, (*answer.headers, *_about(started)), answer.body)
    if ending.status == "succeeded":
        return Answer(204, _about(started), b"")
    return _not_succeeded(started, ending)


def _not_succeeded(started: Started, ending: Ending) -> Answer:
    # What failed in the run is its owner's business; it stands in the run, not in the answer.
    detail = f"The run {ending.status}."
    run = str(started.run)
    return problem(500, f"run_{ending.status}", detail, _about(started), run=run)


def _accepted(address: Address, started: Started) -> Answer:
    run = str(started.run)
    shown = {
        "run": run,
        "status_url": f"{settings.CONDUCTOR_URL}/api/runs/{run}/",
        "page": f"{settings.CONDUCTOR_URL}/blueprints/{address.webhook.blueprint_id}/?run={run}",
    }
    return as_json(202, shown, _about(started))


def _about(started: Started) -> tuple[tuple[bytes, bytes], ...]:
    return ((DELIVERY_HEADER, str(started.delivery).encode()),)
