"""A request to a webhook as it arrived, read from the server with limits of size and time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings

from runner.webhooks.hmacs import HEADERS, Message
from runner.webhooks.senders import sender_of
from runner.webhooks.signatures import Credentials

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LONGEST = 30.0  # seconds that a body may take to arrive
PREFIX = "/hooks/"
# An ASGI extension of servers that ask the application when they have read the whole body.
WHOLE = "conductor.whole"
# Neither a run nor a delivery ever holds these.
_CREDENTIALS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "x-hub-signature"}
    | {name.lower() for name in HEADERS.values()}
)


class BodyMissing(Exception):
    """The body did not come as it should; `status` is what the sender is answered."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class Request:
    """What was asked of a webhook: `path` is what follows the token, `headers` are lower case.

    Where it is `whole`, the server has all of its body already.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    sender: str
    received: float = field(default_factory=time.time)
    body: bytes = b""
    whole: bool = False
    target: str = ""  # the path as it was sent
    _public: dict[str, str] | None = None

    @property
    def content_type(self) -> str:
        """The content type as it was sent; empty where there was none."""
        return self.headers.get("content-type", "")

    def message(self) -> Message:
        """Return what a signature may concern. The address is the one that senders are given."""
        url = f"{settings.CONDUCTOR_URL}{self.target}" + (f"?{self.query}" if self.query else "")
        return Message(self.headers, self.body, self.method, url)

    def public_headers(self, credentials: Credentials) -> dict[str, str]:
        """Return the headers without what proves who the sender is."""
        hidden = credentials.header
        if self._public is None:
            self._public = {
                name: value
                for name, value in self.headers.items()
                if name not in _CREDENTIALS and name != hidden
            }
        return self._public


def read_head(scope: Scope) -> tuple[str, Request]:
    """Return the token and the request without its body."""
    token, _, rest = scope["path"][len(PREFIX) :].partition("/")
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    raw = scope.get("raw_path")
    request = Request(
        method=scope["method"],
        path=rest,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        sender=sender_of(scope.get("client"), headers),
        whole=WHOLE in scope.get("extensions", ()),
        target=raw.decode("latin-1") if raw else quote(scope["path"]),
    )
    return token, request


async def read_all(receive: Receive, request: Request, limit: int) -> None:
    """Read the body into the request. Raises BodyMissing for one too large, too slow or cut off."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise BodyMissing(413, f"The body has {announced[:20]} bytes; {limit} are allowed.")
    try:
        if request.whole:
            # The server has looked at the time, and says so where it was too long.
            request.body = await _read(receive, limit)
            return
        async with asyncio.timeout(LONGEST):
            request.body = await _read(receive, limit)
    except TimeoutError:
        reason = f"The body did not arrive within {LONGEST:.0f} seconds."
        raise BodyMissing(408, reason) from None


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyMissing(400, "The sender hung up before the body was complete.")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyMissing(413, f"The body has more than the allowed {limit} bytes.")
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)
