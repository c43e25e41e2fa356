"""Signatures by HMAC: how each scheme writes them, whether one is right, and how to make one.

A scheme is data: where the signature and the time of sending stand, what is
signed, and how the signature is written. Twilio's and Standard Webhooks' have a
rule of their own besides.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from standardwebhooks.webhooks import Webhook as StandardWebhook
from standardwebhooks.webhooks import WebhookVerificationError

from runner.models import Authentication

ALGORITHMS = {"sha1": 20, "sha256": 32, "sha512": 64}
"""The algorithms and the bytes of their digests."""

TOLERANCE = 300  # seconds, where a scheme or a person says nothing else
STANDARD_ID, STANDARD_TIME = "webhook-id", "webhook-timestamp"
FORM = "application/x-www-form-urlencoded"
_NAME = re.compile(r"\{([^{}]*)\}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_OWN_NAMES = frozenset({"body", "timestamp", "method", "url"})
_MOST_SIGNATURES = 20
_DIFFERS = (
    "The signature in {header} is not that of the body that arrived: "
    "the secret differs, or the body was changed on the way."
)


@dataclass(frozen=True, slots=True)
class Message:
    """What arrived, as far as a signature may concern it. `headers` have lower-case names."""

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    url: str = ""  # as the sender knows it
    now: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature is written.

    `algorithm` is one of ALGORITHMS. `prefix` must stand before a signature;
    where `lenient`, `sha256=` may. `signed` names what is signed in braces.
    `timestamp` is a header, or, where signatures come as `pairs`, a key in one.
    """

    algorithm: str = "sha256"
    prefix: str = ""
    lenient: bool = False
    encoding: Literal["", "hex", "base64"] = "hex"
    signed: str = "{body}"
    timestamp: str = ""
    tolerance: int = TOLERANCE
    pairs: bool = False


GENERIC = Scheme(lenient=True, encoding="")
PRESETS = {
    Authentication.GITHUB: Scheme(prefix="sha256="),
    Authentication.SHOPIFY: Scheme(encoding="base64"),
    Authentication.SLACK: Scheme(
        prefix="v0=", signed="v0:{timestamp}:{body}", timestamp="x-slack-request-timestamp"
    ),
    Authentication.STRIPE: Scheme(
        prefix="v1=", signed="{timestamp}.{body}", timestamp="t", pairs=True
    ),
    Authentication.TWILIO: Scheme(algorithm="sha1", encoding="base64"),
}
HEADERS = {
    Authentication.HMAC: "X-Signature-256",
    Authentication.STANDARD: "webhook-signature",
    Authentication.GITHUB: "X-Hub-Signature-256",
    Authentication.SHOPIFY: "X-Shopify-Hmac-SHA256",
    Authentication.SLACK: "X-Slack-Signature",
    Authentication.STRIPE: "Stripe-Signature",
    Authentication.TWILIO: "X-Twilio-Signature",
}
"""The header that carries the signature, by scheme."""


class Unsigned(Exception):
    """The message has no right signature; the text says exactly why."""


def names_in(signed: str) -> list[str]:
    """Return what a description of what is signed names. Raises ValueError where it is none."""
    rest = _NAME.sub("", signed)
    if "{" in rest or "}" in rest:
        raise ValueError("A brace is open or closed alone.")
    return _NAME.findall(signed)


def check(
    kind: Authentication, scheme: Scheme, header: str, secrets: Iterable[str], message: Message
) -> None:
    """Raise Unsigned where no secret makes the signature that the message carries."""
    if kind is Authentication.STANDARD:
        _check_standard(secrets, message)
        return
    value = message.headers.get(header)
    if value is None:
        raise Unsigned(f"The header {header} is missing.")
    timestamp = _timestamp(scheme, value, message)
    given = _given(scheme, header, value)
    content = _content(kind, scheme, message, timestamp)
    for secret in secrets:
        digest = hmac.digest(secret.encode(), content, scheme.algorithm)
        if any(hmac.compare_digest(it, digest) for it in given):
            return
    raise Unsigned(_DIFFERS.format(header=header))


