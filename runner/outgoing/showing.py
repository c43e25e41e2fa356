"""Endpoints and messages as the admin shows them, and as a command for a terminal."""

from __future__ import annotations

import shlex
from typing import Any

from django.utils.safestring import SafeString

from runner.models import Endpoint, MessageStatus, OutgoingMessage, SendAttempt
from runner.outgoing.messages import header_names
from runner.webhooks.badges import badge, moment
from runner.webhooks.showing import show_body

_MOODS = {
    MessageStatus.WAITING.value: "waits",
    MessageStatus.DELIVERED.value: "good",
    MessageStatus.FAILED.value: "bad",
}


def status(message: OutgoingMessage) -> SafeString:
    """Return where a message stands."""
    return badge(message.status, _MOODS.get(message.status, ""), message.why)


def state(endpoint: Endpoint) -> SafeString:
    """Return whether an endpoint gets messages, and whether they arrive."""
    if not endpoint.enabled:
        return badge("switched off", "bad", endpoint.why_off)
    if endpoint.failing_since:
        return badge("failing", "waits", f"Nothing has arrived since {endpoint.failing_since}.")
    return badge("on", "good")


def told_of(endpoint: Endpoint) -> str:
    """Return which ends an endpoint is told of."""
    words = {
        "success": endpoint.on_succeeded,
        "failure": endpoint.on_failed,
        "cancels": endpoint.on_cancelled,
    }
    chosen = [word for word, is_told in words.items() if is_told]
    if not chosen:
        return "what nodes send"
    whose = endpoint.blueprint.name if endpoint.blueprint else "all blueprints"
    return f"{', '.join(chosen)} of {whose}"


def attempt_rows(message: OutgoingMessage) -> list[dict[str, Any]]:
    """Return the attempts of a message as the rows of a table."""
    return [_attempt(row, place) for place, row in enumerate(message.attempts.all(), 1)]


def _attempt(row: SendAttempt, place: int) -> dict[str, Any]:
    arrived = row.status is not None and 200 <= row.status < 300
    return {
        "number": place,
        "when": moment(row.started),
        "status": badge(str(row.status or "no answer"), "good" if arrived else "bad"),
        "took": f"{row.milliseconds:,} ms",
        "error": row.error,
        "answer": show_body(bytes(row.answer)),
    }


def curl(message: OutgoingMessage) -> str:
    """Return a shell command that sends the message, signed anew with the secret in $SECRET."""
    body = bytes(message.body).decode(errors="replace")
    lines = [
        f"BODY={shlex.quote(body)}",
        f"ID={message.webhook_id}",
        "TIME=$(date +%s)",
        'KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d " \\n")',
        'SIGNATURE=$(printf %s "$ID.$TIME.$BODY" '
        '| openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | base64)',
    ]
    parts = [
        f"curl -X POST {shlex.quote(message.endpoint.url)}",
        '-H "Content-Type: application/json"',
        '-H "webhook-id: $ID"',
        '-H "webhook-timestamp: $TIME"',
        '-H "webhook-signature: v1,$SIGNATURE"',
        *(f"-H {shlex.quote(f'{name}: …')}" for name in header_names(message)),
        '--data-binary "$BODY"',
    ]
    return "\n".join([*lines, " \\\n  ".join(parts)])
