"""Tells the sockets of all processes that a draft has changed; the rows say what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def group_of(blueprint_id: UUID) -> str:
    """Return the name of the channel layer's group of those who have a blueprint open."""
    return f"draft.{blueprint_id.hex}"


def announce(blueprint_id: UUID, sequence: int, revision: int) -> None:
    """Say that there is news. A message that is lost only delays: each socket also looks itself."""
    _send(blueprint_id, {"type": "draft.news", "sequence": sequence, "revision": revision})


def announce_end(blueprint_id: UUID) -> None:
    """Say that the blueprint may be gone; each socket looks whether it is."""
    _send(blueprint_id, {"type": "draft.news", "sequence": -1, "revision": -1})


def _send(blueprint_id: UUID, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group_of(blueprint_id), message)
