"""What a token endpoint is asked, and what it answers (RFC 6749, sections 2.3.1, 4 to 6)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeGuard
from urllib.parse import quote_plus

import httpcore
import httpx
import orjson

from runner.engine.errors import NodeError
from runner.engine.hiding import Hiding
from runner.nodes.answers import retry_after
from runner.nodes.connections import pools
from runner.nodes.exchanging import check, send

# Seconds that an endpoint may take to answer.
PATIENCE = 20.0
# Some providers name another type, and take the token as any bearer's all the same.
BEARERS = ("", "bearer", "bot", "user")
LONGEST = 50_000  # characters of a token
MOST_SECONDS = 10 * 366 * 86_400.0


class Client(Protocol):
    """Who asks for tokens."""

    token_url: str
    client_id: str
    client_secret: str

    @property
    def send_in(self) -> Literal["header", "body", "none"]:
        """Where id and secret go; none: there is no secret."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an endpoint gave; `lasts` is in seconds, None where it does not say."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    lasts: float | None = None
    scope: str | None = None


class TokenRefused(NodeError):
    """An endpoint gave no token; `error` is its own word for why."""

    def __init__(self, message: str, error: str, **given: Any) -> None:
        super().__init__(message, kind="credential", **given)
        self.error = error


def packed(client: Client) -> str:
    """Return id and secret as a header has them: both are encoded as in forms before."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return base64.b64encode(pair.encode()).decode()


def request_of(client: Client, form: Mapping[str, str]) -> httpx.Request:
    """Return the request for a token, with what proves who asks."""
    headers = {"Accept": "application/json", "User-Agent": "Conductor"}
    data = dict(form)
    if client.send_in == "header":
        headers["Authorization"] = f"Basic {packed(client)}"
    else:
        data["client_id"] = client.client_id
        if client.send_in == "body":
            data["client_secret"] = client.client_secret
    return httpx.Request("POST", client.token_url, headers=headers, data=data)


async def ask(
    name: str, client: Client, form: Mapping[str, str], allow: frozenset[str], hidden: Iterable[str]
) -> Tokens:
    """Return the tokens that an endpoint gives for a credential. Raises NodeError.

    Private addresses are asked only where they are allowed, and redirects are not followed.
    """
    request = request_of(client, form)
    host = request.url.host
    try:
        async with asyncio.timeout(PATIENCE):
            await check(request.url, None)
            answer = await send(await pools(allow, None), request)
    except (TimeoutError, httpcore.TimeoutException):
        told = f"{host} gave no token for the credential {name!r} within {PATIENCE:g} seconds."
        raise NodeError(told, kind="timeout") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        why = str(error) or type(error).__name__
        told = f"{host} cannot be asked for a token for the credential {name!r}: {why}."
        raise NodeError(told, kind="connection") from None
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError) as error:
        told = f"{host} cannot be asked for a token for the credential {name!r}: {error}."
        raise NodeError(told, kind="request", permanent=True) from None
    return tokens_of(name, client, answer, hidden)


def tokens_of(
    name: str, client: Client, answer: httpx.Response, hidden: Iterable[str] = ()
) -> Tokens:
    """Return the tokens of an answer. Raises TokenRefused, without what is `hidden`."""
    told: Any = None
    with contextlib.suppress(orjson.JSONDecodeError):
        told = orjson.loads(answer.content)
    told = told if isinstance(told, dict) else {}
    # Of Slack, what is granted for a person and not for a bot is in a part of its own.
    own = told.get("authed_user")
    given = own if isinstance(own, dict) and not told.get("access_token") else told
    token, refresh = given.get("access_token"), given.get("refresh_token")
    # Some tell what is wrong by a status that says that nothing is.
    if answer.status_code != 200 or told.get("error") or not is_token(token):
        raise _refused(name, client, answer, told, hidden)
    kind = str(given.get("token_type") or "").lower()
    if kind not in BEARERS:
        shown = _without([*hidden, token], kind)[:100]
        raise TokenRefused(
            f"{httpx.URL(client.token_url).host} gave a token for the credential {name!r} of the "
            f"type {shown!r}, which is not sent as Bearer.",
            "",
            permanent=True,
        )
    scope = given.get("scope")
    if isinstance(scope, list):
        scope = " ".join(map(str, scope))  # as of Twitch
    return Tokens(
        access=token,
        refresh=refresh if is_token(refresh) else "",
        lasts=_seconds(given.get("expires_in")),
        scope=scope if isinstance(scope, str) else None,
    )


def _seconds(given: Any) -> float | None:
    """Return after how long a token ends; some servers write the number as a text."""
    try:
        seconds = float(given) if isinstance(given, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return None
    return min(seconds, MOST_SECONDS) if math.isfinite(seconds) and seconds > 0 else None


def is_token(token: Any) -> TypeGuard[str]:
    """Say whether it is a text that a header carries."""
    return (
        isinstance(token, str)
        and 0 < len(token) <= LONGEST
        and token.isascii()
        and token.isprintable()
    )


def _without(hidden: Iterable[str], text: str) -> str:
    hiding = Hiding()
    hiding.hide(hidden)
    return hiding.text(text)


def _refused(
    name: str,
    client: Client,
    answer: httpx.Response,
    told: Mapping[str, Any],
    hidden: Iterable[str],
) -> TokenRefused:
    host, status = httpx.URL(client.token_url).host, answer.status_code
    # What is cut is looked through before: the beginning of a secret would be found no more.
    secrets = [client.client_secret, packed(client), *hidden]
    why = "; ".join(
        _without(secrets, str(told[part]))[:300]
        for part in ("error", "error_description")
        if told.get(part)
    )
    said = f"{host} gave no token for the credential {name!r}: it answered {status}"
    return TokenRefused(
        f"{said}, {why.rstrip('.')}." if why else f"{said}.",
        str(told.get("error") or "")[:100],
        permanent=(400 <= status < 500 and status not in (408, 425, 429))
        or (status == 200 and bool(told.get("error"))),
        retry_after=retry_after(answer.headers.get("retry-after")),
    )
