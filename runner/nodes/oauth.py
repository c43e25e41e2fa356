"""Tokens that a client fetches for itself (RFC 6749, section 4.4), kept until they expire."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import quote_plus
from weakref import WeakKeyDictionary

import httpx
import orjson

from runner.engine.credentials import Credential
from runner.engine.errors import NodeError
from runner.engine.hiding import Hiding
from runner.engine.node import Step
from runner.nodes.answers import retry_after
from runner.nodes.connections import pools
from runner.nodes.credentials import ClientCredentials
from runner.nodes.exchanging import accompanied, check

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


async def token_of(step: Step, credential: Credential, client: ClientCredentials) -> str:
    """Return a token that is valid now, fetched where none is kept. Raises NodeError."""
    kept = _kept_for(credential)
    async with kept.lock:
        if kept.until <= time.monotonic():
            kept.token, lasts = await _fetch(step, credential, client)
            kept.until = time.monotonic() + lasts - min(SLACK, lasts / 2)
        token = kept.token
    step.hide(token)
    return token


def forget(credential: Credential, token: str) -> None:
    """Fetch another token next time: this one was refused."""
    kept = _kept_for(credential)
    if kept.token == token:
        kept.until = 0.0


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
    headers = {"Accept": "application/json", "User-Agent": "Conductor"}
    if client.scope:
        form["scope"] = client.scope
    if client.audience:
        form["audience"] = client.audience
    if client.send_in == "body":
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    else:
        # RFC 6749, section 2.3.1: both are encoded as in forms before they are packed.
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        packed = base64.b64encode(pair.encode()).decode()
        step.hide(packed)
        headers["Authorization"] = f"Basic {packed}"
    allow = step.resources.http_allow
    request = httpx.Request("POST", client.token_url, headers=headers, data=form)
    await check(request.url, None)
    answer = await accompanied(step, await pools(allow, None), request)
    told: Any = None
    with contextlib.suppress(orjson.JSONDecodeError):
        told = orjson.loads(answer.content)
    told = told if isinstance(told, dict) else {}
    token, lasts = told.get("access_token"), told.get("expires_in")
    if answer.status_code != 200 or not _is_token(token):
        raise _refused(credential, client, answer, told)
    step.hide(token)
    seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else USUAL
    return token, seconds


def _is_token(token: Any) -> TypeGuard[str]:
    return isinstance(token, str) and token.isascii() and token.isprintable()


def _refused(
    credential: Credential, client: ClientCredentials, answer: httpx.Response, told: dict[str, Any]
) -> NodeError:
    host, status = httpx.URL(client.token_url).host, answer.status_code
    # What is cut is looked through before: the beginning of a secret would be found no more.
    hiding = Hiding()
    hiding.hide([client.client_secret])
    why = "; ".join(
        hiding.text(str(told[name]))[:300]
        for name in ("error", "error_description")
        if told.get(name)
    )
    said = f"{host} gave no token for the credential {credential.name!r}: it answered {status}"
    return NodeError(
        f"{said}, {why}." if why else f"{said}.",
        kind="credential",
        permanent=400 <= status < 500 and status not in (408, 425, 429),
        retry_after=retry_after(answer.headers.get("retry-after")),
    )
