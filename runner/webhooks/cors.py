"""Which pages' scripts may call an address and read its answers (CORS, the Fetch standard)."""

from __future__ import annotations

import re

from runner.webhooks.answers import Answer
from runner.webhooks.lookup import Address, Trigger
from runner.webhooks.request import Request

Headers = tuple[tuple[bytes, bytes], ...]

MAX_AGE = b"600"  # seconds that a browser remembers what it was told
EXPOSED = b"x-conductor-delivery, retry-after"
_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z, -]{1,1000}")
_VARY = (b"vary", b"origin")


def headers_for(trigger: Trigger, request: Request) -> Headers:
    """Return what an answer tells the browser: nothing, where the page may not read it."""
    if not trigger.origins:
        return ()
    allowed = _allowed(trigger, request)
    if allowed is None:
        return (_VARY,)
    return (
        (b"access-control-allow-origin", allowed),
        (b"access-control-expose-headers", EXPOSED),
        _VARY,
    )


def preflight(address: Address, request: Request) -> Answer | None:
    """Answer a browser's question whether a page may call; None for any other request.

    It starts nothing and carries no credentials, so nothing of it is kept.
    """
    wanted = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or not wanted or "origin" not in request.headers:
        return None
    for trigger in address.triggers:
        if wanted not in trigger.methods or trigger.path.match(request.path) is None:
            continue
        if (allowed := _allowed(trigger, request)) is None:
            continue
        names = request.headers.get("access-control-request-headers", "")
        asked = names.encode() if _NAMES.fullmatch(names) else b""
        return Answer(
            204,
            (
                (b"access-control-allow-origin", allowed),
                (b"access-control-allow-methods", ", ".join(trigger.methods).encode()),
                *(((b"access-control-allow-headers", asked),) if asked else ()),
                (b"access-control-max-age", MAX_AGE),
                _VARY,
            ),
            b"",
        )
    return None


def _allowed(trigger: Trigger, request: Request) -> bytes | None:
    origin = request.headers.get("origin")
    if origin is None:
        return None
    if "*" in trigger.origins:
        return b"*"
    return origin.encode("latin-1") if origin in trigger.origins else None
