"""Passes news of commits on to the sockets of this process, each on its own event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

from runner.journal.announcements import Committed, listen, unlisten

Heard = Callable[[Sequence[Committed]], None]


class Subscription:
    """One who wants the news; `close` ends it."""

    def __init__(self, hub: Hub, heard: Heard) -> None:
        self._hub = hub
        self.loop = asyncio.get_running_loop()
        self.heard = heard

    def close(self) -> None:
        """Hear no more."""
        self._hub.drop(self)


class Hub:
    """All subscriptions of this process.

    News comes in the thread that committed. It is handed to each event loop
    once, however many sockets that loop serves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: dict[asyncio.AbstractEventLoop, list[Subscription]] = {}

    def subscribe(self, heard: Heard) -> Subscription:
        """Call `heard` with all news from now on, on the running event loop."""
        subscription = Subscription(self, heard)
        with self._lock:
            self._subscriptions.setdefault(subscription.loop, []).append(subscription)
            listen(self.publish)
        return subscription

    def drop(self, subscription: Subscription) -> None:
        """Forget the subscription."""
        with self._lock:
            left = self._subscriptions.get(subscription.loop, [])
            if subscription in left:
                left.remove(subscription)
            if not left:
                self._end(subscription.loop)

    def publish(self, news: Sequence[Committed]) -> None:
        """Pass the news on; may be called in any thread."""
        with self._lock:
            loops = list(self._subscriptions)
        for loop in loops:
            try:
                loop.call_soon_threadsafe(self._deliver, loop, news)
            except RuntimeError:
                # The loop has ended without its sockets saying good-bye.
                with self._lock:
                    self._end(loop)

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._subscriptions.pop(loop, None)
        if not self._subscriptions:
            unlisten(self.publish)

    def _deliver(self, loop: asyncio.AbstractEventLoop, news: Sequence[Committed]) -> None:
        with self._lock:
            subscriptions = list(self._subscriptions.get(loop, ()))
        for subscription in subscriptions:
            subscription.heard(news)


_hub = Hub()
subscribe = _hub.subscribe