def sign(
    kind: Authentication, scheme: Scheme, header: str, secret: str, message: Message
) -> dict[str, str]:
    """Return the headers that prove that a message comes from who knows the secret.

    What is signed besides and the message lacks is made up.
    """
    now = int(message.now)
    if kind is Authentication.STANDARD:
        ident = f"msg_{now}"
        moment = datetime.fromtimestamp(now, UTC)
        signature = StandardWebhook(secret).sign(ident, moment, message.body.decode())
        return {STANDARD_ID: ident, STANDARD_TIME: str(now), header: signature}
    more = {name: "test" for name in other_headers(scheme) if name not in message.headers}
    message = replace(message, headers={**message.headers, **more})
    content = _content(kind, scheme, message, str(now))
    digest = hmac.digest(secret.encode(), content, scheme.algorithm)
    hexadecimal = scheme.encoding != "base64"
    written = digest.hex() if hexadecimal else base64.b64encode(digest).decode()
    if scheme.pairs:
        return {header: f"{scheme.timestamp}={now},{prefix_of(scheme)}{written}"}
    times = {scheme.timestamp: str(now)} if scheme.timestamp else {}
    return {**more, **times, header: prefix_of(scheme) + written}


def prefix_of(scheme: Scheme) -> str:
    """Return what is written before a signature."""
    return scheme.prefix or (f"{scheme.algorithm}=" if scheme.lenient else "")


def other_headers(scheme: Scheme) -> list[str]:
    """Return the headers that are signed besides the time of sending, in lower case."""
    return [name.lower() for name in names_in(scheme.signed) if name not in _OWN_NAMES]


def standard_key(secret: str) -> bytes:
    """Return the key that a secret of Standard Webhooks means. Raises ValueError."""
    text = secret.removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("The secret is not base64, with or without whsec_ before it.") from None


def _check_standard(secrets: Iterable[str], message: Message) -> None:
    names = (STANDARD_ID, STANDARD_TIME, HEADERS[Authentication.STANDARD])
    for name in names:
        if not message.headers.get(name):
            raise Unsigned(f"The header {name} is missing.")
    # The library takes whole and broken numbers; its own window is the standard's five minutes.
    _within(message.headers[STANDARD_TIME], STANDARD_TIME, TOLERANCE, message.now)
    # The library gives up at the first signature that it cannot read; a right one may follow.
    shape = Scheme(encoding="base64")
    given = message.headers[names[2]].split()[:_MOST_SIGNATURES]
    readable = [it for it in given if it.startswith("v1,") and _digest(shape, it[3:]) is not None]
    if not readable:
        raise Unsigned(f"The header {names[2]} has no signature: v1, and {_wanted(shape)}.")
    headers = {name: message.headers[name] for name in names} | {names[2]: " ".join(readable)}
    for secret in secrets:
        try:
            StandardWebhook(secret).verify(message.body, headers, json_parse=False)
        except UnicodeDecodeError:
            raise Unsigned("The body is not UTF-8, as Standard Webhooks sign it.") from None
        except (WebhookVerificationError, ValueError):
            continue
        return
    raise Unsigned(_DIFFERS.format(header=names[2]))


def _timestamp(scheme: Scheme, value: str, message: Message) -> str:
    if not scheme.timestamp:
        return ""
    if scheme.pairs:
        found, where = dict(_pairs(value)).get(scheme.timestamp), f"{scheme.timestamp}="
    else:
        found, where = message.headers.get(scheme.timestamp), f"the header {scheme.timestamp}"
    if found is None:
        raise Unsigned(f"There is no time of sending: {where} is missing.")
    return _within(found.strip(), where, scheme.tolerance, message.now)


