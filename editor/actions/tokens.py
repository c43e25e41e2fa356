"""Makes the tokens with which scripts call the API, and finds whom a token speaks for."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from editor.models import ApiToken

PREFIX = "cnd_"
# The time of the last use is for people; writing it with each call would cost a commit each.
_NOTED_EVERY = timedelta(minutes=1)


def create_token(user: User, name: str) -> str:
    """Create a token for the user and return its text, which is kept nowhere."""
    text = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name[:100], hash=hash_of(text))
    return text


def find_token(text: str) -> ApiToken | None:
    """Return the token with this text, if there is one and its user may still sign in."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(hash=hash_of(text), user__is_active=True)
        .first()
    )
    if token is not None:
        _note_use(token)
    return token


def hash_of(text: str) -> str:
    """Return what is stored of a token: it is long and random, so one plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    lately = Q(used__isnull=True) | Q(used__lt=now - _NOTED_EVERY)
    if token.used is None or token.used < now - _NOTED_EVERY:
        # A database that takes no writes can still be read: the caller may well only want that.
        with suppress(OperationalError):
            ApiToken.objects.filter(lately, pk=token.pk).update(used=now)
