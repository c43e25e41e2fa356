"""Tokens that requests carry: fetched by a client for itself, or granted to it by a person."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from runner.engine.credentials import Credential, CredentialMissing
from runner.engine.node import Step
from runner.nodes.connections import pools
from runner.nodes.credentials import ClientCredentials
from runner.nodes.exchanging import accompanied, check
from runner.nodes.tokens import packed, request_of, tokens_of

# Seconds: a token that ends sooner could end on its way.
SLACK = 30.0
# Of a token whose end is not told: RFC 6749 leaves it open.
USUAL = 300.0
MOST_KEPT = 1000


@dataclass(slots=True)
class _Kept:
    """A token, its end, and who fetches it now."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = field(default="", repr=False)
    until: float = 0.0


_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], _Kept]]
_kept = WeakKeyDictionary()


async def token_of(
    step: Step, credential: Credential, client: ClientCredentials, refused: str = ""
) -> str:
    """Return a token that is valid now and not the `refused` one (RFC 6749, section 4.4).

    It is fetched where none is kept. Raises NodeError.
    """
    kept = _kept_for(credential)
    if refused and kept.token == refused:
        kept.until = 0.0
    async with kept.lock:
        if kept.until <= time.monotonic():
            kept.token, lasts = await _fetch(step, credential, client)
            kept.until = time.monotonic() + lasts - margin(lasts)
        token = kept.token
    step.hide(token)
    return token


async def granted_to(step: Step, credential: Credential, refused: str = "") -> str:
    """Return the token that a person has granted, renewed where it has ended or was `refused`.

    Raises NodeError where nobody has, or the provider renews it no more.
    """
    host = step.resources.credentials
    if host is None:
        raise CredentialMissing(f"There are no credentials here, so {credential.name!r} is none.")
    token = await host.granted(credential, refused)
    step.hide(token)
    return token


def margin(lasts: float) -> float:
    """Return how many seconds before its end a token is renewed."""
    return min(SLACK, lasts / 2)


def _kept_for(credential: Credential) -> _Kept:
    here = _kept.setdefault(asyncio.get_running_loop(), {})
    if len(here) > MOST_KEPT:
        here.clear()
    return here.setdefault((credential.id, credential.state), _Kept())


async def _fetch(
    step: Step, credential: Credential, client: ClientCredentials
) -> tuple[str, float]:
    """Return a new token and for how many seconds it is valid."""
    form = {"grant_type": "client_credentials"}
    if client.scope:
        form["scope"] = client.scope
    if client.audience:
        form["audience"] = client.audience
    step.hide(packed(client))
    request = request_of(client, form)
    await check(request.url, None)
    answer = await accompanied(step, await pools(step.resources.http_allow, None), request)
    tokens = tokens_of(credential.name, client, answer)
    step.hide(tokens.access)
    return tokens.access, tokens.lasts or USUAL
