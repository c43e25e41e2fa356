"""Says whether a request carries the credentials that its webhook asks for, and if not, why."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.models import Authentication

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_PREFIX = "sha256="
_DIGEST = 32  # bytes of a SHA-256


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a webhook asks of its callers; the secret shows in no repr and no log."""

    scheme: Authentication
    header: str = ""  # lower case; carries the secret or the signature
    username: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


def sign(secret: str, body: bytes) -> str:
    """Return the signature of a body as GitHub writes it: `sha256=` and 64 hex digits."""
    return _PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def refusal(wanted: Credentials, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return None where the request may pass, else the exact reason, for the webhook's owner only.

    `headers` have lower-case names. Secrets and signatures are compared in
    constant time. A webhook without a secret lets nobody pass.
    """
    if wanted.scheme is Authentication.NONE:
        return None
    if not wanted.secret:
        return "The webhook has no secret that can be read; rotate it to get a new one."
    if wanted.scheme is Authentication.BASIC:
        return _basic(wanted, headers.get("authorization"))
    value = headers.get(wanted.header)
    if value is None:
        return f"The header {wanted.header} is missing."
    if wanted.scheme is Authentication.HEADER:
        return _secret(wanted, value)
    return _signature(wanted, value, body)


def _secret(wanted: Credentials, value: str) -> str | None:
    if wanted.header == "authorization" and value[:7].lower() == "bearer ":
        value = value[7:]
    if hmac.compare_digest(_bytes(value), wanted.secret.encode()):
        return None
    return f"The header {wanted.header} does not hold the secret."


def _basic(wanted: Credentials, value: str | None) -> str | None:
    if value is None:
        return "The header authorization is missing."
    if value[:6].lower() != "basic ":
        return "The header authorization does not begin with “Basic”."
    try:
        user, colon, password = base64.b64decode(value[6:], validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return "The header authorization is not valid base64."
    if not colon:
        return "The header authorization has no colon between user and password."
    # Both are compared, so that the time does not tell which of them was wrong.
    user_fits = hmac.compare_digest(user, wanted.username.encode())
    password_fits = hmac.compare_digest(password, wanted.secret.encode())
    return None if user_fits and password_fits else "The user or the password is wrong."


def _signature(wanted: Credentials, value: str, body: bytes) -> str | None:
    given = _digest(value.strip(), hex_only=wanted.scheme is Authentication.GITHUB)
    if given is None:
        expected = "sha256= and 64 hex digits"
        if wanted.scheme is not Authentication.GITHUB:
            expected = "64 hex digits or base64 of 32 bytes, with or without sha256= before it"
        return f"The header {wanted.header} is not a signature: it must be {expected}."
    if hmac.compare_digest(given, hmac.digest(wanted.secret.encode(), body, "sha256")):
        return None
    return (
        f"The signature in {wanted.header} is not that of the body that arrived: "
        "the secret differs, or the body was changed on the way."
    )


def _digest(value: str, *, hex_only: bool) -> bytes | None:
    if value[:7].lower() == _PREFIX:
        value = value[7:]
    elif hex_only:
        return None
    if _HEX.fullmatch(value):
        return bytes.fromhex(value)
    if hex_only:
        return None
    try:
        digest = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) == _DIGEST else None


def _bytes(value: str) -> bytes:
    # Header values are read as latin-1; this gives back the bytes that were sent.
    return value.encode("latin-1", errors="replace")
