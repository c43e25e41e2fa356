"""The sentences that explain a run: a reason, a chain of them for a node, and turns of phrase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runner.engine.parking import RETRY


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of a chain, and what it speaks of.

    `code` is stable. A reason of `depth` n + 1 says why the one of depth n
    before it is so. `node`, `port` and `step` name what the sentence names.
    """

    code: str
    message: str
    depth: int = 0
    node: str | None = None
    port: str | None = None
    step: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the reason as the API shows it."""
        return {
            "code": self.code,
            "message": self.message,
            "depth": self.depth,
            "node": self.node,
            "port": self.port,
            "step": self.step,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a node stands, by its last firing or the one asked for, and why.

    `status` is a step's (`succeeded`, `failed`, `skipped`, `cancelled`,
    `running`, `retrying`, `waiting`, `queued`), or `pending` where the node
    can still be reached, or `not_reached`.
    """

    node: str
    step: str | None
    status: str
    reasons: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as the API shows it."""
        return {
            "node": self.node,
            "step": self.step,
            "status": self.status,
            "reasons": [reason.to_json() for reason in self.reasons],
        }


def what_for(data: dict[str, Any]) -> str:
    """Say what a waiting step waits for, and until when."""
    until, wanted_for = data.get("until"), data.get("for") or {}
    text = wanted_for.get("text")
    if (rate := data.get("rate")) and until is not None:
        return f"It waits for its turn until {_moment(until)}: its rate is {rate}."
    if wanted_for.get("kind") == RETRY and until is not None:
        # Nothing can end a pause between attempts sooner.
        return f"It waits until {_moment(until)}; then {text} begins."
    wanted = f" for {text}" if text else "" if until is not None else " for something from outside"
    at_most = f"{', at most' if text else ''} until {_moment(until)}" if until is not None else ""
    return f"It waits{wanted}{at_most}."


def _moment(until: float) -> str:
    return datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ended(text: str) -> str:
    """Return a text that may already end as a sentence does as one that does."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def times(count: int) -> str:
    """Return how often, in words."""
    return "twice" if count == 2 else f"{count} times"
