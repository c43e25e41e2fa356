"""Answers to HTTP requests: unpacked and read within bounds."""

from __future__ import annotations

import base64
import email.utils
import time
import zlib
from collections.abc import AsyncIterable
from typing import Any

import httpx
import orjson

from runner.engine.errors import NodeError

LARGEST = 10 * 1024 * 1024
PACKINGS = "gzip, deflate"


def failed(message: str, kind: str, *, permanent: bool = False) -> NodeError:
    """Return the error of a request that got no usable answer."""
    return NodeError(message, kind=kind, permanent=permanent)


async def read_all(parts: AsyncIterable[bytes], packing: str) -> bytes:
    """Return the unpacked body.

    Raises NodeError where it is packed in a way that was not asked for, does
    not unpack, or is larger than `LARGEST` bytes, packed or not.
    """
    unpack = _unpacker(packing.strip().lower())
    whole = bytearray()
    async for part in parts:
        try:
            whole += unpack.decompress(part, LARGEST + 1) if unpack else part
        except zlib.error:
            raise failed(f"The answer is not {packing}.", "answer", permanent=True) from None
        if len(whole) > LARGEST:
            message = f"The answer is larger than {LARGEST:,} bytes."
            raise failed(message, "size", permanent=True)
    if unpack and whole and not unpack.eof:
        raise failed("The packed answer ends too early.", "connection")
    return bytes(whole)


def _unpacker(packing: str) -> zlib._Decompress | None:
    if packing in ("", "identity"):
        return None
    if packing in ("gzip", "x-gzip", "deflate"):
        # zlib itself tells gzip (RFC 1952) from zlib (RFC 1950) by the first bytes.
        return zlib.decompressobj(zlib.MAX_WBITS | 32)
    message = f"The answer is packed as {packing[:60]!r}; only {PACKINGS} can be read."
    raise failed(message, "answer", permanent=True)


def read_body(raw: bytes, headers: httpx.Headers, form: str) -> Any:
    """Return the body as JSON, text or base64, as asked for or as its content type says."""
    kind, _, options = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if form == "auto":
        is_json = kind == "application/json" or kind.endswith("+json")
        is_text = kind.startswith("text/") or kind.endswith(("xml", "javascript", "urlencoded"))
        form = "json" if is_json else "text" if is_text or not raw else "bytes"
        if form == "json" and not raw:
            return None
    if form == "json":
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise failed(f"The answer is not JSON: {error}.", "answer", permanent=True) from None
    if form == "text":
        charset = options.partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"
        try:
            return raw.decode(charset, errors="replace")
        except (LookupError, ValueError):
            return raw.decode("utf-8", errors="replace")
    return base64.b64encode(raw).decode()


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
