"""How often a node's attempts may begin, where its settings limit that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from runner.engine import events as e
from runner.engine.firing import Firing
from runner.graph.document import Rate
from runner.graph.spec import Effect

MOST_KNOWN = 1000
# Who waits for less than this, in seconds, writes no events about it: nobody would see them.
TOLD = 0.5


Write = Callable[[str, str, dict[str, Any]], None]


class Rates(Protocol):
    """Where a host keeps count: so that all of its workers keep a rate together."""

    async def reserve(self, run: str, node: str, rate: Rate) -> float:
        """Take a token for an attempt of a node; return the seconds until it may begin."""


class OwnRates:
    """Keeps count in this process: a token bucket for each run's node, or shared name."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, str], float] = {}

    async def reserve(self, run: str, node: str, rate: Rate) -> float:
        """Take a token for an attempt of a node; return the seconds until it may begin."""
        now = time.monotonic()
        if len(self._due) > MOST_KNOWN:
            self._due = {key: due for key, due in self._due.items() if due > now}
        key = ("", rate.shared) if rate.shared else (run, node)
        full = now - rate.burst / rate.per_second
        self._due[key] = due = max(self._due.get(key, full), full) + 1 / rate.per_second
        return max(0.0, due - now)


async def wait_for_turn(
    firing: Firing,
    delay: float,
    rate: Rate | None,
    write: Write,
    fence: Callable[[], Awaitable[None]],
) -> None:
    """Wait so many seconds, since a rate wants it, and say so where it takes long.

    Without a rate, which may be gone by now, there is nothing to wait for.
    """
    told = rate is not None and delay >= TOLD
    if rate is not None and told:
        write(e.STEP_WAITING, firing.path, {"until": time.time() + delay, "rate": in_words(rate)})
    if delay > 0:
        await asyncio.sleep(delay)
    if told or firing.paced:
        # An earlier process may have told that it waits, and ended.
        write(e.STEP_RESUMED, firing.path, {"by": "rate"})
        firing.paced = False
    if delay > 0 and firing.node.spec.effect is Effect.EXTERNAL:
        # Meanwhile another worker may have taken the run over.
        await fence()


def in_words(rate: Rate) -> str:
    """Say what a rate lets begin."""
    often = rate.per_second
    many = f"{often:g} attempts a second" if often > 1 else f"1 attempt in {1 / often:g} s"
    return f"{many} of all that share `{rate.shared}`" if rate.shared else many


OWN = OwnRates()
