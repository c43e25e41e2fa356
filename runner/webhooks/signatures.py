"""Says whether a request carries the credentials that its webhook asks for, and if not, why."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.models import Authentication
from runner.webhooks import hmacs, tokens
from runner.webhooks.hmacs import Message, Scheme, Unsigned
from runner.webhooks.key_sets import Key
from runner.webhooks.tokens import Rules


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a webhook asks of its callers; the secrets show in no repr and no log.

    `old` is the secret before this one, which opens until `old_until` (Unix seconds).
    """

    scheme: Authentication
    header: str = ""  # lower case; carries the secret, the signature or the token
    username: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    old: str = field(default="", repr=False)
    old_until: float = 0.0
    hmac: Scheme = hmacs.GENERIC
    jwt: Rules | None = None

    def secrets(self, now: float) -> tuple[str, ...]:
        """Return the secrets that open at a moment."""
        if not self.secret:
            return ()
        return (self.secret, self.old) if self.old and now < self.old_until else (self.secret,)


def refusal(
    wanted: Credentials,
    headers: Mapping[str, str],
    body: bytes,
    message: Message | None = None,
    keys: tuple[Key, ...] = (),
) -> str | None:
    """Return None where the request may pass, else the exact reason, for the webhook's owner only.

    `headers` have lower-case names. Secrets and signatures are compared in
    constant time. A webhook without a secret lets nobody pass. `message` says
    more of the request, for signatures that concern more; `keys` are the public
    keys of a JWT's issuer.
    """
    scheme = wanted.scheme
    if scheme is Authentication.NONE:
        return None
    message = message or Message(headers, body)
    secrets = wanted.secrets(message.now)
    if not secrets and not (wanted.jwt is not None and wanted.jwt.public):
        return "The webhook has no secret that can be read; rotate it to get a new one."
    try:
        if scheme is Authentication.BASIC:
            _basic(wanted, secrets, headers.get("authorization"))
        elif scheme is Authentication.HEADER:
            _secret(wanted.header, secrets, headers.get(wanted.header))
        elif scheme is Authentication.JWT:
            assert wanted.jwt is not None
            tokens.check(wanted.jwt, headers.get(wanted.header), wanted.header, secrets, keys)
        else:
            hmacs.check(scheme, wanted.hmac, wanted.header, secrets, message)
    except Unsigned as error:
        return str(error)
    return None


def _secret(header: str, secrets: tuple[str, ...], value: str | None) -> None:
    if value is None:
        raise Unsigned(f"The header {header} is missing.")
    if header == "authorization" and value[:7].lower() == "bearer ":
        value = value[7:]
    if not _any_is(_bytes(value), secrets):
        raise Unsigned(f"The header {header} does not hold the secret.")


def _basic(wanted: Credentials, secrets: tuple[str, ...], value: str | None) -> None:
    if value is None:
        raise Unsigned("The header authorization is missing.")
    if value[:6].lower() != "basic ":
        raise Unsigned("The header authorization does not begin with “Basic”.")
    try:
        user, colon, password = base64.b64decode(value[6:], validate=True).partition(b":")
    except (binascii.Error, ValueError):
        raise Unsigned("The header authorization is not valid base64.") from None
    if not colon:
        raise Unsigned("The header authorization has no colon between user and password.")
    # Both are compared, so that the time does not tell which of them was wrong.
    user_fits = hmac.compare_digest(user, wanted.username.encode())
    password_fits = _any_is(password, secrets)
    if not (user_fits and password_fits):
        raise Unsigned("The user or the password is wrong.")


def _any_is(given: bytes, secrets: tuple[str, ...]) -> bool:
    return any(hmac.compare_digest(given, secret.encode()) for secret in secrets)


def _bytes(value: str) -> bytes:
    # Header values are read as latin-1; this gives back the bytes that were sent.
    return value.encode("latin-1", errors="replace")
