"""Reaches the servers that the operator has named, and tells of them without their passwords."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

from django.conf import settings

from runner.listeners.held import ListenFailed


def url_of(connection: str) -> str:
    """Return the URL of a connection. Raises ListenFailed where the operator has taken it away."""
    found: str | None = settings.CONDUCTOR_CONNECTIONS.get(connection)
    if found is None:
        raise ListenFailed(
            f"There is no connection {connection!r} any more; whoever runs this site names them "
            "in CONDUCTOR_CONNECTIONS."
        )
    return found


def failed(connection: str, error: Exception | str) -> ListenFailed:
    """Return what tells of a server that cannot be listened to; never with its password."""
    text = " ".join(str(error).split())
    password = urlsplit(url_of(connection)).password or ""
    for secret in (password, unquote(password)):
        if secret:
            text = text.replace(secret, "…")
    return ListenFailed(f"The connection {connection!r} cannot be listened to: {text[:500]}")


def text_of(raw: bytes) -> tuple[str, str]:
    """Return bytes as a text and its encoding: utf-8, or else base64."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    # PostgreSQL takes no text with this character.
    return (text, "utf-8") if "\0" not in text else (base64.b64encode(raw).decode(), "base64")
