"""Wake-ups that come through the channel layer, for Django's `runworker conductor-runs`."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.consumer import AsyncConsumer

from runner.queue.wake import wake_here
from runner.queue.worker import Worker

_worker: Worker | None = None
_running: asyncio.Task[None] | None = None


class RunsConsumer(AsyncConsumer):  # type: ignore[misc]
    """Turns a process of `manage.py runworker conductor-runs` into a worker."""

    async def run_wake(self, message: dict[str, Any]) -> None:
        """Wake the process' worker; its first wake-up starts it."""
        global _worker, _running
        if _running is None or _running.done():
            _worker = Worker()
            _running = asyncio.get_running_loop().create_task(_worker.run())
        wake_here()
