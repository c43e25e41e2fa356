"""Why each node of a run ran, waits or did not run: a plan and events give chains of reasons.

It reads nothing else, so it answers for any moment of a run, ended or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import networkx as nx

from runner.engine import events as e
from runner.engine.events import Event
from runner.engine.scope import wanted
from runner.engine.state import RunState
from runner.graph.plan import Plan, PlanNode

# A chain longer than this says nothing that its beginning does not.
MOST_REASONS = 50
# Of many nodes that could still reach a waiting one, these are named.
MOST_NAMED = 5


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


def explain(plan: Plan, events: Iterable[Event], node: str | None = None) -> list[Explanation]:
    """Return why each node, or the one named, stands as it does after these events.

    `node` is a node's id or a step path, such as `fetch#2` for its second
    firing. Raises KeyError for a node or firing that is not there.
    """
    run = _Run(plan, events)
    if node is None:
        return [run.explain(it, None) for it in plan.nodes]
    if node in plan.index:
        return [run.explain(plan.nodes[plan.index[node]], None)]
    if node not in run.steps:
        raise KeyError(node)
    return [run.explain(run.steps[node].node, node)]


@dataclass(slots=True)
class _Step:
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


STATUS_OF = {
    e.STEP_STARTED: "running",
    e.STEP_RETRYING: "retrying",
    e.STEP_WAITING: "waiting",
    e.STEP_SUCCEEDED: "succeeded",
    e.STEP_FAILED: "failed",
    e.STEP_SKIPPED: "skipped",
    e.STEP_CANCELLED: "cancelled",
}
HANDLED = {
    "fail": ("run_failed_with_it", "The run failed with it."),
    "route": ("failure_routed", "The failure went on through the node's port `error`."),
    "continue": ("failure_continued", "The run went on without its value."),
}
MOVING = frozenset({"queued", "running", "retrying", "waiting"})


class _Run:
    """A run's firings by path, its state, and what was emitted and taken."""

    def __init__(self, plan: Plan, events: Iterable[Event]) -> None:
        self.plan = plan
        self.state = RunState(plan)
        self.steps: dict[str, _Step] = {}
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

    # --- reading ----------------------------------------------------------

    def _step(self, path: str, node: PlanNode) -> _Step:
        self.last[node.id] = path
        return self.steps.setdefault(path, _Step(node))

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
        if event.type == e.STEP_SKIPPED and data.get("reason") == "never reached":
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

    def _take_refs(self, step: _Step, refs: dict[str, list[list[str]]]) -> None:
        step.refs = refs
        for port, tokens in refs.items():
            self.taken.update((source, out, step.node.id, port) for source, out in tokens)

    # --- one node ---------------------------------------------------------

    def explain(self, node: PlanNode, path: str | None) -> Explanation:
        asked = path or self.last.get(node.id)
        reasons: list[Reason] = []
        if asked is None:
            status, found = self._unfired(node)
        else:
            step = self.steps[asked]
            status, found = step.status, self._fired(step, asked)
            if path is None and status not in MOVING:
                waits = list(self._waits(node))
                if waits:
                    status, found = "pending", iter([*waits, *found])
        for reason in found:
            reasons.append(reason)
            if len(reasons) >= MOST_REASONS:
                break
        return Explanation(node.id, asked, status, tuple(reasons))

    def _fired(self, step: _Step, path: str) -> Iterator[Reason]:
        yield from self._outcome(step, path)
        yield from self._cause(step)

    def _outcome(self, step: _Step, path: str) -> Iterator[Reason]:
        id_, data = step.node.id, step.data
        match step.status:
            case "failed":
                error = data.get("error") or {}
                said = f"It failed with `{error.get('code', 'error')}`: {error.get('message', '')}"
                yield Reason("failed", said, 0, id_, step=path)
                code, then = HANDLED[data.get("handled", "fail")]
                yield Reason(code, then, 1, id_, step=path)
            case "cancelled":
                reason = data.get("reason") or "the run ended"
                yield Reason("cancelled", f"It was cancelled: {reason}.", 0, id_, step=path)
            case "skipped":
                yield from self._skipped(step, path)
            case "queued":
                yield self._queued(id_, path)
            case "running":
                yield Reason("running", "It is running.", 0, id_, step=path)
            case "waiting":
                until = _moment(data.get("until"))
                yield Reason("waiting", f"It waits until {until}.", 0, id_, step=path)
            case "retrying":
                said = f"It is tried again {data.get('delay', 0):g} s after its last failure."
                yield Reason("retrying", said, 0, id_, step=path)
        if "reused" in data:
            said = "It was not run: what an earlier run gave here was taken over."
            yield Reason("reused", said, 0, id_, step=path)
        elif "pinned" in data or "mocked" in data:
            said = "It was not run: a value that was set for this node stands in for it."
            yield Reason("stood_in", said, 0, id_, step=path)
        if step.edited:
            said = "It got values that somebody gave it, not those that came."
            yield Reason("edited", said, 0, id_, step=path)
        if step.retries:
            error = step.retries[-1].get("error") or {}
            said = (
                f"It was tried {_times(len(step.retries) + 1)}; the attempt before failed with "
                f"`{error.get('code', 'error')}`: {error.get('message', '')}"
            )
            yield Reason("retried", said, 0, id_, step=path)
        if step.resumed:
            said = "It was begun again, because the process that ran it ended before it did."
            yield Reason("resumed", said, 0, id_, step=path)

    def _skipped(self, step: _Step, path: str) -> Iterator[Reason]:
        node = step.node
        if node.settings.disabled:
            yield Reason("disabled", "It was skipped: the node is disabled.", 0, node.id, step=path)
            return
        said = f"It was skipped: {step.data.get('reason', 'nothing came')}."
        yield Reason("skipped", said, 0, node.id, step=path)
        for port in node.connected:
            yield from self._why_nothing(node, port, 1, {node.index})

    def _queued(self, id_: str, path: str) -> Reason:
        limit = self.plan.document.settings.concurrency
        moving = len(self.state.running)
        if limit and moving >= limit:
            said = (
                f"It is ready, and waits for its turn: {moving} "
                f"{'step runs' if moving == 1 else 'steps run'} at once, which is the limit."
            )
            return Reason("limit", said, 0, id_, step=path)
        return Reason("queued", "It is ready, and starts next.", 0, id_, step=path)

    def _cause(self, step: _Step) -> Iterator[Reason]:
        """Yield why the node fired at all."""
        if step.status == "skipped":
            return
        if not step.refs:
            if step.refs is None and self._sources(step.node):
                return
            said = "It fired because the run starts at it."
            yield Reason("run_start", said, 0, step.node.id)
            return
        tokens = 0
        for tokens_of_port in step.refs.values():
            for source, port in tokens_of_port:
                tokens += 1
                if tokens > MOST_NAMED:
                    continue
                said = f"It fired because `{source}` emitted at `{port}`."
                yield Reason("emitted", said, 0, node_of(source), port, source)
        if tokens > MOST_NAMED:
            said = f"{tokens - MOST_NAMED} more values came in."
            yield Reason("more", said, 0, step.node.id)

    # --- nodes that have not fired ----------------------------------------

    def _unfired(self, node: PlanNode) -> tuple[str, Iterator[Reason]]:
        if not self.state.started and self.state.status is None:
            said = "The run is queued: no worker has begun it."
            return "pending", iter([Reason("run_queued", said, 0, node.id)])
        if self.state.status is None and node.id not in self.unreached:
            waits = list(self._waits(node))
            if not waits:
                waits = [self._reaching(it, node) for it in self._reachers(node)]
            if waits:
                return "pending", iter(waits)
        return "not_reached", self._never(node, 0, set())

    def _waits(self, node: PlanNode) -> Iterator[Reason]:
        """Yield what a node with tokens at some of its inputs waits for."""
        if not node.can_wait or self.state.status is not None:
            return
        waiting = [(edge, self._token_at(edge)) for edge in self._sources(node)]
        if not any(path for _, path in waiting) or self._swallows(node):
            return
        for edge, path in waiting:
            if path is None:
                source = self.plan.nodes[self.plan.index[edge.source]]
                open_ = [source] if source.index in self.active else []
                for it in (open_ or self._reachers(source))[:MOST_NAMED]:
                    said = (
                        f"It waits for `{edge.source}`, which `{it.id}` can still reach."
                        if it is not source
                        else f"It waits for `{edge.source}`, which has not ended."
                    )
                    yield Reason("waits_for", said, 0, it.id, edge.output, self.last.get(it.id))
        for edge, path in waiting:
            if path is not None:
                said = f"A value of `{path}` waits at its input `{edge.input}`."
                yield Reason("has_value", said, 0, node_of(path), edge.output, path)

    def _swallows(self, node: PlanNode) -> bool:
        """Say whether late tokens of a round that has fired are swallowed here."""
        return node.id in self.last and any(
            node.inputs[port].multiple
            and wanted(node, len(node.sources[port])) < len(node.sources[port])
            for port in node.connected
        )

    def _token_at(self, edge: Any) -> str | None:
        """Return the step whose token waits at the end of an edge."""
        path = self.last.get(edge.target)
        skipped = self.steps[path].seq if path and self.steps[path].status == "skipped" else 0
        for step, seq in self.emitted.get((edge.source, edge.output), ()):
            if seq > skipped and (step, edge.output, edge.target, edge.input) not in self.taken:
                return step
        return None

    def _never(self, node: PlanNode, depth: int, seen: set[int]) -> Iterator[Reason]:
        """Yield why nothing came to a node, back to where the run turned away from it."""
        seen.add(node.index)
        if node.settings.disabled:
            yield Reason("disabled", f"`{node.id}` is disabled.", depth, node.id)
        if not self._sources(node):
            yield from self._not_begun_at(node, depth)
            return
        for port in node.connected:
            yield from self._why_nothing(node, port, depth, seen)

    def _not_begun_at(self, node: PlanNode, depth: int) -> Iterator[Reason]:
        begun = next((it for it, step in self.steps.items() if step.refs == {}), None)
        if begun is None:
            yield Reason("run_ended", "The run ended before it began.", depth, node.id)
        elif node.spec.trigger:
            said = f"`{node.id}` is a trigger, and this run was started by `{begun}`."
            yield Reason("other_start", said, depth, node_of(begun), step=begun)
        else:
            said = f"No edge leads to `{node.id}`, and this run started at `{begun}`."
            yield Reason("no_edge", said, depth, node_of(begun), step=begun)

    def _why_nothing(
        self, node: PlanNode, port: int, depth: int, seen: set[int]
    ) -> Iterator[Reason]:
        for number in node.sources[port]:
            edge = self.plan.edges[number]
            source = self.plan.nodes[self.plan.index[edge.source]]
            yield from self._why_not(source, edge.output, depth, seen)

    def _why_not(self, source: PlanNode, port: str, depth: int, seen: set[int]) -> Iterator[Reason]:
        """Yield why no token left a port of a node."""
        path = self.last.get(source.id)
        if path is None:
            if source.index in seen:
                return
            said = f"`{source.id}` was never reached."
            yield Reason("source_not_reached", said, depth, source.id, port)
            yield from self._never(source, depth + 1, seen)
            return
        step = self.steps[path]
        if port in step.outputs:
            return
        match step.status:
            case "failed":
                error = step.data.get("error") or {}
                said = f"`{path}` failed before: {error.get('message') or error.get('code')}"
                yield Reason("source_failed", said, depth, source.id, port, path)
            case "cancelled":
                reason = step.data.get("reason") or "the run ended"
                said = f"`{path}` was cancelled: {reason}."
                yield Reason("source_cancelled", said, depth, source.id, port, path)
            case "skipped" if source.settings.disabled:
                said = f"`{source.id}` is disabled and passes nothing on."
                yield Reason("source_disabled", said, depth, source.id, port, path)
            case "skipped":
                said = f"`{path}` was skipped."
                yield Reason("source_skipped", said, depth, source.id, port, path)
                if source.index not in seen:
                    yield from self._never(source, depth + 1, seen)
            case "succeeded" if step.outputs:
                ports = ", ".join(f"`{name}`" for name in sorted(step.outputs))
                said = f"`{path}` emitted only on {ports}, not on `{port}`."
                yield Reason("other_port", said, depth, source.id, port, path)
            case "succeeded":
                said = f"`{path}` emitted nothing."
                yield Reason("emitted_nothing", said, depth, source.id, port, path)
            case _:
                said = f"`{path}` has not ended."
                yield Reason("source_open", said, depth, source.id, port, path)

    # --- who can still come -----------------------------------------------

    def _sources(self, node: PlanNode) -> list[Any]:
        return [self.plan.edges[number] for port in node.connected for number in node.sources[port]]

    def _active_nodes(self) -> list[PlanNode]:
        return [self.plan.nodes[index] for index in sorted(self.active)]

    def _reachers(self, node: PlanNode) -> list[PlanNode]:
        """Return the nodes that move now and from which this one can be reached."""
        before: set[int] = nx.ancestors(self.plan.graph, node.index) if self.active else set()
        return [it for it in self._active_nodes() if it.index in before]

    def _reaching(self, it: PlanNode, node: PlanNode) -> Reason:
        said = f"Nothing has come yet: `{it.id}` can still reach it."
        return Reason("can_come", said, 0, it.id, step=self.last.get(it.id))


def node_of(path: str) -> str:
    """Return the node that a step fired: `charge` of `orders[3]/charge#2`."""
    last = path.rpartition("/")[2]
    return last.partition("#")[0].partition("[")[0]


def _moment(until: object) -> str:
    if not isinstance(until, int | float):
        return "it is resumed"
    return datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
