"""Wakes workers when there is a new run; a lost wake-up costs a second, as the row is the truth."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import threading
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

CHANNEL = "conductor-runs"
TOGETHER = 0.01  # seconds in which wake-ups of others are one
AGAIN = 5.0  # seconds until a layer that failed is asked again

_lock = threading.Lock()
_sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
_due: set[asyncio.AbstractEventLoop] = set()
_sending: set[asyncio.Task[None]] = set()
_process = secrets.token_hex(8)


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
    """Wake the workers of this process, and those of others through the channel layer."""
    wake_here()
    layer = shared_layer()
    if layer is None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        with _lock:
            loops = [*_sleepers.values()]
        for other in loops:
            # A connection that is open there costs less than one of this thread's own.
            with contextlib.suppress(RuntimeError):
                other.call_soon_threadsafe(_send_soon, layer, other)
                return
        async_to_sync(_send)(layer)
        return
    _send_soon(layer, loop)


def _send_soon(layer: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Send a wake-up from the running loop; one that is about to be sent does for all."""
    if loop not in _due:
        _due.add(loop)
        sending = loop.create_task(_send(layer, loop))
        _sending.add(sending)
        sending.add_done_callback(_sending.discard)


async def _send(layer: Any, loop: asyncio.AbstractEventLoop | None = None) -> None:
    if loop is not None:
        # What is committed from here on wants a wake-up of its own.
        _due.discard(loop)
    try:
        await layer.send(CHANNEL, {"type": "run.wake", "by": _process})
    except Exception as error:
        logger.warning("No wake-up was sent (%s); workers find the run by themselves", error)


async def hear_others() -> None:
    """Wake the workers of this process when others ask for it, until cancelled.

    Where runs come by the hundred a second, a worker looks for them a hundred times at most.
    """
    layer, loop = shared_layer(), asyncio.get_running_loop()
    due: list[asyncio.TimerHandle] = []

    def wake() -> None:
        due.clear()
        wake_here()

    while layer is not None:
        try:
            message = await layer.receive(CHANNEL)
        except Exception as error:
            logger.warning("The channel layer brings no wake-ups (%s)", error)
            await asyncio.sleep(AGAIN)
            continue
        if message.get("by") != _process and not due:
            due.append(loop.call_later(TOGETHER, wake))
