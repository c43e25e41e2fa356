"""The channel layer over Redis: its publish and subscribe, made to outlive a Redis that is away.

Nobody relies on a message: the rows are the truth, and whoever follows them looks there as well.
So a Redis that is away costs nobody an error. What is sent meanwhile is dropped, what was
subscribed to is subscribed to again afterwards, and the log says both once. The *core* layer of the
same package is not for Conductor: it loses messages silently, and asks Redis anew for each socket.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from redis import RedisError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

logger = logging.getLogger(__name__)

TROUBLE = (RedisError, OSError, TimeoutError)
AGAIN = 1.0  # seconds until Redis is tried again after it did not answer
PATIENCE = 3.0  # seconds that Redis may take for one answer
LISTEN = 0.5  # seconds of listening after which what is newly wanted is looked for


class _Outage:
    """Says once in the log that Redis is away, and once that it is back, for all event loops."""

    def __init__(self) -> None:
        self._since: float | None = None

    def begins(self, error: Exception) -> None:
        if self._since is None:
            self._since = time.monotonic()
            # Its own words name host and port, and no password.
            logger.warning(
                "Redis does not answer (%s); others' news is read from the rows", str(error)[:200]
            )

    def ends(self) -> None:
        if self._since is not None:
            away, self._since = time.monotonic() - self._since, None
            logger.warning("Redis answers again after %.0f s; nothing was lost", away)


_outage = _Outage()


class _Connection(RedisSingleShardConnection):  # type: ignore[misc]
    """The connections of one event loop, made again whenever they break."""

    _subscribed_to: set[str]
    _redis: Any
    _pubsub: Any
    _away_until = 0.0

    async def publish(self, channel: str, message: bytes) -> None:
        """Send, or drop the message where Redis is away."""
        if time.monotonic() < self._away_until:
            return
        try:
            await super().publish(channel, message)
        except TROUBLE as error:
            await self._away(error)
        else:
            _outage.ends()

    async def subscribe(self, channel: str) -> None:
        """Subscribe, now or when Redis is back."""
        self._ensure_receiver()
        if time.monotonic() < self._away_until:
            return
        try:
            await super().subscribe(channel)
        except TROUBLE as error:
            await self._away(error)

    async def unsubscribe(self, channel: str) -> None:
        """Unsubscribe; a connection that is broken has no subscriptions."""
        if time.monotonic() < self._away_until:
            self._subscribed_to.discard(channel)
            return
        try:
            await super().unsubscribe(channel)
        except TROUBLE as error:
            await self._away(error)

    async def _away(self, error: Exception) -> None:
        _outage.begins(error)
        self._away_until = time.monotonic() + AGAIN
        async with self._lock:
            broken, self._redis, self._pubsub = self._redis, None, None
            self._subscribed_to = set()
        if broken is not None:
            try:
                await broken.aclose(close_connection_pool=True)
            except TROUBLE as again:
                logger.debug("A broken connection to Redis was not closed (%s)", again)

    async def _do_receiving(self) -> None:
        while True:
            try:
                await self._listen()
            except TROUBLE as error:
                await self._away(error)
            except (AttributeError, RuntimeError) as error:
                # The library's words for a connection that another task has just closed.
                logger.debug("The connection to Redis went while it was listened to (%s)", error)
                await self._away(error)

    async def _listen(self) -> None:
        if (pause := self._away_until - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        wanted = {*self.channel_layer.channels, *self.channel_layer.groups}
        for channel in wanted - self._subscribed_to:
            await super().subscribe(channel)
            _outage.ends()
        if self._pubsub is None or not self._pubsub.subscribed:
            await asyncio.sleep(LISTEN / 5)
            return
        message = await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=LISTEN)
        self._receive_message(message)


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """The layer that `CONDUCTOR_REDIS_URL` asks for."""

    def _get_layer(self) -> Any:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            layer: RedisPubSubLoopLayer = super()._get_layer()
            layer._shards = [_Connection(_with_limits(url), layer) for url in self._kwargs["hosts"]]
        return self._layers[loop]


def _with_limits(url: str) -> dict[str, Any]:
    """Return a server's address, and how soon it is taken for away.

    A server that has closed a connection is tried once more; the rest of trying again is told
    in the log, and done here.
    """
    return {
        "address": url,
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        "health_check_interval": 5,
        "retry": Retry(NoBackoff(), 1),
    }
