"""Sends a test request to a webhook through the very application that answers real ones."""

from __future__ import annotations

import base64
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

from asgiref.sync import async_to_sync

from runner.models import Authentication
from runner.webhooks import receive
from runner.webhooks.lookup import Address
from runner.webhooks.request import PREFIX
from runner.webhooks.signatures import sign


@dataclass(slots=True)
class Result:
    """What came back, and which delivery the request became."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    milliseconds: int = 0
    deliveries: list[UUID] = field(default_factory=list)

    @property
    def phrase(self) -> str:
        """The status in words."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return ""


def send(address: Address, *, method: str, path: str, content_type: str, body: str) -> Result:
    """Send a request that carries the webhook's own credentials, and return what came back."""
    content = b"" if method in {"GET", "HEAD"} else body.encode()
    headers = [(b"user-agent", b"conductor-test"), *_credentials(address, content)]
    if content:
        headers.append((b"content-type", content_type.encode()))
    rest, _, query = path.lstrip("/").partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": f"{PREFIX}{address.webhook.token}" + (f"/{rest}" if rest else ""),
        "query_string": quote(query, safe="=&%+").encode(),
        "headers": headers,
        "client": None,
    }
    return async_to_sync(_exchange)(scope, content)


async def _exchange(scope: dict[str, Any], content: bytes) -> Result:
    result = Result()
    began = time.monotonic()

    async def give() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def take(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            result.status = message["status"]
            for name, value in message["headers"]:
                result.headers.append((name.decode("latin-1"), value.decode("latin-1")))
                if name == receive.DELIVERY_HEADER:
                    result.deliveries.append(UUID(value.decode()))
        else:
            result.body += message.get("body", b"")

    await receive.application(scope, give, take)
    result.milliseconds = round((time.monotonic() - began) * 1000)
    return result


def _credentials(address: Address, content: bytes) -> list[tuple[bytes, bytes]]:
    wanted = address.credentials
    if wanted.scheme is Authentication.NONE:
        return []
    if wanted.scheme is Authentication.BASIC:
        pair = base64.b64encode(f"{wanted.username}:{wanted.secret}".encode())
        return [(b"authorization", b"Basic " + pair)]
    value = wanted.secret
    if wanted.scheme is not Authentication.HEADER:
        value = sign(wanted.secret, content)
    return [(wanted.header.encode(), value.encode())]
