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
    # Of a frame: what it told of its inside each time that it began.
    openings: list[dict[str, Any]] = field(default_factory=list)


class Account:
    """A run's firings by path, its state, and what was emitted and taken.

    With a `scope` it keeps only what can be seen from there: what fired in it and around it.
    The events are gone through once, and once more where the run has not ended.
    """

    def __init__(
        self,
        plan: Plan,
        events: Iterable[Event],
        scope: str | None = None,
        state: RunState | None = None,
    ) -> None:
        self.plan = plan
        self.steps: dict[str, Told] = {}
        # A node's last firing, of all and of each scope; the scopes in which something fired.
        self.last: dict[str, str] = {}
        self.last_in: dict[tuple[str, str], str] = {}
        self.begun: dict[str, None] = {}
        # Tokens by the port that emitted them, and those that a node's input has taken, by scope.
        self.emitted: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self.taken: set[tuple[str, str, str, str, str]] = set()
        self.unreached: set[str] = set()
        self._seen = None if scope is None else around(scope)
        # Of frames with parts, which are few, also tell which others have begun.
        self._parts = {it[: it.rindex("[")] for it in self._seen or () if _is_part(it)}
        ended = RunState(plan)
        for event in events:
            self._take(event)
            if event.step is None and (event.type in e.RUN_ENDS or event.type == e.RUN_STARTED):
                ended.apply(event)
        # Nothing moves in a run that has ended, so its state need not be made of all its events.
        self.state = state or (RunState.fold(plan, events) if ended.status is None else ended)
        for path, firing in self.state.ready.items():
            if not self._is_seen(path):
                continue
            step = self._step(path, firing.node)
            self._take_refs(step, path, firing.refs)
        # The nodes that have steps under way, by scope.
        self.active: dict[str, set[int]] = {}
        for firing in (*self.state.ready.values(), *self.state.running.values()):
            self.active.setdefault(scope_of(firing.path), set()).add(firing.node.index)

    def _step(self, path: str, node: PlanNode) -> Told:
        scope = scope_of(path)
        self.last[node.id] = self.last_in[scope, node.id] = path
        while scope and scope not in self.begun:
            self.begun[scope] = None
            scope = scope_of(scope)
        return self.steps.setdefault(path, Told(node))

    def _is_seen(self, path: str) -> bool:
        """Say whether a step is to be kept; of one that is not, perhaps that its part has begun."""
        if self._seen is None:
            return True
        scope = scope_of(path)
        if scope in self._seen:
            return True
        if self._parts and scope not in self.begun and scope.rpartition("[")[0] in self._parts:
            self.begun[scope] = None
        return False

    def _take(self, event: Event) -> None:
        path = event.step
        if event.type == e.RUN_RESUMED:
            for again in event.data.get("repeats", ()):
                if again in self.steps:
                    self.steps[again].resumed = True
        if path is None or path.endswith("]"):
            return
        data = event.data
        if event.type == e.STEP_SKIPPED and data.get("reason") == e.NEVER_REACHED:
            self.unreached.add(node_of(path))
            return
        if not self._is_seen(path):
            return
        place = self.plan.index.get(node_of(path))
        if place is None:
            return
        node = self.plan.nodes[place]
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
            self._take_refs(step, path, data["inputs"])
        if (told := data.get("frame")) is not None:
            step.openings.append(told)
        for port in data.get("outputs") or ():
            step.outputs.add(port)
            self.emitted.setdefault((node.id, port), []).append((path, event.seq))

    def _take_refs(self, step: Told, path: str, refs: dict[str, list[list[str]]]) -> None:
        step.refs = refs
        scope = scope_of(path)
        for port, tokens in refs.items():
            self.taken.update((scope, source, out, step.node.id, port) for source, out in tokens)


def node_of(path: str) -> str:
    """Return the node that a step fired: `charge` of `orders[3]/charge#2`."""
    last = path.rpartition("/")[2]
    return last.partition("#")[0].partition("[")[0]


def scope_of(path: str) -> str:
    """Return the iteration that a step belongs to; empty outside of frames."""
    return path.rpartition("/")[0]


def around(scope: str) -> frozenset[str]:
    """Return a scope and those around it: of `a[1]/b`, also `a[1]` and the whole drawing."""
    parts = scope.split("/") if scope else []
    return frozenset("/".join(parts[:depth]) for depth in range(len(parts) + 1))


def _is_part(scope: str) -> bool:
    place = scope.rpartition("[")[2]
    return scope.endswith("]") and not place[:-1].isdecimal()
