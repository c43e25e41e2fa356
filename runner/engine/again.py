"""What is asked to run again of an earlier run, and when that cannot be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from runner.engine import events as e
from runner.engine.account import node_of
from runner.engine.apart import drawn
from runner.engine.earlier import Earlier, OldStep, frames_around
from runner.engine.errors import EngineError
from runner.engine.state import RunState
from runner.graph.plan import Plan


class RerunImpossible(EngineError):
    """The run cannot be repeated in this way."""

    code = "rerun_impossible"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Again:
    """What is run again whatever is known of it.

    `steps` are step paths, `nodes` are nodes of which every step runs again;
    `inputs` gives steps other values, port by port. Where `trusting`, steps
    that do not come after these are taken over although their nodes have been
    changed since.
    """

    steps: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trusting: bool = False


def refuse_superseded(asked: Collection[str], steps: Mapping[str, OldStep]) -> None:
    """Raise RerunImpossible for steps that undid others, or that a later attempt has replaced."""
    for path in asked:
        step = steps.get(path)
        if step is None:
            continue
        if step.undoes:
            raise RerunImpossible(
                "undoing_step",
                f"The step {path!r} was run to undo another one. Run again from that one.",
            )
        for opened, _ in frames_around(step.firing):
            frame = steps[opened.firing.path]
            if opened is not frame.inside[-1]:
                raise RerunImpossible(
                    "superseded_step",
                    f"The frame {frame.path!r} was tried again after the step {path!r}. "
                    "Run again from a step of its last attempt, or from the frame.",
                )


def refuse_useless(
    *,
    again: Again,
    asked: Collection[str],
    earlier: Earlier,
    state: RunState,
    skips: Mapping[str, str],
) -> None:
    """Raise RerunImpossible where nothing of what was asked for can run again.

    `state` is the new run with all that it takes over; `skips` says which steps it skips, and why.
    """
    useless = {path: _why_useless(path, again, earlier, state, skips) for path in sorted(asked)}
    if useless and None not in useless.values():
        raise RerunImpossible("nothing_to_run", next(it for it in useless.values() if it))
    if again.trusting and not (state.ready or state.running):
        nodes = ", ".join(sorted(again.nodes))
        raise RerunImpossible(
            "nothing_to_run",
            f"The run that is taken over from did not come to {nodes}, so there are no inputs "
            "to run it with. Run the whole of it, or from a node before.",
        )


def passes(plan: Plan, node: str) -> bool:
    """Say whether a node is bypassed in a plan."""
    return node in plan.index and plan.nodes[plan.index[node]].passes is not None


def _why_useless(
    path: str, again: Again, earlier: Earlier, state: RunState, skips: Mapping[str, str]
) -> str | None:
    """Say why a step that is to run again would do nothing, where it would."""
    if path[-1:] == "]":
        return None
    mend = "Run again from a step before it that can lead elsewhere, or from the start."
    if path in skips:
        return f"The step {path!r} is skipped: {skips[path]}. {mend}"
    node, step, plan = drawn(node_of(path)), earlier.steps.get(path), state.plan
    if node not in plan.index:
        return f"The drawing has no node {node!r} any more. Run again from another step."
    if (step is None or step.skipped) and not _may_come_to(plan.index[node], state):
        reason = earlier.skips.get(path, e.NEVER_REACHED)
        if reason == e.NEVER_REACHED:
            return f"The run never came to {path!r}. {mend}"
        return f"The run skipped the step {path!r}: {reason}. {mend}"
    if step is not None and path not in again.inputs and passes(plan, node):
        return (
            f"The step {path!r} does nothing: its node is bypassed. "
            "Take the bypass away, or run again from another step."
        )
    return None


def _may_come_to(node: int, state: RunState) -> bool:
    """Say whether a step that is still to run is one of this node, or may lead to it."""
    still = {it.node.index for it in (*state.ready.values(), *state.running.values())}
    return any(nx.has_path(state.plan.graph, it, node) for it in still)
