"""Judges a request to a known address: what starts the run, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runner.models import Authentication, Verdict
from runner.webhooks import signatures, tokens
from runner.webhooks.bodies import BodyRefused, read_body, read_fields
from runner.webhooks.key_sets import Key, KeysWrong, key_sets
from runner.webhooks.lookup import Address
from runner.webhooks.request import Request
from runner.webhooks.senders import is_within
from runner.webhooks.signatures import Credentials

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


def judge_head(address: Address, request: Request) -> None:
    """Raise Refused for what is wrong before the body matters."""
    if not address.webhook.enabled:
        reason = "The webhook is disabled."
        raise Refused(Refusal(404, "disabled", Verdict.DISABLED, reason))
    if address.networks and not is_within(request.sender, address.networks):
        shown = request.sender or "unknown"
        reason = f"The sender {shown} is in none of the networks that may call."
        detail = "This address takes no requests from where this one came from."
        raise Refused(Refusal(403, "network", Verdict.NOT_ALLOWED, reason, detail))
    if address.trigger is None:
        raise Refused(Refusal(404, "not_published", Verdict.NOT_PUBLISHED, address.missing))
    methods = address.trigger.methods
    if request.method not in methods:
        allowed = ", ".join(methods)
        reason = f"{request.method} is not allowed here; allowed: {allowed}."
        allow = ((b"allow", allowed.encode()),)
        raise Refused(
            Refusal(405, "method_not_allowed", Verdict.NOT_ALLOWED, reason, headers=allow)
        )


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


def read_value(credentials: Credentials, request: Request) -> dict[str, Any]:
    """Return the value that the trigger emits. Raises Refused where the body cannot be read."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in {"", "identity"}:
        reason = f"The body is compressed ({encoding[:40]}); send it as it is."
        raise Refused(Refusal(415, "bad_body", Verdict.BAD_BODY, reason))
    try:
        query = read_fields(request.query)
    except BodyRefused as error:
        reason = f"The query cannot be read. {error}"
        raise Refused(Refusal(400, "bad_query", Verdict.BAD_BODY, reason)) from None
    if "\0" in request.path:
        reason = "The path has a NUL character."
        raise Refused(Refusal(400, "bad_path", Verdict.BAD_BODY, reason))
    try:
        body = read_body(request.body, request.content_type)
    except BodyRefused as error:
        raise Refused(Refusal(400, "bad_body", Verdict.BAD_BODY, str(error))) from None
    return {
        "method": request.method,
        "path": request.path,
        "query": query,
        "headers": request.public_headers(credentials),
        "body": body,
        "content_type": request.content_type,
    }
