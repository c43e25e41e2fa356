"""One attempt: a signed POST to the endpoint's address, and the beginning of what comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable
from datetime import UTC, datetime

import httpcore
import httpx
from django.conf import settings
from standardwebhooks.webhooks import Webhook as Signer

from runner.engine.errors import NodeError
from runner.nodes.answers import retry_after
from runner.nodes.connections import pools
from runner.nodes.exchanging import check
from runner.outgoing.claiming import Claimed, Outcome

LONGEST = 20.0  # seconds until the answer must have come
KEPT = 1024  # bytes of the answer that are kept
MOST_ERROR = 500


def signatures(claimed: Claimed, moment: datetime) -> str:
    """Return the header `webhook-signature`: a signature by each secret, with spaces between."""
    body = claimed.body.decode()
    return " ".join(
        Signer(secret).sign(claimed.webhook_id, moment, body) for secret in claimed.secrets
    )


async def post(claimed: Claimed) -> Outcome:
    """Make one attempt. Never raises: what went wrong is in the outcome."""
    started, began = datetime.now(UTC), time.monotonic()

    def outcome(status: int | None = None, error: str = "", **more: object) -> Outcome:
        milliseconds = round((time.monotonic() - began) * 1000)
        return Outcome(started, milliseconds, status, error[:MOST_ERROR], **more)  # type: ignore[arg-type]

    if claimed.wrong:
        return outcome(error=claimed.wrong, permanent=True)
    try:
        async with asyncio.timeout(LONGEST):
            status, headers, body = await _exchange(claimed, started)
    except (TimeoutError, httpcore.TimeoutException):
        return outcome(error=f"No answer within {LONGEST:g} seconds.")
    except NodeError as error:
        # An address that may not be called may be allowed, or be another one, tomorrow.
        return outcome(error=str(error))
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        return outcome(error=f"The connection failed: {str(error) or type(error).__name__}.")
    except (httpx.InvalidURL, httpcore.UnsupportedProtocol, ValueError, TypeError) as error:
        return outcome(error=f"The request cannot be made: {error}.", permanent=True)
    wait = None if 200 <= status < 300 else retry_after(headers.get("retry-after"))
    return outcome(status, answer=body, retry_after=wait)


async def _exchange(claimed: Claimed, moment: datetime) -> tuple[int, httpx.Headers, bytes]:
    url = httpx.URL(claimed.url)
    await check(url, None)
    headers = httpx.Headers(
        {
            **claimed.headers,
            "host": url.netloc.decode(),
            "user-agent": "Conductor",
            "accept": "*/*",
            "content-type": "application/json",
            "content-length": str(len(claimed.body)),
            "webhook-id": claimed.webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signatures(claimed, moment),
        }
    )
    wanted = httpcore.Request(
        "POST",
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=headers.raw,
        content=claimed.body,
    )
    lent = await pools(settings.CONDUCTOR_HTTP_ALLOW, None)
    async with lent.room() as pool:
        answer = await pool.handle_async_request(wanted)
        try:
            body = await _beginning(answer.aiter_stream())
        finally:
            await answer.aclose()
    return answer.status, httpx.Headers(answer.headers), body


async def _beginning(parts: AsyncIterable[bytes]) -> bytes:
    found = b""
    async for part in parts:
        found += part
        if len(found) >= KEPT:
            break
    return found[:KEPT]
