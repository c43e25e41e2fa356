"""Wakes parked steps: each at its moment, or when what it waits for has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from runner.engine import events as e
from runner.engine.parking import RETRY, Parking
from runner.engine.record import Record
from runner.engine.tasks import Tasks

# Clocks are set while people wait, so a moment that is far away is looked at again.
LOOK = 60.0


class Alarms:
    """The parked steps of one run, as far as this process has to do with them.

    `told` is called when a step has parked or goes on. `asks` is awaited before the time of one
    that waits for somebody is over: what has come by then is given to it first.
    """

    def __init__(
        self,
        record: Record,
        tasks: Tasks,
        told: Callable[[], None] | None,
        asks: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._record = record
        self._tasks = tasks
        self._told = told
        self._asks = asks
        self._asking: dict[str, asyncio.Task[None]] = {}
        # Until the execution has begun, all that comes is kept.
        self.begun = False
        self._timers: dict[str, asyncio.TimerHandle] = {}
        # What has come for steps that have not parked yet.
        self._early: dict[str, list[tuple[Any, str | None]]] = {}
        tasks.on_parked = self.set

    def __bool__(self) -> bool:
        return any(True for _ in self._record.state.parked())

    @property
    def moment(self) -> float | None:
        """The first moment at which a parked step goes on; None where none has any."""
        moments = [it.moment for _, it in self._record.state.parked()]
        return min((it for it in moments if it is not None), default=None)

    def set(self, path: str) -> None:
        """Take care of a step that is parked now."""
        parking = self._record.state.parking(path)
        if parking is not None and parking.retries:
            # What came was for the attempt that failed.
            self._early.pop(path, None)
        elif early := self._early.get(path):
            value, signal = early.pop(0)
            self._signal(path, value, signal)
            return
        if parking is not None and parking.moment is not None:
            self._wait(path, parking.moment)
        self._tell()

    def resume(self, path: str, value: Any, signal: str | None) -> bool:
        """Give a step what it waits for; see `Execution.resume`."""
        state = self._record.state
        if (signal is not None and signal in state.signals) or not state.is_open(path):
            return True
        if self._record.closed or self._record.ends:
            return False
        parking = state.parking(path)
        if parking is not None and parking.waiting and parking.retries:
            return True
        if self.begun and parking is not None and parking.waiting:
            self._signal(path, value, signal)
            return True
        early = self._early.setdefault(path, [])
        if signal is None or all(known != signal for _, known in early):
            early.append((value, signal))
        return False

    def close(self) -> None:
        """Wake nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for asking in self._asking.values():
            asking.cancel()

    def _wait(self, path: str, moment: float) -> None:
        left = max(0.0, min(moment - time.time(), LOOK))
        if known := self._timers.pop(path, None):
            known.cancel()
        self._timers[path] = asyncio.get_running_loop().call_later(left, self._ring, path)

    def _ring(self, path: str) -> None:
        self._timers.pop(path, None)
        parking = self._record.state.parking(path)
        if parking is None or not parking.waiting or parking.moment is None:
            return
        if parking.moment > time.time():
            self._wait(path, parking.moment)
        elif self._asks is None or parking.waits_for.get("kind") in (None, "time", RETRY):
            self._expire(path, parking)
        elif path not in self._asking:
            self._asking[path] = asyncio.create_task(self._last_look(path, self._asks))

    async def _last_look(self, path: str, asks: Callable[[], Awaitable[None]]) -> None:
        try:
            await asks()
        except Exception as error:
            self._tasks.broken = self._tasks.broken or error
            self._tasks.changed.set()
            return
        finally:
            del self._asking[path]
        parking = self._record.state.parking(path)
        # One that has gone on and waits again has a timer of its own.
        if parking is not None and parking.waiting and path not in self._timers:
            self._expire(path, parking)

    def _expire(self, path: str, parking: Parking) -> None:
        by = "time" if parking.moment == parking.until else "limit"
        self._go_on(path, {"by": by})

    def _signal(self, path: str, value: Any, signal: str | None) -> None:
        data = {"by": "signal", "value": value}
        self._go_on(path, data if signal is None else {**data, "signal": signal})

    def _go_on(self, path: str, data: dict[str, Any]) -> None:
        if self._record.closed or self._record.ends:
            return
        if timer := self._timers.pop(path, None):
            timer.cancel()
        self._record.write(e.STEP_RESUMED, path, data)
        self._tasks.enter(path)
        self._tell()

    def _tell(self) -> None:
        if self._told is not None:
            self._told()
