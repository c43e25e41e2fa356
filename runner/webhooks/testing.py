"""Sends a test request to a webhook through the very application that answers real ones."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings

from runner.models import Authentication
from runner.webhooks import hmacs, receive, tokens
from runner.webhooks.answering import DELIVERY_HEADER
from runner.webhooks.hmacs import Message
from runner.webhooks.lookup import Address
from runner.webhooks.request import PREFIX


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
    rest, _, query = path.lstrip("/").partition("?")
    target = f"{PREFIX}{address.webhook.token}" + (f"/{rest}" if rest else "")
    query = quote(query, safe="=&%+")
    if address.credentials.scheme is Authentication.TWILIO and content_type != hmacs.FORM:
        query += ("&" if query else "") + "bodySHA256=" + sha256(content).hexdigest()
    given = {"user-agent": "conductor-test"} | ({"content-type": content_type} if content else {})
    url = settings.CONDUCTOR_URL + quote(target) + (f"?{query}" if query else "")
    given |= _credentials(address, Message(given, content, method, url))
    headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": target,
        "query_string": query.encode(),
        "headers": headers,
        # As if it came from where requests may come from.
        "client": (str(address.networks[0][0]), 0) if address.networks else None,
    }
    return async_to_sync(_exchange)(scope, content)


async def _exchange(scope: dict[str, Any], content: bytes) -> Result:
    result = Result()
    began = time.monotonic()

    asked = False

    async def give() -> MutableMapping[str, Any]:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def take(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            result.status = message["status"]
            for name, value in message["headers"]:
                result.headers.append((name.decode("latin-1"), value.decode("latin-1")))
                if name == DELIVERY_HEADER:
                    result.deliveries.append(UUID(value.decode()))
        else:
            result.body += message.get("body", b"")

    await receive.application(scope, give, take)
    result.milliseconds = round((time.monotonic() - began) * 1000)
    return result


def _credentials(address: Address, message: Message) -> dict[str, str]:
    wanted = address.credentials
    if wanted.scheme is Authentication.BASIC:
        pair = base64.b64encode(f"{wanted.username}:{wanted.secret}".encode())
        return {"authorization": "Basic " + pair.decode()}
    if wanted.scheme is Authentication.JWT:
        assert wanted.jwt is not None
        if wanted.jwt.public or not wanted.secret:
            return {}  # the issuer alone can sign; the answer says what is missing
        return {wanted.header: "Bearer " + tokens.sign(wanted.jwt, wanted.secret, message.now)}
    if wanted.scheme is Authentication.HEADER:
        return {wanted.header: wanted.secret}
    if wanted.scheme is Authentication.NONE or not wanted.secret:
        return {}
    return hmacs.sign(wanted.scheme, wanted.hmac, wanted.header, wanted.secret, message)
