"""What the events of a run tell of its firings: how each stands, what it took and what it gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runner.engine import events as e
from runner.engine.events import Event
from runner.engine.state import RunState
from runner.graph.plan import Plan, PlanNode

STATUS_OF = {
    e.STEP_STARTED: "running",
    e.STEP_RETRYING: "retrying",
    e.STEP_WAITING: "waiting",
    e.STEP_RESUMED: "running",
    e.STEP_SUCCEEDED: "succeeded",
    e.STEP_FAILED: "failed",
    e.STEP_SKIPPED: "skipped",
    e.STEP_CANCELLED: "cancelled",
}


@dataclass(slots=True)
class Told:
    """What the events say of one firing."""

    node: PlanNode
    status: str = "queued"
    refs: dict[str, list[list[str]]] | None = None
    outputs: set[str] = field(default_factory=set)
    data: dict[str, Any] = field(default_factory=dict)
    retries: list[dict[str, Any]] = field(default_factory=list)
    resumed: bool = False
    edited: bool = False
    seq: int = 0


class Account:
    """A run's firings by path, its state, and what was emitted and taken."""

    def __init__(self, plan: Plan, events: Iterable[Event]) -> None:
        self.plan = plan
        self.state = RunState(plan)
        self.steps: dict[str, Told] = {}
        self.last: dict[str, str] = {}
        # Tokens by the port that emitted them, and those that a node's input has taken.
        self.emitted: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self.taken: set[tuple[str, str, str, str]] = set()
        self.unreached: set[str] = set()
        for event in events:
            self._take(event)
            self.state.apply(event)
        for path, firing in self.state.ready.items():
            step = self._step(path, firing.node)
            self._take_refs(step, firing.refs)
        self.active = {
            firing.node.index
            for firing in (*self.state.ready.values(), *self.state.running.values())
        }

    def _step(self, path: str, node: PlanNode) -> Told:
        self.last[node.id] = path
        return self.steps.setdefault(path, Told(node))

    def _take(self, event: Event) -> None:
        path = event.step
        if event.type == e.RUN_RESUMED:
            for again in event.data.get("repeats", ()):
                if again in self.steps:
                    self.steps[again].resumed = True
        if path is None or path.endswith("]"):
            return
        place = self.plan.index.get(node_of(path))
        if place is None:
            return
        node, data = self.plan.nodes[place], event.data
        if event.type == e.STEP_SKIPPED and data.get("reason") == e.NEVER_REACHED:
            self.unreached.add(node.id)
            return
        step = self._step(path, node)
        step.status = STATUS_OF.get(event.type, step.status)
        step.seq = event.seq
        if event.type in STATUS_OF:
            step.data = data
        if event.type == e.STEP_RETRYING:
            step.retries.append(data)
        if event.type == e.STEP_EDITED:
            step.edited = True
        elif "inputs" in data:
            self._take_refs(step, data["inputs"])
        for port in data.get("outputs") or ():
            step.outputs.add(port)
            self.emitted.setdefault((node.id, port), []).append((path, event.seq))

    def _take_refs(self, step: Told, refs: dict[str, list[list[str]]]) -> None:
        step.refs = refs
        for port, tokens in refs.items():
            self.taken.update((source, out, step.node.id, port) for source, out in tokens)


def node_of(path: str) -> str:
    """Return the node that a step fired: `charge` of `orders[3]/charge#2`."""
    last = path.rpartition("/")[2]
    return last.partition("#")[0].partition("[")[0]
