"""Why each node of a run ran, waits or did not run: a plan and events give chains of reasons.

It reads nothing else, so it answers for any moment of a run, ended or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import networkx as nx

from runner.engine.account import Account, Told, node_of
from runner.engine.events import Event
from runner.engine.reasons import Explanation, Reason, ended, times, what_for
from runner.engine.scope import wanted
from runner.engine.sight import scope_of
from runner.graph.plan import Plan, PlanNode

# A chain longer than this says nothing that its beginning does not.
MOST_REASONS = 50
# Of many nodes that could still reach a waiting one, these are named.
MOST_NAMED = 5


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


HANDLED = {
    "fail": ("run_failed_with_it", "The run failed with it."),
    "route": ("failure_routed", "The failure went on through the node's port `error`."),
    "continue": ("failure_continued", "The run went on without its value."),
}
MOVING = frozenset({"queued", "running", "retrying", "waiting"})


class _Run(Account):
    """Gives reasons for what the events tell."""

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

    def _fired(self, step: Told, path: str) -> Iterator[Reason]:
        yield from self._outcome(step, path)
        yield from self._cause(step, path)

    def _outcome(self, step: Told, path: str) -> Iterator[Reason]:
        id_, data = step.node.id, step.data
        match step.status:
            case "failed":
                error = data.get("error") or {}
                said = f"It failed with `{error.get('code', 'error')}`: {error.get('message', '')}"
                yield Reason("failed", said, 0, id_, step=path)
                yield self._became_of(id_, path, data.get("handled", "fail"))
            case "cancelled":
                reason = data.get("reason") or "the run ended"
                said = ended(f"It was cancelled: {reason}")
                yield Reason("cancelled", said, 0, id_, step=path)
            case "skipped":
                yield from self._skipped(step, path)
            case "queued":
                yield self._queued(id_, path)
            case "running":
                yield self._running(id_, path)
            case "waiting":
                yield Reason("waiting", what_for(data), 0, id_, step=path)
            case "retrying":
                said = f"It is tried again {data.get('delay', 0):g} s after its last failure."
                yield Reason("retrying", said, 0, id_, step=path)
        if "reused" in data:
            said = "It was not run: what an earlier run gave here was taken over."
            yield Reason("reused", said, 0, id_, step=path)
        elif "bypassed" in data:
            said = "It was not run: the node is bypassed, and passed on what came to it."
            yield Reason("bypassed", said, 0, id_, step=path)
        elif "pinned" in data or "mocked" in data:
            said = "It was not run: a value that was set for this node stands in for it."
            yield Reason("stood_in", said, 0, id_, step=path)
        if step.edited:
            said = "It got values that somebody gave it, not those that came."
            yield Reason("edited", said, 0, id_, step=path)
        if step.retries:
            yield Reason("retried", _retried(step), 0, id_, step=path)
        if step.resumed:
            said = "It was begun again, because the process that ran it ended before it did."
            yield Reason("resumed", said, 0, id_, step=path)

    def _became_of(self, id_: str, path: str, handled: str) -> Reason:
        """Say what a failure did to whatever it happened in: the run, or a part of a frame."""
        part = path.rpartition("/")[0]
        if not part or handled != "fail":
            code, said = HANDLED[handled]
            return Reason(code, said, 1, id_, step=path)
        owner = _owner(part)
        node = node_of(owner)
        if part.endswith("[compensate]"):
            said = f"What undoes `{owner}` ended with it."
            return Reason("undoing_failed_with_it", said, 1, node, step=owner)
        step = self.steps.get(owner)
        name = "what is in it" if part == owner else f"`{part}`"
        if step is None or step.status in MOVING:
            said = f"In `{owner}`, {name} ended with it."
        elif step.status == "failed":
            said = f"In `{owner}`, {name} ended with it, and `{owner}` failed."
        else:
            said = f"In `{owner}`, {name} ended with it; `{owner}` itself {step.status}."
        return Reason("frame_part_failed_with_it", said, 1, node, step=owner)

    def _running(self, id_: str, path: str) -> Reason:
        firing = self.state.running.get(path)
        opened = firing.opened if firing is not None else None
        if opened is None or opened.lock is None or not opened.waits:
            return Reason("running", "It is running.", 0, id_, step=path)
        holder = self.state.locks[opened.lock][0]
        said = f"It waits for the key {opened.lock}, which `{holder.firing.path}` has."
        return Reason("waits_for_key", said, 0, holder.node.id, step=holder.firing.path)

    def _skipped(self, step: Told, path: str) -> Iterator[Reason]:
        node = step.node
        if node.settings.disabled:
            yield Reason("disabled", "It was skipped: the node is disabled.", 0, node.id, step=path)
            return
        said = ended(f"It was skipped: {step.data.get('reason', 'nothing came')}")
        yield Reason("skipped", said, 0, node.id, step=path)
        for port in node.connected:
            yield from self._why_nothing(node, port, 1, {node.index})

    def _queued(self, id_: str, path: str) -> Reason:
        if self.state.debug is not None and self.state.debug.paused:
            said = "It is about to fire, and the debugger holds it."
            return Reason("paused", said, 0, id_, step=path)
        limit = self.plan.document.settings.concurrency
        moving = len(self.state.running) - sum(
            path in self.state.running for path, _ in self.state.parked()
        )
        if limit and moving >= limit:
            said = (
                f"It is ready, and waits for its turn: {moving} "
                f"{'step runs' if moving == 1 else 'steps run'} at once, which is the limit."
            )
            return Reason("limit", said, 0, id_, step=path)
        return Reason("queued", "It is ready, and starts next.", 0, id_, step=path)

    def _cause(self, step: Told, path: str) -> Iterator[Reason]:
        """Yield why the node fired at all, or is about to."""
        if step.status == "skipped":
            return
        # A step that has not begun has not fired either: the limit or the debugger may hold it.
        fired = "It fires" if step.status == "queued" else "It fired"
        if not step.refs:
            if step.refs is None and self._sources(step.node):
                return
            said = f"{fired} because the run starts at it."
            yield Reason("run_start", said, 0, step.node.id)
            return
        tokens = 0
        for tokens_of_port in step.refs.values():
            for source, port in tokens_of_port:
                tokens += 1
                if tokens > MOST_NAMED:
                    continue
                said = f"{fired} because `{source}` emitted at `{port}`."
                yield Reason("emitted", said, 0, node_of(source), port, source)
        if tokens > MOST_NAMED:
            said = f"{tokens - MOST_NAMED} more values came in."
            yield Reason("more", said, 0, step.node.id)
        yield from self._without(step, path)

    def _without(self, step: Told, path: str) -> Iterator[Reason]:
        """Yield from where a node got nothing that it would have waited for, and why."""
        node = step.node
        if not node.can_wait:
            return
        for port in node.connected:
            came = [
                (node_of(it), out) for it, out in (step.refs or {}).get(node.inputs[port].name, ())
            ]
            sources = [self.plan.edges[number] for number in node.sources[port]]
            enough = wanted(node, len(sources)) if node.inputs[port].multiple else 1
            if len(came) >= enough:
                continue
            for edge in sources:
                if (edge.source, edge.output) in came:
                    continue
                said = (
                    f"It did not wait for `{edge.source}`, from which nothing could come any more."
                )
                yield Reason("without", said, 0, edge.source, edge.output)
                source = self.plan.nodes[self.plan.index[edge.source]]
                last = self.last.get(source.id)
                # Of a frame's iterations only the last firing of each node is known here.
                if last is None or scope_of(last) == scope_of(path):
                    yield from self._why_not(source, edge.output, 1, {node.index})

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
                said = ended(f"`{path}` was cancelled: {reason}")
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


def _retried(step: Told) -> str:
    """Say what became of the attempts before, without a word of one that may not have begun."""
    last = step.retries[-1]
    error = last.get("error") or {}
    failed = f"failed with `{error.get('code', 'error')}`: {error.get('message', '')}"
    if step.status in ("succeeded", "failed"):
        return f"It was tried {times(len(step.retries) + 1)}; the attempt before {failed}"
    return f"Attempt {last.get('attempt', len(step.retries))} {failed}"


def _owner(part: str) -> str:
    """Return the step whose inside a part is: `orders` of `orders~2[3]`."""
    return re.sub(r"(~\d+)?(\[[^]/]*\])?$", "", part)
