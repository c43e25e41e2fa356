"""Keeps messages: one for each key, however often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from runner.models import Endpoint, MessageStatus, OutgoingMessage, time_ordered_id
from runner.queue.wake import wake_here
from runner.sealing import SecretBox, SecretUnreadable

LARGEST = 1024 * 1024


class MessageTooLarge(ValueError):
    """A message has at most 1 MiB; send the address of what is larger."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The message has {size:,} bytes, and the most is {LARGEST:,}. "
            "Send the address of what is larger."
        )


def body_of(type: str, data: Any, moment: datetime) -> bytes:
    """Return the bytes of a message: type, timestamp and data, as Standard Webhooks has them.

    Raises MessageTooLarge.
    """
    body = orjson.dumps({"type": type, "timestamp": moment.isoformat(), "data": data})
    if len(body) > LARGEST:
        raise MessageTooLarge(len(body))
    return body


def keep(
    endpoint: Endpoint,
    key: str,
    type: str,
    data: Any,
    *,
    run: UUID | None = None,
    step: str = "",
    headers: Mapping[str, str] | None = None,
) -> OutgoingMessage:
    """Keep a message; where there is one of this key already, return that.

    Raises MessageTooLarge.
    """
    now = timezone.now()
    sealed = SecretBox.of_site().seal(json.dumps(dict(headers))) if headers else ""
    message, made = OutgoingMessage.objects.get_or_create(
        key=key,
        defaults={
            "id": time_ordered_id(),
            "endpoint": endpoint,
            "type": type,
            "body": body_of(type, data, now),
            "headers": sealed,
            "run_id": run,
            "step": step,
            "due": now,
            "created": now,
        },
    )
    if made:
        transaction.on_commit(wake_here)
    return message


def keep_test(endpoint: Endpoint) -> OutgoingMessage:
    """Keep a message that only tries whether the endpoint takes messages."""
    told = {"endpoint": endpoint.name, "note": "This message tries the endpoint; ignore it."}
    return keep(endpoint, f"test:{time_ordered_id()}", "endpoint.test", told)


@transaction.atomic
def send_again(messages: Iterable[OutgoingMessage]) -> int:
    """Send messages that have ended once more, with the same id, by the whole schedule.

    Returns how many; those that still wait, or whose endpoint is off, stay as they are.
    """
    keys = [message.pk for message in messages]
    now = timezone.now()
    count = OutgoingMessage.objects.filter(
        pk__in=keys,
        status__in=(MessageStatus.DELIVERED, MessageStatus.FAILED),
        endpoint__in=Endpoint.objects.filter(enabled=True),
    ).update(
        status=MessageStatus.WAITING,
        why="",
        tries=0,
        began=None,
        due=now,
        claim="",
        ended=None,
    )
    transaction.on_commit(wake_here)
    return count


def header_names(message: OutgoingMessage) -> list[str]:
    """Return the names of a message's further headers; their values may be secret."""
    if not message.headers:
        return []
    try:
        return sorted(json.loads(SecretBox.of_site().open(message.headers)))
    except SecretUnreadable:
        return []
