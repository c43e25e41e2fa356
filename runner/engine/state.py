"""The state of a run: a fold over its events, which answers what may start.

It has no clock and does no I/O. The same events give the same state, so
recovery, replay and debugging all use `RunState.apply`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from runner.engine import events as e
from runner.engine.events import Event
from runner.graph.plan import Plan, PlanNode

Token = tuple[Any, str, str]  # value, the step that emitted it, the output port


class ItemState:
    """What is known of one item of a step that runs for each item of a list."""

    __slots__ = ("attempt", "error", "outputs", "until")

    def __init__(self) -> None:
        self.attempt = 1
        self.until: float | None = None
        self.outputs: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None


class Firing:
    """One step: a node that fires, with what it got and where that came from.

    `attempt` counts from 1; `until` is the moment that it waits for. A firing
    with a `skip` reason is not run, and one with a `fault` fails at once. Where
    the node runs for each item of a list, `items` holds those that have begun;
    the firing of such an item has its `place` in the list.
    """

    __slots__ = (
        "attempt",
        "fault",
        "inputs",
        "items",
        "node",
        "path",
        "place",
        "refs",
        "skip",
        "started",
        "until",
    )

    def __init__(
        self,
        node: PlanNode,
        path: str,
        inputs: dict[str, Any],
        refs: dict[str, list[list[str]]],
        skip: str | None = None,
    ) -> None:
        self.node = node
        self.path = path
        self.inputs = inputs
        self.refs = refs
        self.skip = skip
        self.fault: str | None = None
        self.attempt = 1
        self.until: float | None = None
        self.started: float | None = None
        self.items: dict[int, ItemState] | None = None
        self.place: int | None = None

    def open_items(self) -> list[str]:
        """Return the paths of the items that have begun and not ended."""
        return [
            f"{self.path}[{index}]"
            for index, item in (self.items or {}).items()
            if item.outputs is None and item.error is None
        ]


class RunState:
    """What a run's events so far amount to.

    `ready` holds the firings that may start, `running` those that have; both
    by step path, in order. `status` is None until the run has ended.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.seq = 0
        self.ready: dict[str, Firing] = {}
        self.running: dict[str, Firing] = {}
        self.inputs: Any = {}
        self.trigger: str | None = None
        self.queued = False
        self.started: float | None = None
        self.status: str | None = None
        self.outputs: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self.failure: dict[str, Any] | None = None
        # Nodes that are not run, since their outputs or error are given.
        self.stand_ins: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.fired = [0] * len(plan.nodes)
        # How the run was about to end when its last steps were cancelled.
        self.ending: dict[str, Any] | None = None
        self._declared: dict[str, Any] = {}
        self._unreached: set[str] = set()
        self._active_count = [0] * len(plan.nodes)
        self._active = 0
        self._waiting: set[int] = set()
        # Tokens wait at a port; at a port that tells its edges apart, at the edge.
        self._ports: dict[tuple[int, int], deque[Token]] = {}
        self._edges: dict[int, deque[Token]] = {}
        # How many edges of such a port have a token: counting them anew would be quadratic.
        self._arrived: dict[tuple[int, int], int] = {}
        self._swallow: dict[int, int] = {}

    @classmethod
    def fold(cls, plan: Plan, events: Iterable[Event]) -> RunState:
        """Return the state that these events, from the first, lead to."""
        state = cls(plan)
        for event in events:
            state.apply(event)
        return state

    # --- events -----------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take one more event in."""
        self.seq = event.seq
        kind = event.type
        if event.step is not None and event.step[-1:] == "]":
            self._apply_to_item(event, event.step)
        elif kind == e.STEP_SUCCEEDED:
            self._end_step(event, event.data["outputs"], succeeded=True)
        elif kind == e.STEP_STARTED:
            self._start_step(event)
        elif kind == e.STEP_FAILED:
            if event.data["handled"] == "fail":
                self.failure = self.failure or {**event.data["error"], "step": event.step}
            self._end_step(event, event.data.get("outputs") or {})
        elif kind == e.STEP_SKIPPED:
            self._end_step(event, {})
        elif kind == e.STEP_CANCELLED:
            self.ending = self.ending or event.data.get("ending")
            self._end_step(event, {})
        elif kind == e.STEP_EMITTED:
            if firing := self._find(event):
                self._emit(firing, event.data["outputs"])
        elif kind == e.STEP_RETRYING:
            if firing := self._find(event):
                firing.attempt = event.data["attempt"] + 1
                firing.until = None
        elif kind == e.STEP_WAITING:
            if firing := self._find(event):
                firing.until = event.data["until"]
        elif kind == e.STEP_EDITED:
            if firing := self._find(event):
                firing.inputs = {**firing.inputs, **event.data["inputs"]}
        elif kind == e.RUN_QUEUED:
            self.queued = True
            self.inputs = event.data.get("inputs", {})
            self.trigger = event.data.get("trigger") or None
            self.stand_ins = event.data.get("stand_ins") or {}
        elif kind == e.RUN_STARTED:
            self.started = event.time
            self._start_run()
        elif kind in e.RUN_ENDS:
            self.status = kind.removeprefix("run.")
            self.outputs = event.data.get("outputs")
            self.error = event.data.get("error")
            self.ready.clear()
            self.running.clear()

    def _apply_to_item(self, event: Event, path: str) -> None:
        kind, data = event.type, event.data
        base, _, place = path[:-1].rpartition("[")
        # Items that a rerun takes over come before the step itself has started.
        firing = self.running.get(base) or self.ready.get(base)
        if firing is None or kind in (e.STEP_LOGGED, e.STEP_PROGRESSED):
            return
        if firing.items is None:
            firing.items = {}
        index = int(place)
        if kind == e.STEP_CANCELLED:
            firing.items.pop(index, None)
            self.ending = self.ending or data.get("ending")
            return
        item = firing.items.setdefault(index, ItemState())
        if kind == e.STEP_SUCCEEDED:
            item.outputs = data["outputs"]
        elif kind == e.STEP_FAILED:
            item.error = data["error"]
        elif kind == e.STEP_RETRYING:
            item.attempt = data["attempt"] + 1
            item.until = None
        elif kind == e.STEP_WAITING:
            item.until = data["until"]

    def open_steps(self) -> Iterator[str]:
        """Yield the paths of all steps that have not ended, items before their step."""
        for firing in (*self.running.values(), *self.ready.values()):
            yield from firing.open_items()
            yield firing.path

    def _find(self, event: Event) -> Firing | None:
        path = event.step or ""
        return self.running.get(path) or self.ready.get(path)

    def _start_step(self, event: Event) -> None:
        firing = self.ready.pop(event.step or "", None)
        if firing is not None:
            firing.started = event.time
            firing.attempt = event.data.get("attempt", 1)
            self.running[firing.path] = firing

    def _end_step(self, event: Event, outputs: dict[str, Any], *, succeeded: bool = False) -> None:
        path = event.step or ""
        firing = self.running.pop(path, None) or self.ready.pop(path, None)
        if firing is None:
            # A node that was never reached is skipped at the run's end.
            self._unreached.add(path)
            return
        if succeeded and firing.node.spec.kind == "flow.output":
            name = str(firing.node.parameters.get("name") or firing.node.id)
            self._declared[name] = next(iter(firing.inputs.values()), None)
        self._emit(firing, outputs)
        index = firing.node.index
        self._active_count[index] -= 1
        if not self._active_count[index]:
            self._active &= ~(1 << index)
        if self._waiting:
            self._resolve_waiting()

    # --- tokens -----------------------------------------------------------

    def _start_run(self) -> None:
        plan = self.plan
        if self.trigger is not None:
            starts: Iterable[int] = (plan.index[self.trigger],)
        elif plan.triggers:
            manual = [i for i in plan.triggers if plan.nodes[i].spec.kind == "trigger.manual"]
            starts = (manual or list(plan.triggers))[:1]
        else:
            starts = plan.starts
        for index in starts:
            node = plan.nodes[index]
            port = node.inputs[0].name if node.inputs else None
            self._fire(node, {port: self.inputs} if port else {}, {})

    def _fire(
        self,
        node: PlanNode,
        inputs: dict[str, Any],
        refs: dict[str, list[list[str]]],
        skip: str | None = None,
    ) -> None:
        count = self.fired[node.index] = self.fired[node.index] + 1
        path = node.id if count == 1 else f"{node.id}#{count}"
        if node.settings.disabled:
            skip = "the node is disabled"
        firing = Firing(node, path, inputs, refs, skip)
        if count > node.settings.max_firings:
            firing.fault = (
                f"{node.id} has fired {node.settings.max_firings} times in this run, which is its "
                "limit. If that is meant, raise its 'max_firings'."
            )
        self.ready[path] = firing
        self._active_count[node.index] += 1
        self._active |= 1 << node.index

    def _emit(self, firing: Firing, outputs: dict[str, Any]) -> None:
        node = firing.node
        if outputs:
            self.values[node.id] = next(iter(outputs.values()))
        for place, port in enumerate(node.outputs):
            if port.name not in outputs:
                continue
            token = (outputs[port.name], firing.path, port.name)
            for target in node.targets[place]:
                self._arrive(target.node, target.port, target.edge, token)

    def _arrive(self, index: int, port: int, edge: int, token: Token) -> None:
        node = self.plan.nodes[index]
        if not node.can_wait:
            # The common case: one connected port, where each token fires the node.
            name = node.inputs[port].name
            self._fire(node, {name: token[0]}, {name: [[token[1], token[2]]]})
            return
        if node.inputs[port].multiple:
            if self._swallow.get(edge):
                self._swallow[edge] -= 1
                return
            queue = self._edges.setdefault(edge, deque())
            if not queue:
                place = (index, port)
                self._arrived[place] = self._arrived.get(place, 0) + 1
            queue.append(token)
        else:
            self._ports.setdefault((index, port), deque()).append(token)
        self._waiting.add(index)
        self._fire_if_complete(node)

    def _fire_if_complete(self, node: PlanNode) -> None:
        if all(self._port_is_full(node, port) for port in node.connected):
            self._take_and_fire(node)

    def _port_is_full(self, node: PlanNode, port: int) -> bool:
        if not node.inputs[port].multiple:
            return bool(self._ports.get((node.index, port)))
        edges = node.sources[port]
        return self._arrived.get((node.index, port), 0) >= wanted(node, len(edges))

    def _take_and_fire(self, node: PlanNode) -> None:
        """Take one token from each port (where there is one) and fire."""
        inputs: dict[str, Any] = {}
        refs: dict[str, list[list[str]]] = {}
        for port in node.connected:
            name = node.inputs[port].name
            if node.inputs[port].multiple:
                tokens = self._take_edges(node, port)
                if tokens:
                    inputs[name] = [token[0] for token in tokens]
            else:
                queue = self._ports.get((node.index, port))
                tokens = [queue.popleft()] if queue else []
                if tokens:
                    inputs[name] = tokens[0][0]
            if tokens:
                refs[name] = [[token[1], token[2]] for token in tokens]
        self._still_waiting(node)
        self._fire(node, inputs, refs)

    def _take_edges(self, node: PlanNode, port: int) -> list[Token]:
        edges = node.sources[port]
        want = wanted(node, len(edges))
        tokens: list[Token] = []
        for edge in edges:
            if queue := self._edges.get(edge):
                # Those that came after enough were there are swallowed with the late ones.
                token = queue.popleft()
                if not queue:
                    self._arrived[node.index, port] -= 1
                if len(tokens) < want:
                    tokens.append(token)
            elif want < len(edges):
                # The late ones of this round are swallowed when they come.
                self._swallow[edge] = self._swallow.get(edge, 0) + 1
        return tokens

    def _still_waiting(self, node: PlanNode) -> None:
        for port in node.connected:
            if node.inputs[port].multiple:
                if self._arrived.get((node.index, port)):
                    return
            elif self._ports.get((node.index, port)):
                return
        self._waiting.discard(node.index)

    # --- nothing waits for ever -------------------------------------------

    def _resolve_waiting(self) -> None:
        """Fire or skip the waiting nodes that nothing on its way can reach any more.

        Upstream first: a node that is resolved moves again and may still reach
        those behind it.
        """
        plan = self.plan
        for index in sorted(self._waiting, key=lambda index: (plan.order[index], index)):
            while index in self._waiting and not self._active & plan.can_reach[index]:
                self._resolve(plan.nodes[index])
                if self._active & (1 << index):
                    break

    def _resolve(self, node: PlanNode) -> None:
        missing = []
        for port in node.connected:
            if not node.inputs[port].multiple:
                if node.inputs[port].required and not self._ports.get((node.index, port)):
                    missing.append(node.inputs[port].name)
                continue
            edges = node.sources[port]
            arrived = self._arrived.get((node.index, port), 0)
            short = node.parameters.get("wait_for") == "n" and arrived < wanted(node, len(edges))
            if not arrived or short:
                missing.append(node.inputs[port].name)
        if not missing:
            self._take_and_fire(node)
            return
        self._drop_tokens(node)
        names = ", ".join(repr(name) for name in missing)
        self._fire(node, {}, {}, skip=f"nothing can come at its input {names} any more")

    def _drop_tokens(self, node: PlanNode) -> None:
        for port in node.connected:
            self._ports.pop((node.index, port), None)
            self._arrived.pop((node.index, port), None)
            for edge in node.sources[port]:
                self._edges.pop(edge, None)
        self._waiting.discard(node.index)

    # --- the end ----------------------------------------------------------

    @property
    def never_reached(self) -> list[PlanNode]:
        """The nodes that have not fired, and of which no event has said so yet."""
        return [
            node
            for node in self.plan.nodes
            if not self.fired[node.index] and node.id not in self._unreached
        ]

    def results(self) -> dict[str, Any]:
        """Return the run's outputs: those declared, or the last values of the leaves."""
        if any(node.spec.kind == "flow.output" for node in self.plan.nodes):
            return dict(self._declared)
        ids = (self.plan.nodes[index].id for index in self.plan.leaves)
        return {name: self.values[name] for name in ids if name in self.values}


def wanted(node: PlanNode, edges: int) -> int:
    """Return how many of a join's edges must have brought a token before it fires."""
    wait_for = node.parameters.get("wait_for", "all")
    if wait_for == "first":
        return 1
    if wait_for == "n":
        count = node.parameters.get("count", 1)
        return min(count, edges) if isinstance(count, int) and count > 0 else 1
    return edges
