"""Explanations of nodes, for the tests of what they say."""

from __future__ import annotations

from typing import Any

from runner.engine import Event, run
from runner.engine.explain import explain
from runner.engine.reasons import Explanation
from runner.graph import Plan


def codes(found: Explanation) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.node) for reason in found.reasons]


def words(found: Explanation) -> str:
    return " ".join(reason.message for reason in found.reasons)


async def why(drawn: Plan, node: str, at: int | None = None, **options: Any) -> Explanation:
    """Run it, and explain a node after `at` events."""
    result = await run(drawn, **options)
    return explain(drawn, result.events[:at], node)[0]


def told(*facts: tuple[str, str | None, dict[str, Any]]) -> list[Event]:
    return [Event(seq, float(seq), *fact) for seq, fact in enumerate(facts, 1)]


BEGUN: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    ("run.queued", None, {"inputs": {}, "trigger": None}),
    ("run.started", None, {}),
)