def _within(text: str, where: str, tolerance: int, now: float) -> str:
    if not _TIMESTAMP.fullmatch(text):
        raise Unsigned(f"The time of sending in {where} is not in Unix seconds: {text[:40]!r}.")
    off = int(text) - now
    if abs(off) > tolerance:
        side = "in the future" if off > 0 else "old"
        raise Unsigned(
            f"The time of sending is {abs(off):.0f} s {side}; {tolerance} s are allowed."
        )
    return text


def _pairs(value: str) -> Iterable[tuple[str, str]]:
    for part in value.split(",")[:50]:
        name, _, rest = part.strip().partition("=")
        yield name, rest


def _given(scheme: Scheme, header: str, value: str) -> list[bytes]:
    """Return the digests that a header holds. Raises Unsigned where there is none."""
    if scheme.pairs:
        wanted = scheme.prefix.removesuffix("=")
        texts = [rest for name, rest in _pairs(value) if name == wanted]
    else:
        texts = [text] if (text := _without_prefix(scheme, value.strip())) is not None else []
    found = [it for text in texts if (it := _digest(scheme, text)) is not None]
    if not found:
        raise Unsigned(f"The header {header} is not a signature: it must be {_wanted(scheme)}.")
    return found


def _without_prefix(scheme: Scheme, value: str) -> str | None:
    before = prefix_of(scheme)
    if value[: len(before)].lower() == before.lower():
        return value[len(before) :]
    return None if scheme.prefix else value


def _digest(scheme: Scheme, text: str) -> bytes | None:
    size = ALGORITHMS[scheme.algorithm]
    if scheme.encoding != "base64" and len(text) == 2 * size and _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if scheme.encoding == "hex":
        return None
    try:
        digest = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == size else None


def _wanted(scheme: Scheme) -> str:
    size = ALGORITHMS[scheme.algorithm]
    written = {"hex": f"{2 * size} hex digits", "base64": f"base64 of {size} bytes"}
    text = written.get(scheme.encoding) or f"{written['hex']} or {written['base64']}"
    if scheme.lenient and not scheme.prefix:
        return f"{text}, with or without {scheme.algorithm}= before it"
    return f"{scheme.prefix} and {text}" if scheme.prefix else text


def _content(kind: Authentication, scheme: Scheme, message: Message, timestamp: str) -> bytes:
    """Return the bytes that are signed. Raises Unsigned where something named is missing."""
    if kind is Authentication.TWILIO:
        return twilio(message, checked=True)
    if scheme.signed == "{body}":
        return message.body
    parts: list[bytes] = []
    end = 0
    for found in _NAME.finditer(scheme.signed):
        parts += (scheme.signed[end : found.start()].encode(), _named(found[1], message, timestamp))
        end = found.end()
    return b"".join([*parts, scheme.signed[end:].encode()])


def _named(name: str, message: Message, timestamp: str) -> bytes:
    known = {"timestamp": timestamp, "method": message.method, "url": message.url}
    if name == "body":
        return message.body
    if name in known:
        return known[name].encode()
    value = message.headers.get(name.lower())
    if value is None:
        raise Unsigned(f"The header {name.lower()} is missing, which is signed.")
    return value.encode("latin-1", errors="replace")


def twilio(message: Message, *, checked: bool = False) -> bytes:
    """Return the address and the form's fields in order, or the address that has the body's hash.

    Where that is to be `checked`, raises Unsigned for a body with another hash.
    Source: Twilio, Webhooks security, "Validating signatures from Twilio".
    """
    kind = message.headers.get("content-type", "").partition(";")[0].strip().lower()
    url = message.url.encode()
    if kind == FORM:
        fields = parse_qsl(
            message.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000
        )
        pairs = sorted(set(fields))
        return url + "".join(name + value for name, value in pairs).encode()
    if message.body and checked:
        query = dict(parse_qsl(urlsplit(message.url).query))
        given = query.get("bodySHA256", "").lower()
        found = hashlib.sha256(message.body).hexdigest()
        if not hmac.compare_digest(given.encode(), found.encode()):
            raise Unsigned("The query's bodySHA256 is not the hash of the body that arrived.")
    return url
