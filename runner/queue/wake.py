"""Wakes workers when there is a new run; a lost wake-up costs a second, as the row is the truth."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

CHANNEL = "conductor-runs"

_lock = threading.Lock()
_sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
_sending: set[asyncio.Task[None]] = set()


def add_sleeper(event: asyncio.Event) -> None:
    """Set this event of the running loop at every wake-up."""
    with _lock:
        _sleepers[event] = asyncio.get_running_loop()


def drop_sleeper(event: asyncio.Event) -> None:
    """Forget the event."""
    with _lock:
        _sleepers.pop(event, None)


def wake_here() -> None:
    """Wake the workers of this process, from any thread."""
    with _lock:
        sleepers = list(_sleepers.items())
    for event, loop in sleepers:
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:
            drop_sleeper(event)


def shared_layer() -> Any | None:
    """Return the channel layer if it reaches other processes."""
    layer = get_channel_layer()
    return None if isinstance(layer, InMemoryChannelLayer) else layer


def wake_workers() -> None:
    """Wake the workers of this process, and one of another through the channel layer."""
    wake_here()
    layer = shared_layer()
    if layer is None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        async_to_sync(_send)(layer)
        return
    sending = loop.create_task(_send(layer))
    _sending.add(sending)
    sending.add_done_callback(_sending.discard)


async def _send(layer: Any) -> None:
    try:
        await layer.send(CHANNEL, {"type": "run.wake"})
    except Exception as error:
        # Redis away, or nobody listening: the workers look by themselves every second.
        logger.warning("No wake-up was sent (%s); workers find the run by themselves", error)
