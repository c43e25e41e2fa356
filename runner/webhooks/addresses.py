"""Makes and changes webhooks: the address, who may call it, and its secret, shown once."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils import timezone

from runner.models import Authentication, Encoding, Webhook
from runner.sealing import SecretBox
from runner.webhooks import hmacs, key_sets, tokens
from runner.webhooks.senders import read_networks

if TYPE_CHECKING:
    from editor.models import Blueprint

# RFC 9110's token: what a header's name is made of.
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Headers with a meaning of their own on the way here; a secret in one of these would be lost or
# would change how the request is read.
_TAKEN = frozenset(
    {"connection", "content-length", "content-type", "cookie", "host", "upgrade"}
    | {"transfer-encoding"}
)
DEFAULT_HEADERS = {
    Authentication.HEADER: "X-Webhook-Secret",
    Authentication.JWT: "Authorization",
    **hmacs.HEADERS,
}
_OWN_HEADER = frozenset({Authentication.HEADER, Authentication.HMAC, Authentication.JWT})
LONGEST_KEEPING = 30 * 24  # hours
LEAST_SECRET, MOST_SECRET = 8, 500  # characters
MOST_TOLERANCE = 86_400  # seconds
MOST_RATE = 1_000_000
MOST_KEYS = 64 * 1024  # characters
SETTINGS = (
    "header username algorithm prefix encoding signed timestamp_header tolerance keys issuer "
    "audience networks rate_limit burst"
).split()
"""The fields of a webhook that a person may set besides its trigger and authentication."""


def create_webhook(
    blueprint: Blueprint,
    node: str,
    authentication: str,
    header: str = "",
    username: str = "",
    secret: str = "",
    **settings: Any,
) -> tuple[Webhook, str]:
    """Create an address for the trigger `node` and return it with its secret.

    The secret is the one given, as providers make theirs themselves, or a new
    one. It is shown this once: the row keeps it encrypted. It is empty where the
    authentication has none. `settings` are further SETTINGS. Raises
    ValidationError, by field, for what cannot be.
    """
    webhook = Webhook(
        token=new_token(),
        blueprint=blueprint,
        node=node,
        authentication=authentication,
        header=header,
        username=username,
        **settings,
    )
    check(webhook)
    secret = _renew(webhook, secret)
    webhook.save()
    return webhook, secret


def new_token() -> str:
    """Return the part of a new address that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def rotate_secret(webhook: Webhook, secret: str = "", keep_old_hours: int = 0) -> str:
    """Give the webhook a new secret and return it, this once.

    The old one opens for so many hours more, so that senders can be changed one
    by one; with 0 it no longer does. Raises ValidationError.
    """
    if not 0 <= keep_old_hours <= LONGEST_KEEPING:
        wrong = f"The old secret may be kept for 0 to {LONGEST_KEEPING} hours."
        raise ValidationError({"keep_old_hours": wrong})
    old = webhook.secret
    made = _renew(webhook, secret)
    keep = bool(old and keep_old_hours)
    webhook.old_secret = old if keep else ""
    webhook.old_until = timezone.now() + timedelta(hours=keep_old_hours) if keep else None
    webhook.save(update_fields=["secret", "old_secret", "old_until", "updated"])
    return made


def forget_old_secret(webhook: Webhook) -> None:
    """End the time in which the secret before this one opens."""
    webhook.old_secret, webhook.old_until = "", None
    webhook.save(update_fields=["old_secret", "old_until", "updated"])


def webhook_url(webhook: Webhook, base: str) -> str:
    """Return the webhook's address below `base` (`https://host`)."""
    return f"{base.rstrip('/')}/hooks/{webhook.token}"


def secret_header(webhook: Webhook) -> str:
    """Return the header that carries the secret or signature; empty where the scheme has none."""
    try:
        scheme = Authentication(webhook.authentication)
    except ValueError:
        return ""
    own = webhook.header if scheme in _OWN_HEADER else ""
    return own or DEFAULT_HEADERS.get(scheme, "")


def needs_secret(webhook: Webhook) -> bool:
    """Say whether callers prove who they are by a secret that the webhook keeps."""
    if webhook.authentication == Authentication.JWT:
        return (webhook.algorithm or tokens.DEFAULT) in tokens.HMAC
    return webhook.authentication != Authentication.NONE


def check(webhook: Webhook) -> None:
    """Raise ValidationError, by field, where the webhook's settings do not fit together."""
    problems: dict[str, str] = {}
    if webhook.authentication not in Authentication.values:
        known = ", ".join(Authentication.values)
        problems["authentication"] = f"{webhook.authentication!r} is none of {known}."
    if len(webhook.node) > 64:
        problems["node"] = "The name of a node has at most 64 characters."
    for name in ("header", "timestamp_header"):
        given: str = getattr(webhook, name)
        if given and not (_HEADER.fullmatch(given) and len(given) <= 100):
            problems[name] = f"{given!r} cannot be the name of a header."
        elif given.lower() in _TAKEN:
            problems[name] = f"{given!r} has a meaning of its own; choose another header."
    if webhook.authentication == Authentication.BASIC:
        if not webhook.username:
            problems["username"] = "HTTP basic needs a user name."
        elif ":" in webhook.username or len(webhook.username) > 100:
            problems["username"] = "A user name has at most 100 characters and no colon."
    if webhook.authentication == Authentication.HMAC:
        problems |= _wrong_hmac(webhook)
    elif webhook.authentication == Authentication.JWT:
        problems |= _wrong_jwt(webhook)
    elif webhook.algorithm:
        problems["algorithm"] = "Only HMAC and JWT have an algorithm to choose; leave it empty."
    if webhook.tolerance > MOST_TOLERANCE or webhook.tolerance < 1:
        problems["tolerance"] = f"The time may be off by 1 to {MOST_TOLERANCE} seconds."
    for name in ("rate_limit", "burst"):
        if not 0 <= getattr(webhook, name) <= MOST_RATE:
            problems[name] = f"This is a number from 0 to {MOST_RATE}."
    if webhook.burst and not webhook.rate_limit:
        problems["burst"] = "Set a limit a minute as well; without one any number may come at once."
    try:
        read_networks(webhook.networks)
    except ValueError as error:
        problems["networks"] = str(error)
    if problems:
        raise ValidationError(problems)


