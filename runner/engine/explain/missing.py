"""Why nothing has come to a node in one scope, what it waits for, and what can still reach it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import networkx as nx

from runner.engine.account import Account, node_of, scope_of
from runner.engine.explain.insides import Inside, why_not_begun
from runner.engine.explain.undone import why_not_undone
from runner.engine.reasons import Reason, ended
from runner.engine.scope import wanted
from runner.graph.compensation import COMPENSATE_PORT
from runner.graph.document import Edge
from runner.graph.plan import PlanNode

# Of many nodes that could still reach a waiting one, these are named.
MOST_NAMED = 5
# A chain longer than this says nothing that its beginning does not.
MOST_REASONS = 50


class Missing:
    """Gives reasons as seen from one scope: the whole drawing, or one iteration of a frame."""

    def __init__(self, account: Account, scope: str) -> None:
        self.account = account
        self.plan = account.plan
        self.state = account.state
        self.scope = scope
        self.active = account.active.get(scope, set())
        # Whether, of the reasons that were given, one is about something that may still begin.
        self._may_come = False

    def unfired(self, node: PlanNode) -> tuple[str, Iterator[Reason]]:
        """Return how a node stands that has not fired here, and why."""
        if not self.state.started and self.state.status is None:
            said = "The run is queued: no worker has begun it."
            return "pending", iter([Reason("run_queued", said, 0, node.id)])
        if self.state.status is None and node.id not in self.account.unreached:
            waits = list(self.waits(node))
            if not waits:
                waits = [self._reaching(it, node) for it in self._reachers(node)]
            if waits:
                return "pending", iter(waits)
        found = list(islice(self._never(node, 0, set()), MOST_REASONS))
        if not found:
            # A circle that nothing enters, or a value from outside that came to another firing.
            said = f"Nothing came to it in `{self.scope}`." if self.scope else "Nothing came to it."
            found = [Reason("nothing_came", said, 0, node.id)]
        return "pending" if self._may_come else "not_reached", iter(found)

    # --- who waits --------------------------------------------------------

    def waits(self, node: PlanNode) -> Iterator[Reason]:
        """Yield what a node with tokens at some of its inputs waits for."""
        if not node.can_wait or self.state.status is not None:
            return
        tokens = {port: self._tokens_at(node, port) for port in node.connected}
        if not any(tokens.values()) or self._swallows(node):
            return
        for port, came in tokens.items():
            if came and not node.inputs[port].multiple:
                continue
            for edge in self._edges_to(node, port):
                if (edge.source, edge.output) not in came:
                    yield from self._open_at(edge)
        for port, came in tokens.items():
            for (source, output), path in came.items():
                said = f"A value of `{path}` waits at its input `{node.inputs[port].name}`."
                yield Reason("has_value", said, 0, source, output, path)

    def _open_at(self, edge: Edge) -> Iterator[Reason]:
        """Yield from whom something can still come over an edge."""
        source = self._source(edge)
        open_ = [source] if source.index in self.active else []
        for it in (open_ or self._reachers(source))[:MOST_NAMED]:
            said = (
                f"It waits for `{edge.source}`, which `{it.id}` can still reach."
                if it is not source
                else f"It waits for `{edge.source}`, which has not ended."
            )
            yield Reason("waits_for", said, 0, it.id, edge.output, self._last(it))

    def _swallows(self, node: PlanNode) -> bool:
        """Say whether late tokens of a round that has fired are swallowed here."""
        return self._last(node) is not None and any(
            node.inputs[port].multiple
            and wanted(node, len(node.sources[port])) < len(node.sources[port])
            for port in node.connected
        )

    def _tokens_at(self, node: PlanNode, port: int) -> dict[tuple[str, str], str]:
        """Return the steps whose tokens wait at a port, by node and output."""
        if not node.sticky or port not in node.sticky:
            return self.account.waiting(self.scope).get((node.index, port), {})
        # What comes from outside is there for each firing: nobody waits for another one.
        scope = self.account.open.get(self.scope)
        held = scope.captured.get(node.sticky[port]) if scope is not None else None
        if held is None or self._last(node) is not None:
            return {}
        return {(node_of(held[1]), held[2]): held[1]}

    # --- why nothing came -------------------------------------------------

    def _never(self, node: PlanNode, depth: int, seen: set[int]) -> Iterator[Reason]:
        """Yield why nothing came to a node, back to where the run turned away from it."""
        seen.add(node.index)
        if node.settings.disabled:
            yield Reason("disabled", f"`{node.id}` is disabled.", depth, node.id)
        if not any(node.sources[port] for port in node.connected):
            yield from self._not_begun_at(node, depth)
            return
        for port in node.connected:
            yield from self.why_nothing(node, port, depth, seen)

    def _not_begun_at(self, node: PlanNode, depth: int) -> Iterator[Reason]:
        steps = self.account.steps
        begun = next((it for it, step in steps.items() if step.refs == {}), None)
        if begun is None:
            yield Reason("run_ended", "The run ended before it began.", depth, node.id)
        elif node.spec.trigger:
            said = f"`{node.id}` is a trigger, and this run was started by `{begun}`."
            yield Reason("other_start", said, depth, node_of(begun), step=begun)
        elif self.scope:
            said = f"No edge leads to `{node.id}`, and nothing began at it in `{self.scope}`."
            yield Reason("no_edge", said, depth, node.id)
        else:
            said = f"No edge leads to `{node.id}`, and this run started at `{begun}`."
            yield Reason("no_edge", said, depth, node_of(begun), step=begun)

    def why_nothing(
        self, node: PlanNode, port: int, depth: int, seen: set[int]
    ) -> Iterator[Reason]:
        """Yield why no token came to an input of a node."""
        for number in node.sources[port]:
            edge = self.plan.edges[number]
            yield from self.why_not(self._source(edge), edge.output, depth, seen)

    def why_not(self, source: PlanNode, port: str, depth: int, seen: set[int]) -> Iterator[Reason]:
        """Yield why no token left a port of a node."""
        if any(it.name == port for it in source.spec.begins):
            yield from self._why_not_inside(source, port, depth)
            return
        path = self._visible(source)
        if path is None:
            if source.index in seen:
                return
            was = "was never" if self.state.status is not None else "has not been"
            said = f"`{source.id}` {was} reached."
            yield Reason("source_not_reached", said, depth, source.id, port)
            yield from self._never(source, depth + 1, seen)
            return
        step = self.account.steps[path]
        if port in step.outputs:
            return
        match step.status:
            case "failed":
                error = step.data.get("error") or {}
                said = f"`{path}` failed before: {error.get('message') or error.get('code')}"
                yield Reason("source_failed", ended(said), depth, source.id, port, path)
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
            case "succeeded" if port == COMPENSATE_PORT.name and source.settings.compensate:
                self._may_come = self._may_come or self.state.status is None
                said = why_not_undone(self.state, path)
                yield Reason("not_undone", said, depth, source.id, port, path)
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

    def _why_not_inside(self, frame: PlanNode, port: str, depth: int) -> Iterator[Reason]:
        """Yield why nothing entered the inside of the frame around here at one of its ports."""
        scope = self.scope
        while scope and node_of(Inside.of(scope).owner) != frame.id:
            scope = scope_of(scope)
        if not scope:
            return
        here = Inside.of(scope)
        if here.place.isdecimal() or here.place in ("", port):
            return
        # A try has parts, and each begins at a port of its own.
        other = Inside.of(scope.removesuffix(f"[{here.place}]") + f"[{port}]")
        if other.scope not in self.account.begun:
            status, reason = why_not_begun(self.account, other, depth)
            self._may_come = self._may_come or status == "pending"
            yield reason
        else:
            said = f"`{other.scope}` is where it could have run, not `{scope}`."
            yield Reason("other_part", said, depth, frame.id, port, here.owner)

    # --- who can still come -----------------------------------------------

    def _reachers(self, node: PlanNode) -> list[PlanNode]:
        """Return the nodes that move here now and from which this one can be reached."""
        before: set[int] = nx.ancestors(self.plan.graph, node.index) if self.active else set()
        return [self.plan.nodes[index] for index in sorted(self.active & before)]

    def _reaching(self, it: PlanNode, node: PlanNode) -> Reason:
        said = f"Nothing has come yet: `{it.id}` can still reach it."
        return Reason("can_come", said, 0, it.id, step=self._last(it))

    # --- what can be seen from here ---------------------------------------

    def _edges_to(self, node: PlanNode, port: int) -> Iterator[Edge]:
        return (self.plan.edges[number] for number in node.sources[port])

    def _source(self, edge: Edge) -> PlanNode:
        return self.plan.nodes[self.plan.index[edge.source]]

    def _last(self, node: PlanNode) -> str | None:
        return self.account.last_in.get((self.scope, node.id))

    def _visible(self, node: PlanNode) -> str | None:
        """Return the last firing of a node here, or around here where its value came from there."""
        scope = self.scope
        while (path := self.account.last_in.get((scope, node.id))) is None and scope:
            scope = scope_of(scope)
        return path
