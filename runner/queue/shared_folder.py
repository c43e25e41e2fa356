"""Whether all workers have the same folder of large values: each leaves a mark that others see.

A mark is a file with the worker's name, which no other process ever has: so neither a folder that
is empty since its disk is not mounted, nor a copy of the right one, can pass with all of them.
What a worker sees is in its row, for the doctor; what it lacks itself, for its process' health.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from runner.models import Worker
from runner.queue.asking import TROUBLE, Asking
from runner.queue.labels import living

logger = logging.getLogger(__name__)

MARKS = ".workers"
EVERY = 20.0  # seconds between looks
FIRST = 0.2  # seconds until the first, when the worker has signed on
STALE = 24 * 3600.0  # seconds after which the mark of who is gone is removed
SHARED = "ok"


class SharedFolder:
    """Leaves a worker's mark, and looks for those of the others; in a thread of its own.

    A network file system may hang, and must hold up neither runs nor heartbeats.
    """

    def __init__(self, worker: str) -> None:
        self.trouble = ""
        """What is wrong with the folder of this process, as a sentence; "" where nothing is."""
        self._worker = worker
        self._asking = Asking("conductor-folder")

    async def keep(self) -> None:
        """Look again and again, until cancelled; the mark goes with the worker."""
        pause = FIRST
        try:
            while True:
                await asyncio.sleep(pause)
                try:
                    known = await self._asking.ask(self.look)
                except TROUBLE as error:
                    logger.debug("Who shares the folder of values cannot be asked (%s)", error)
                    known = False
                pause = EVERY if known else 1.0
        finally:
            try:
                await self._asking.ask(self._remove)
            finally:
                await self._asking.close()

    def look(self) -> bool:
        """Leave the mark, and say in the row how it is seen; False where there is no row."""
        own = Worker.objects.filter(name=self._worker)
        since = own.values_list("started", "name").first()
        if since is None:
            return False
        try:
            self._leave_mark()
            unseen = [row for row in unseen_marks() if row.name != self._worker]
        except OSError as error:
            folder = settings.CONDUCTOR_VALUES
            self.trouble = f"Large values cannot be kept in {folder}: {error.strerror}."
            own.update(store=self.trouble)
            return True
        # Of two that differ, the one that was there first goes on taking requests.
        self.trouble = not_shared(it.name for it in unseen if (it.started, it.name) < since)
        own.update(store=not_shared(row.name for row in unseen) or SHARED)
        return True

    def _leave_mark(self) -> None:
        mark = _marks() / self._worker
        if mark.exists():
            mark.touch()  # a folder that has become read-only is noticed
            return
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch(mode=0o600)
        for other in mark.parent.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if other.stat().st_mtime < time.time() - STALE:
                    other.unlink()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            (_marks() / self._worker).unlink()


def unseen_marks() -> list[Worker]:
    """Return the living workers whose marks are not in this process' folder. Raises OSError."""
    alive = living().exclude(store="")
    lacking = [row.pk for row in alive if not (_marks() / row.name).exists()]
    # One that has just ended has taken its mark along.
    return list(alive.filter(pk__in=lacking)) if lacking else []


def not_shared(names: Iterable[str]) -> str:
    """Say, as a sentence, that the folder is not that of these workers; "" where there are none."""
    listed = sorted(names)
    if not listed:
        return ""
    more = f" and {len(listed) - 3} others" if len(listed) > 3 else ""
    whose = ", ".join(listed[:3]) + more
    return f"{settings.CONDUCTOR_VALUES} is another folder than that of {whose}."


def _marks() -> Path:
    folder: Path = settings.CONDUCTOR_VALUES
    return folder / MARKS
