"""The rates of nodes, which the steps of all workers keep together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from runner.graph.document import Rate
from runner.models import Run
from runner.queue import buckets


class SiteRates:
    """The engine's `Rates` for runs of this site; `ask` asks the database in another thread."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    async def reserve(self, run: str, node: str, rate: Rate) -> float:
        """Take a token for an attempt of a node; return the seconds until it may begin."""
        seconds: float = await self._ask(_reserve, UUID(run), node, rate)
        return seconds


def _reserve(run: UUID, node: str, rate: Rate) -> float:
    owner, blueprint = Run.objects.values_list("owner", "blueprint").get(pk=run)
    # What is shared is shared by the blueprints of one owner: nobody can use up another's.
    key = f"owner:{owner}:{rate.shared}" if rate.shared else f"node:{blueprint}:{node}"
    return buckets.reserve(key, float(rate.per_second), rate.burst)
