"""Breakpoints: the nodes and edges of a drawing at which somebody wants a run to pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from runner.graph.document import Edge
from runner.graph.plan import Plan
from runner.graph.problems import DocumentInvalid, Problem

MOST = 1000
SHAPE = "A breakpoint is {'node': ID, 'when': 'before' or 'after'} or {'edge': 'a.out -> b.in'}."


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where a run is to pause: `before` a node fires or `after` it has ended, or at an edge."""

    node: str = ""
    when: Literal["before", "after"] = "before"
    edge: Edge | None = None

    def to_json(self) -> dict[str, str]:
        """Return the breakpoint as events and the API show it."""
        if self.edge is not None:
            return {"edge": str(self.edge)}
        return {"node": self.node, "when": self.when}

    @classmethod
    def from_json(cls, shown: Mapping[str, str]) -> Self:
        """Read back what `to_json` wrote."""
        if "edge" in shown:
            return cls(edge=Edge.parse(shown["edge"]))
        return cls(shown["node"], "after" if shown.get("when") == "after" else "before")


def breakpoints_of(plan: Plan, given: Sequence[Any]) -> list[dict[str, str]]:
    """Return breakpoints as events hold them, each once.

    Raises DocumentInvalid, with every problem, for those that the plan has no place for.
    """
    problems: list[Problem] = []
    found: dict[Breakpoint, None] = {}
    if len(given) > MOST:
        said = f"These are {len(given)} breakpoints; a run has at most {MOST}."
        raise DocumentInvalid([Problem("too_many_breakpoints", said)])
    for each in given:
        if problem := _problem(plan, each):
            problems.append(problem)
        else:
            found[Breakpoint.from_json(each)] = None
    if problems:
        raise DocumentInvalid(problems)
    return [each.to_json() for each in found]


def started_under(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run starts under a debugger, as its first event holds it.

    `given` may have `breakpoints`, and `paused`: whether it pauses before its first step. Raises
    DocumentInvalid.
    """
    found = breakpoints_of(plan, given.get("breakpoints") or [])
    return {"breakpoints": found, "paused": bool(given.get("paused", False))}


def within(plan: Plan, breakpoints: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return those breakpoints for which a plan that is a part of theirs still has a place."""
    return [each for each in breakpoints if _problem(plan, each) is None]


def _problem(plan: Plan, given: Any) -> Problem | None:
    if not isinstance(given, Mapping) or not all(isinstance(it, str) for it in given.values()):
        return Problem("wrong_breakpoint", SHAPE)
    if set(given) == {"edge"}:
        try:
            edge = Edge.parse(given["edge"])
        except ValueError as error:
            return Problem("wrong_breakpoint", f"{given['edge']!r}: {error}.")
        if edge in plan.edges:
            return None
        return Problem("unknown_edge", f"There is no edge '{edge}' to pause at.")
    if not set(given) <= {"node", "when"} or "node" not in given:
        return Problem("wrong_breakpoint", SHAPE)
    name = given["node"]
    if name not in plan.index:
        return Problem("unknown_node", f"There is no node {name!r} to pause at.", node=name)
    if given.get("when", "before") not in ("before", "after"):
        return Problem("wrong_breakpoint", SHAPE, node=name)
    return None