def check_secret(webhook: Webhook, secret: str) -> None:
    """Raise ValidationError where a given secret cannot be the webhook's."""
    wrong = ""
    if not needs_secret(webhook):
        wrong = "This authentication has no secret; leave it empty."
    elif not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        wrong = "A secret has plain characters only, and no spaces around it."
    elif not LEAST_SECRET <= len(secret) <= MOST_SECRET:
        wrong = f"A secret has {LEAST_SECRET} to {MOST_SECRET} characters; longer is safer."
    elif webhook.authentication == Authentication.JWT and len(secret) < _least_jwt(webhook):
        wrong = f"A secret that signs these tokens has at least {_least_jwt(webhook)} characters."
    elif webhook.authentication == Authentication.STANDARD:
        try:
            hmacs.standard_key(secret)
        except ValueError as error:
            wrong = str(error)
    if wrong:
        raise ValidationError({"secret": wrong})


def _least_jwt(webhook: Webhook) -> int:
    """Return how many bytes the secret has at least (RFC 7518, section 3.2)."""
    return int((webhook.algorithm or tokens.DEFAULT).removeprefix("HS")) // 8


def _wrong_hmac(webhook: Webhook) -> dict[str, str]:
    problems: dict[str, str] = {}
    if webhook.algorithm and webhook.algorithm not in hmacs.ALGORITHMS:
        known = ", ".join(hmacs.ALGORITHMS)
        problems["algorithm"] = f"{webhook.algorithm!r} is none of {known}."
    if webhook.encoding not in Encoding.values:
        problems["encoding"] = f"{webhook.encoding!r} is neither hex nor base64."
    if not (webhook.prefix.isascii() and webhook.prefix.isprintable()):
        problems["prefix"] = "A prefix has plain characters only."
    try:
        named = hmacs.names_in(webhook.signed)
    except ValueError as error:
        problems["signed"] = f"What is signed cannot be read. {error}"
        return problems
    if wrong := [name for name in named if not _HEADER.fullmatch(name)]:
        problems["signed"] = f"{{{wrong[0]}}} is neither body, timestamp, method, url nor a header."
    elif webhook.signed and "body" not in named:
        problems["signed"] = "The body must be signed: name {body}."
    elif "timestamp" in named and not webhook.timestamp_header:
        problems["timestamp_header"] = "Name the header that carries the signed {timestamp}."
    elif webhook.timestamp_header and "timestamp" not in named:
        # A time that nobody signed protects from nothing: whoever replays writes a new one.
        problems["signed"] = "The time must be signed: name {timestamp}, as in {timestamp}.{body}."
    return problems


def _wrong_jwt(webhook: Webhook) -> dict[str, str]:
    algorithm = webhook.algorithm or tokens.DEFAULT
    source = webhook.keys.strip()
    if algorithm not in tokens.ALGORITHMS:
        return {"algorithm": f"{algorithm!r} is none of {', '.join(tokens.ALGORITHMS)}."}
    if algorithm in tokens.HMAC:
        wrong = f"{algorithm} is checked by the secret; keys are for RS, PS, ES and EdDSA."
        return {"keys": wrong} if source else {}
    if not source:
        return {"keys": f"{algorithm} needs the issuer's public keys."}
    if len(source) > MOST_KEYS:
        return {"keys": f"Keys have at most {MOST_KEYS} characters."}
    if key_sets.is_pasted(source):
        try:
            found = key_sets.read_keys(source)
        except key_sets.KeysWrong as error:
            return {"keys": str(error)}
        if not any(key.fits(algorithm) for key in found):
            return {"keys": f"None of these keys fits {algorithm}."}
    elif key_sets.is_address(source):
        if not urlsplit(source).hostname or len(source) > 2000 or len(source.split()) > 1:
            return {"keys": "This is no address such as https://example.com/jwks.json."}
    elif "\n" in source:
        return {"keys": "These are neither PEM nor a JWKS, nor an address, nor a path."}
    else:
        try:
            key_sets.place_of(source)
        except key_sets.KeysWrong as error:
            return {"keys": str(error)}
    return {}


def _renew(webhook: Webhook, secret: str = "") -> str:
    if not needs_secret(webhook):
        if secret:
            check_secret(webhook, secret)
        webhook.secret = webhook.old_secret = ""
        webhook.old_until = None
        return ""
    if secret:
        check_secret(webhook, secret)
    elif webhook.authentication == Authentication.STANDARD:
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    else:
        # 64 characters are enough for every algorithm.
        secret = secrets.token_urlsafe(48)
    webhook.secret = SecretBox.of_site().seal(secret)
    return secret
