"""Answers requests to /hooks/: an ASGI application of its own, in front of Django.

A request is looked up, read, judged, kept as a delivery in the same commit as
the run that it starts, and answered as the trigger's node says.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import IntegrityError

from runner.journal.rows import NewRun, Seen
from runner.models import SeenRequest, Verdict
from runner.webhooks import cors, repeats, resume, strangers
from runner.webhooks.answering import DELIVERY_HEADER, Reply, answer_of, waits_for
from runner.webhooks.answers import problem
from runner.webhooks.deliveries import delivery_of, write
from runner.webhooks.ending import Ending
from runner.webhooks.judging import (
    Refusal,
    Refused,
    Route,
    judge_body,
    judge_credentials,
    judge_head,
    read_value,
)
from runner.webhooks.limits import rate_limits, retry_after
from runner.webhooks.lookup import Address, lookup
from runner.webhooks.request import BodyMissing, Receive, Request, Scope, Send, read_all, read_head
from runner.webhooks.starting import Started, start

logger = logging.getLogger(__name__)

UNPUBLISHED_LIMIT = 1024 * 1024
_CODES = {408: "too_slow", 413: "too_large", 400: "bad_body"}
_UNKNOWN = problem(404, "not_found", "There is no webhook at this address.")
_REPLAYED = ((b"idempotency-replayed", b"true"),)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request (ASGI 3)."""
    token, request = read_head(scope)
    answer: Reply
    try:
        if token == resume.TOKEN:
            answer = await resume.answer(request, receive)
        elif (address := await lookup.find(token)) is None:
            answer = _UNKNOWN.also(await strangers.turn())
        elif (told := cors.preflight(address, request)) is not None:
            answer = told
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
        route = judge_head(address, request, trusted=True)
        limit = route.trigger.body_limit
        value = read_value(address.credentials, request, route.params, limit)
        await judge_body(route.trigger, value)
        started = await _start(address, route, request, value, replay_of=replay_of)
    except Refused as error:
        return await _keep(address, request, error.refusal, replay_of)
    return started.delivery


async def _take(address: Address, request: Request, receive: Receive) -> Reply:
    route: Route | None = None
    try:
        route = await _read(address, request, receive)
        await judge_credentials(address, request)
        value = read_value(address.credentials, request, route.params, route.trigger.body_limit)
        await judge_body(route.trigger, value)
        answer = await _accept(address, route, request, value, receive)
    except Refused as error:
        refusal = error.refusal
        kept = await _keep(address, request, refusal)
        detail = refusal.detail or refusal.reason
        headers = (*refusal.headers, (DELIVERY_HEADER, str(kept).encode()))
        answer = problem(refusal.status, refusal.code, detail, headers)
    if route is not None and route.trigger.origins:
        return answer.also(cors.headers_for(route.trigger, request))
    return answer


async def _read(address: Address, request: Request, receive: Receive) -> Route:
    # The body is read also where the head is refused already: so the delivery is whole, and can
    # be delivered again when the webhook is enabled or the blueprint published.
    refused: Refused | None = None
    missing: BodyMissing | None = None
    limit = max((it.body_limit for it in address.triggers), default=UNPUBLISHED_LIMIT)
    try:
        route = judge_head(address, request)
        limit = route.trigger.body_limit
    except Refused as error:
        refused = error
    try:
        await read_all(receive, request, limit)
    except BodyMissing as error:
        missing = error
    if refused is not None:
        raise refused
    if missing is not None:
        verdict = Verdict.TOO_LARGE if missing.status == 413 else Verdict.BAD_BODY
        raise Refused(
            Refusal(missing.status, _CODES[missing.status], verdict, missing.reason)
        ) from missing
    return route


async def _accept(
    address: Address, route: Route, request: Request, value: dict[str, object], receive: Receive
) -> Reply:
    """Start a run, or say what the same request was answered before. Raises Refused."""
    seen = repeats.seen_of(route.trigger, request)
    if seen is None:
        await _judge_rate(address)
        started = await _start(address, route, request, value)
        return await answer_of(address, route.trigger, started, receive)
    webhook = address.webhook.pk
    async with repeats.turn(webhook, seen.key):
        row = await repeats.first(webhook, seen, request.received)
        if row is None:
            await _judge_rate(address)
            try:
                started = await _start(address, route, request, value, seen)
            except IntegrityError:
                # Another process was quicker; its row decides, and nothing of this run is kept.
                row = await repeats.first(webhook, seen, request.received)
                if row is None:
                    raise
    if row is None:
        return await answer_of(address, route.trigger, started, receive)
    return await _repeated(address, route, request, seen, row, receive)


async def _repeated(
    address: Address, route: Route, request: Request, seen: Seen, row: SeenRequest, receive: Receive
) -> Reply:
    if route.trigger.once == "idempotency_key" and row.body_hash != seen.body_hash:
        reason = f"The idempotency key came before with another body, in delivery {row.delivery}."
        detail = "This idempotency key was used with another body; use a new one."
        raise Refused(Refusal(422, "key_reused", Verdict.DUPLICATE, reason, detail))
    reason = f"The same request came before, in delivery {row.delivery}."
    kept = await repeats.is_there(row.run)
    delivery = await delivery_of(
        address, request, Verdict.DUPLICATE, reason, run=row.run if kept else None
    )
    await write(delivery)
    started = Started(row.run, delivery.id, waits_for(route.trigger))
    answer = await answer_of(address, route.trigger, started, receive)
    return answer.also(_REPLAYED)


async def _judge_rate(address: Address) -> None:
    wait = await rate_limits.wait(address.webhook)
    if wait:
        allowed = address.webhook.rate_limit
        reason = f"More than {allowed} requests a minute; the next may come in {wait:.1f} s."
        again = ((b"retry-after", retry_after(wait)),)
        raise Refused(Refusal(429, "rate_limited", Verdict.RATE_LIMITED, reason, headers=again))


async def _keep(
    address: Address, request: Request, refusal: Refusal, replay_of: UUID | None = None
) -> UUID:
    delivery = await delivery_of(
        address, request, refusal.verdict, refusal.reason, replay_of=replay_of
    )
    await write(delivery)
    return delivery.id


async def _start(
    address: Address,
    route: Route,
    request: Request,
    value: dict[str, object],
    seen: Seen | None = None,
    replay_of: UUID | None = None,
) -> Started:
    webhook, trigger = address.webhook, route.trigger
    new = NewRun(
        blueprint=webhook.blueprint_id,
        drawing=trigger.drawing,
        version=trigger.version,
        owner=webhook.blueprint.owner_id,
        inputs=value,
        trigger="webhook",
        trigger_node=trigger.node,
        stand_ins=trigger.pins,
        created=request.received,
        queue=trigger.state.name,
        priority=trigger.queue.priority + trigger.state.priority,
        labels=trigger.labels,
    )
    delivery = await delivery_of(
        address, request, Verdict.ACCEPTED, run=new.id, replay_of=replay_of, seen=seen
    )
    # A stored request that is delivered again has no sender who waits.
    ending: Ending | None = None if replay_of is not None else waits_for(trigger)
    return await start(address, trigger, new, delivery, ending)
