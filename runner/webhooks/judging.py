"""Judges a request to a known address: what starts the run, or why it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.models import Authentication, Verdict
from runner.nodes.schemas import misfits
from runner.webhooks import signatures, tokens
from runner.webhooks.bodies import BodyRefused, read_body, read_fields
from runner.webhooks.key_sets import Key, KeysWrong, key_sets
from runner.webhooks.lookup import Address, Trigger
from runner.webhooks.packing import BodyTooLarge, PackingUnknown, unpack
from runner.webhooks.request import Request
from runner.webhooks.senders import is_within
from runner.webhooks.signatures import Credentials

LARGEST_UNPACKED = 1024 * 1024
REALM = b'Basic realm="Conductor webhook", charset="UTF-8"'


class Refused(Exception):
    """The request starts no run.

    `reason` is exact and for the webhook's owner; `detail` is what the sender
    is told, which must not help to guess a secret.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status, the verdict of the delivery, and the words for owner and sender."""

    status: int
    code: str
    verdict: Verdict
    reason: str
    detail: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Route:
    """The trigger that takes a request, and what the names in its path stand for."""

    trigger: Trigger
    params: dict[str, str]


def judge_head(address: Address, request: Request, *, trusted: bool = False) -> Route:
    """Return what takes the request. Raises Refused for what is wrong before the body matters.

    Where the sender is `trusted`, it does not matter from where the request came.
    """
    webhook = address.webhook
    if not webhook.enabled:
        reason = "The webhook is disabled."
        raise Refused(Refusal(404, "disabled", Verdict.DISABLED, reason))
    if address.networks and not trusted and not is_within(request.sender, address.networks):
        shown = request.sender or "unknown"
        reason = f"The sender {shown} is in none of the networks that may call."
        detail = "This address takes no requests from where this one came from."
        raise Refused(Refusal(403, "network", Verdict.NOT_ALLOWED, reason, detail))
    if not address.triggers:
        raise Refused(Refusal(404, "not_published", Verdict.NOT_PUBLISHED, address.missing))
    if "/." in f"/{request.path}" and {".", ".."} & set(request.path.split("/")):
        reason = "The path has a segment that is “.” or “..”."
        raise Refused(Refusal(400, "bad_path", Verdict.BAD_BODY, reason))
    return _route(address, request)


def _route(address: Address, request: Request) -> Route:
    allowed: list[str] = []
    for trigger in address.triggers:
        params = trigger.path.match(request.path)
        if params is None:
            continue
        if request.method in trigger.methods:
            return Route(trigger, params)
        allowed += trigger.methods
    if not allowed:
        reason = f"No webhook trigger here takes the path /{request.path[:200]}."
        raise Refused(Refusal(404, "no_route", Verdict.NOT_ALLOWED, reason))
    methods = ", ".join(dict.fromkeys(allowed))
    reason = f"{request.method} is not allowed here; allowed: {methods}."
    allow = ((b"allow", methods.encode()),)
    raise Refused(Refusal(405, "method_not_allowed", Verdict.NOT_ALLOWED, reason, headers=allow))


async def judge_credentials(address: Address, request: Request) -> None:
    """Raise Refused where the sender does not prove to be the one that was meant."""
    wanted = address.credentials
    if wanted.scheme is Authentication.NONE:
        return
    keys: tuple[Key, ...] = ()
    if wanted.jwt is not None and wanted.jwt.public:
        try:
            kid = tokens.kid_in(request.headers.get(wanted.header, ""))
            keys = await key_sets.keys(wanted.jwt.source, kid)
        except KeysWrong as error:
            # The sender may be right; whoever answers for the keys is not there.
            detail = "The keys that check the credentials cannot be had; send it again later."
            why = f"The issuer's keys cannot be had. {error}"
            again = ((b"retry-after", b"30"),)
            raise Refused(
                Refusal(503, "keys_missing", Verdict.BAD_SIGNATURE, why, detail, again)
            ) from None
    reason = signatures.refusal(wanted, request.headers, request.body, request.message(), keys)
    if reason is None:
        return
    basic = wanted.scheme is Authentication.BASIC
    raise Refused(
        Refusal(
            401,
            "unauthorized",
            Verdict.BAD_SIGNATURE,
            reason,
            "The request does not carry the credentials that this address asks for.",
            ((b"www-authenticate", REALM),) if basic else (),
        )
    )


def read_value(
    credentials: Credentials,
    request: Request,
    params: Mapping[str, str] | None = None,
    limit: int = LARGEST_UNPACKED,
) -> dict[str, Any]:
    """Return the value that the trigger emits. Raises Refused where the body cannot be read.

    `params` are what the names in the trigger's path stand for; a packed body
    has at most `limit` bytes when it is unpacked.
    """
    try:
        query = read_fields(request.query)
    except BodyRefused as error:
        reason = f"The query cannot be read. {error}"
        raise Refused(Refusal(400, "bad_query", Verdict.BAD_BODY, reason)) from None
    if "\0" in request.path:
        reason = "The path has a NUL character."
        raise Refused(Refusal(400, "bad_path", Verdict.BAD_BODY, reason))
    encoding = request.headers.get("content-encoding", "")
    try:
        content = unpack(request.body, encoding, limit) if encoding else request.body
        body = read_body(content, request.content_type)
    except PackingUnknown as error:
        raise Refused(Refusal(415, "bad_body", Verdict.BAD_BODY, str(error))) from None
    except BodyTooLarge as error:
        raise Refused(Refusal(413, "too_large", Verdict.TOO_LARGE, str(error))) from None
    except BodyRefused as error:
        raise Refused(Refusal(400, "bad_body", Verdict.BAD_BODY, str(error))) from None
    return {
        "method": request.method,
        "path": request.path,
        "params": dict(params or {}),
        "query": query,
        "headers": request.public_headers(credentials),
        "body": body,
        "content_type": request.content_type,
    }


async def judge_body(trigger: Trigger, value: dict[str, Any]) -> None:
    """Raise Refused where the body is not what the trigger declares."""
    if not trigger.body_schema:
        return
    # A large body would hold up all other requests.
    if found := await asyncio.to_thread(misfits, trigger.body_schema, value["body"]):
        raise Refused(Refusal(422, "body_misfits", Verdict.BAD_BODY, " ".join(found)))
