"""Unpacks bodies that were sent packed, and gives up where they grow beyond what is allowed."""

from __future__ import annotations

import zlib

from runner.webhooks.bodies import BodyRefused

# What `decompressobj` is told, to read the form with its header (RFC 1952, RFC 1950).
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class PackingUnknown(ValueError):
    """The body is packed in a way that is not read here; the message says how it may be."""


class BodyTooLarge(ValueError):
    """The body is larger unpacked than is allowed."""


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the body as it was before it was packed; at most one byte beyond the limit is made.

    Raises PackingUnknown, BodyTooLarge, and BodyRefused where it is damaged.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in _WINDOWS:
        raise PackingUnknown(
            f"The body is packed by {name[:40]!r}; send gzip, deflate, or neither."
        )
    parts: list[bytes] = []
    left, room = body, limit + 1
    # Several packed parts one after the other are one body (RFC 1952, section 2.2).
    while left and room > 0:
        unpacker = zlib.decompressobj(_WINDOWS[name])
        try:
            part = unpacker.decompress(left, room)
        except zlib.error as error:
            raise BodyRefused(f"The body cannot be unpacked ({error}).") from None
        parts.append(part)
        room -= len(part)
        if room > 0 and not unpacker.eof:
            raise BodyRefused("The packed body ends before its end.")
        left = unpacker.unused_data
    if room <= 0:
        raise BodyTooLarge(f"The body has more than the allowed {limit} bytes when it is unpacked.")
    return b"".join(parts)
