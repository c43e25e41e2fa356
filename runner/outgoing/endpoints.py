"""What people do with endpoints: make, check, rotate, switch on and off."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

import httpx
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from runner.models import Endpoint, MessageStatus, OutgoingMessage
from runner.outgoing.waking import tell_step
from runner.sealing import SecretBox

PREFIX = "whsec_"
LONGEST_KEPT = 168  # hours that a rotated secret may go on signing


def check(endpoint: Endpoint) -> None:
    """Raise ValidationError, by field, where an endpoint cannot be as it is given."""
    problems: dict[str, str] = {}
    name = endpoint.name.strip()
    if not name or len(name) > 100:
        problems["name"] = "Give it a name of 1 to 100 characters."
    elif name != endpoint.name:
        problems["name"] = "A name neither begins nor ends with a space."
    else:
        others = Endpoint.objects.filter(owner=endpoint.owner, name=name).exclude(pk=endpoint.pk)
        if others.exists():
            problems["name"] = f"There is an endpoint {name!r} already; choose another name."
    if wrong := _wrong_address(endpoint.url):
        problems["url"] = wrong
    blueprint = endpoint.blueprint
    if blueprint is not None and blueprint.owner_id != endpoint.owner_id:
        problems["blueprint"] = "An endpoint is told of blueprints of its own owner only."
    if problems:
        raise ValidationError(problems)


def _wrong_address(text: str) -> str:
    """Say what is wrong with an address; whether it is public is asked at each attempt."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        return f"This is no address: {error}."
    if url.scheme not in ("http", "https") or not url.host or len(text) > 2000:
        return "The address must be https://host/path or http://host/path, of 2,000 characters."
    if url.userinfo:
        return "The address must not hold a password: messages are signed instead."
    if url.fragment:
        return "The address must not have a part after #: it is never sent."
    return ""


def create_endpoint(endpoint: Endpoint) -> str:
    """Keep a new endpoint; return its secret, which is shown this once.

    Raises ValidationError, by field, for what cannot be.
    """
    check(endpoint)
    secret = new_secret()
    endpoint.secret = SecretBox.of_site().seal(secret)
    endpoint.save()
    return secret


def new_secret() -> str:
    """Return a signing secret as Standard Webhooks has them: 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def rotate_secret(endpoint: Endpoint, keep_hours: float = 24) -> str:
    """Give the endpoint a new secret and return it, this once.

    For so many hours (0 to `LONGEST_KEPT`) messages are signed with the old one too.
    """
    secret = new_secret()
    endpoint.old_secret = endpoint.secret if keep_hours > 0 else ""
    endpoint.old_until = (
        timezone.now() + timedelta(hours=min(keep_hours, LONGEST_KEPT)) if keep_hours > 0 else None
    )
    endpoint.secret = SecretBox.of_site().seal(secret)
    endpoint.save(update_fields=["secret", "old_secret", "old_until", "updated"])
    return secret


def switch_on(endpoint: Endpoint) -> None:
    """Let the endpoint get messages again; those that failed meanwhile can be sent again."""
    endpoint.enabled, endpoint.why_off, endpoint.failing_since = True, "", None
    endpoint.save(update_fields=["enabled", "why_off", "failing_since", "updated"])


@transaction.atomic
def switch_off(endpoint: Endpoint, why: str = "") -> None:
    """Send it nothing any more; `why` says why where nobody did it by hand.

    What waits fails, so that no step waits for ever; it can be sent again later.
    """
    endpoint.enabled, endpoint.why_off = False, why
    endpoint.save(update_fields=["enabled", "why_off", "updated"])
    now, reason = timezone.now(), "The endpoint was switched off."
    waiting = OutgoingMessage.objects.filter(endpoint=endpoint, status=MessageStatus.WAITING)
    stepping = list(waiting.exclude(step="").only("pk", "run_id", "step"))
    waiting.update(status=MessageStatus.FAILED, why=reason, ended=now)
    for message in stepping:
        tell_step(message)
