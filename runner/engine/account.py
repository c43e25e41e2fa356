"""What the events of a run tell of its firings: how each stands, what it took and what it gave."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from runner.engine import events as e
from runner.engine.events import Event
from runner.engine.scope import Scope
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
_UNDER_WAY = (e.STEP_LOGGED, e.STEP_PROGRESSED, e.STEP_EMITTED)
_ENDED = frozenset(STATUS_OF[kind] for kind in e.STEP_ENDS)
_INSIDE = re.compile(r"(~\d+)?(\[[^]/]*\])?$")


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
    # Of a frame: what it told of its inside each time that it began.
    openings: list[dict[str, Any]] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Take in what one more of its events says."""
        data = event.data
        if event.type in _UNDER_WAY and self.status == "queued":
            # Cheap steps write no start.
            self.status = "running"
        self.status = STATUS_OF.get(event.type, self.status)
        if event.type in STATUS_OF:
            # What it gave can be large, and is not asked for here.
            self.data = {key: it for key, it in data.items() if key not in ("outputs", "inputs")}
        if event.type == e.STEP_RETRYING:
            self.retries.append(data)
        if event.type == e.STEP_EDITED:
            self.edited = True
        elif "inputs" in data:
            self.refs = data["inputs"]
        if (told := data.get("frame")) is not None:
            self.openings.append(told)
        self.outputs.update(data.get("outputs") or ())


class Account:
    """A run's firings by path, as seen from some of its scopes, and its state.

    Of what fired in these scopes and around them it keeps the last firing of each node, those that
    have not ended, and those that are asked for (`asked`) or hold one of the scopes: however long
    a run goes on, that is not more than what is drawn, and what moves.
    """

    def __init__(
        self,
        plan: Plan,
        events: Iterable[Event],
        scopes: Iterable[str],
        state: RunState,
        asked: Iterable[str] = (),
    ) -> None:
        self.plan = plan
        self.state = state
        self.steps: dict[str, Told] = {}
        # A node's last firing, of all and of each scope; the scopes in which something fired.
        self.last: dict[str, str] = {}
        self.last_in: dict[tuple[str, str], str] = {}
        self.begun: dict[str, None] = {}
        self.unreached: set[str] = set()
        self._seen = frozenset(chain.from_iterable(map(around, scopes)))
        self._kept = {*asked, *map(owner_of, self._seen)}
        # Of frames with parts, which are few, also tell which others have begun.
        self._parts = {it[: it.rindex("[")] for it in self._seen if _is_part(it)}
        for event in events:
            self._take(event)
        # The scopes that are open, and which nodes have steps under way in them.
        self.open: dict[str, Scope] = {"": state.root}
        self.active: dict[str, set[int]] = {}
        for path, firing in state.ready.items():
            if self._is_seen(path):
                self._step(path, firing.node).refs = firing.refs
        for firing in (*state.ready.values(), *state.running.values()):
            scope = scope_of(firing.path)
            self.open[scope] = firing.scope
            self.active.setdefault(scope, set()).add(firing.node.index)
        self._waiting: dict[str, dict[tuple[int, int], dict[tuple[str, str], str]]] = {}

    def waiting(self, scope: str) -> dict[tuple[int, int], dict[tuple[str, str], str]]:
        """Return where tokens wait in a scope, by node and port: by the output that each left.

        What is told of each is the step that emitted the first of them.
        """
        if (known := self._waiting.get(scope)) is not None:
            return known
        found = self._waiting[scope] = {}
        within = self.open.get(scope)
        if within is None:
            return found
        for node, port, _, queue in within.queues():
            for _, step, output, _ in queue:
                at = found.setdefault((node.index, port), {})
                at.setdefault((node_of(step), output), step)
        return found

    def _step(self, path: str, node: PlanNode) -> Told:
        scope = scope_of(path)
        before = self.last_in.get((scope, node.id), path)
        self.last[node.id] = self.last_in[scope, node.id] = path
        if before != path and before not in self._kept and self.steps[before].status in _ENDED:
            del self.steps[before]
        self._begin(scope)
        return self.steps.setdefault(path, Told(node))

    def _begin(self, scope: str) -> None:
        while scope and scope not in self.begun:
            self.begun[scope] = None
            scope = scope_of(scope)

    def _is_seen(self, path: str) -> bool:
        """Say whether a step is to be kept; of one that is not, perhaps that its part has begun."""
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
            # It stands for what is drawn there, and runs apart.
            self._begin(scope_of(path))
            return
        self._step(path, self.plan.nodes[place]).take(event)


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


def owner_of(scope: str) -> str:
    """Return the step whose inside a scope is: `orders` of `orders~2[3]`."""
    return _INSIDE.sub("", scope)


def _is_part(scope: str) -> bool:
    place = scope.rpartition("[")[2]
    return scope.endswith("]") and not place[:-1].isdecimal()
