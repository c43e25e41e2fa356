"""Makes and changes webhooks: the address, who may call it, and its secret, shown once."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from runner.models import Authentication, Webhook
from runner.webhooks.secrets import SecretBox

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
    Authentication.HMAC: "X-Signature-256",
    Authentication.GITHUB: "X-Hub-Signature-256",
}


def create_webhook(
    blueprint: Blueprint, node: str, authentication: str, header: str = "", username: str = ""
) -> tuple[Webhook, str]:
    """Create an address for the trigger `node` and return it with its secret.

    The secret is shown this once: the row keeps it encrypted. It is empty where
    the authentication is `none`. Raises ValidationError, by field, for what cannot be.
    """
    webhook = Webhook(
        token=new_token(),
        blueprint=blueprint,
        node=node,
        authentication=authentication,
        header=header,
        username=username,
    )
    check(webhook)
    secret = _renew(webhook)
    webhook.save()
    return webhook, secret


def new_token() -> str:
    """Return the part of a new address that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(32)


def rotate_secret(webhook: Webhook) -> str:
    """Give the webhook a new secret and return it, this once; the old one no longer opens."""
    secret = _renew(webhook)
    webhook.save(update_fields=["secret", "updated"])
    return secret


def webhook_url(webhook: Webhook, base: str) -> str:
    """Return the webhook's address below `base` (`https://host`)."""
    return f"{base.rstrip('/')}/hooks/{webhook.token}"


def secret_header(webhook: Webhook) -> str:
    """Return the header that carries the secret or signature; empty where the scheme has none."""
    try:
        scheme = Authentication(webhook.authentication)
    except ValueError:
        return ""
    if scheme is Authentication.GITHUB or scheme not in DEFAULT_HEADERS:
        return DEFAULT_HEADERS.get(scheme, "")
    return webhook.header or DEFAULT_HEADERS[scheme]


def check(webhook: Webhook) -> None:
    """Raise ValidationError, by field, where the webhook's settings do not fit together."""
    problems: dict[str, str] = {}
    if webhook.authentication not in Authentication.values:
        known = ", ".join(Authentication.values)
        problems["authentication"] = f"{webhook.authentication!r} is none of {known}."
    if not webhook.node or len(webhook.node) > 64:
        problems["node"] = "Name the webhook trigger node of the blueprint (1 to 64 characters)."
    if webhook.header and not (_HEADER.fullmatch(webhook.header) and len(webhook.header) <= 100):
        problems["header"] = f"{webhook.header!r} cannot be the name of a header."
    elif webhook.header.lower() in _TAKEN:
        problems["header"] = f"{webhook.header!r} has a meaning of its own; choose another header."
    if webhook.authentication == Authentication.BASIC:
        if not webhook.username:
            problems["username"] = "HTTP basic needs a user name."
        elif ":" in webhook.username or len(webhook.username) > 100:
            problems["username"] = "A user name has at most 100 characters and no colon."
    if problems:
        raise ValidationError(problems)


def _renew(webhook: Webhook) -> str:
    if webhook.authentication == Authentication.NONE:
        webhook.secret = ""
        return ""
    secret = secrets.token_urlsafe(32)
    webhook.secret = SecretBox.of_site().seal(secret)
    return secret
