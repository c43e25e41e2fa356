"""What a drawing alone makes certain: which nodes fire before others, and which at most once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import networkx as nx

from runner.graph.compensation import compensates
from runner.graph.document import Document, Edge
from runner.graph.frames import acts_on_frame, begins_inside
from runner.graph.plan import Types, input_ports, output_ports

# That a node has fired: (node, ""), or which way it chose: (node, the way). Of several ways that
# one node can choose, only one is true of a token.
Fact = tuple[str, str]
Facts = frozenset[Fact]
NOTHING: Facts = frozenset()


def lifted(document: Document, name: str, level: str | None) -> str | None:
    """Return the node of a level (a frame's inside; None: the drawing) that is or holds a node."""
    seen: set[str] = set()
    at: str | None = name
    while at is not None and at in document.nodes and at not in seen:
        seen.add(at)
        if document.nodes[at].frame == level:
            return at
        at = document.nodes[at].frame
    return None


class Ways:
    """The ways of tokens within one level of a drawing."""

    def __init__(self, document: Document, types: Types, level: str | None = None) -> None:
        self._document = document
        self._types = types
        self._level = level
        self._arriving: dict[str, dict[str, list[tuple[str, str]]]] = {
            name: {} for name, node in document.nodes.items() if node.frame == level
        }
        for edge in document.edges:
            self._take(edge)
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self._arriving)
        for name, ports in self._arriving.items():
            graph.add_edges_from((source, name) for source, _ in _all(ports) if source)
        self.graph = graph
        condensed = nx.condensation(graph)
        self._order = [
            name
            for part in nx.topological_sort(condensed)
            for name in sorted(condensed.nodes[part]["members"])
        ]
        self._circling = {
            name
            for members in nx.strongly_connected_components(graph)
            for name in members
            if len(members) > 1 or graph.has_edge(name, name)
        }
        self._facts = self._certain()
        self._often = self._repeated()

    def before(self, name: str) -> frozenset[str]:
        """Return the nodes of the level that have certainly fired when this one does."""
        return frozenset(node for node, way in self._facts[name] if not way)

    def often(self, name: str) -> bool:
        """Say whether the node may fire more than once while the level is gone through once."""
        return name in self._often

    def sources(self, name: str) -> set[tuple[str, str]]:
        """Return the nodes and ports from which tokens come to a node within the level."""
        return set(_all(self._arriving[name]))

    def after(self, name: str) -> frozenset[str]:
        """Return the nodes of the level that certainly fire once this one has, if nothing fails."""
        found: set[str] = set()
        pending = [name]
        while pending:
            at = pending.pop()
            if not self.always_emits(at):
                continue
            for target in self.graph.successors(at):
                if target not in found and self._always_fires(target, at):
                    found.add(target)
                    pending.append(target)
        return frozenset(found)

    def always_emits(self, name: str) -> bool:
        """Say whether each step of a node that does not fail emits at the one port it has."""
        node = self._document.nodes[name]
        typed = self._types.get(node.kind)
        if typed is None or typed.spec.one_of is not None or node.settings.disabled:
            return False
        return len(output_ports(typed.spec, node.parameters, node.settings)) == 1

    def _always_fires(self, name: str, source: str) -> bool:
        """Say whether a node fires when something comes from the source, and nothing else does."""
        node = self._document.nodes[name]
        others = (
            port
            for port, arrivals in self._arriving[name].items()
            if all(it != source for it, _ in arrivals)
        )
        few = node.parameters.get("wait_for", "all") != "n"
        return (
            few
            and not node.settings.disabled
            and not any(self._is_required(name, port) for port in others)
        )

    def _take(self, edge: Edge) -> None:
        """Note an edge, by the nodes of this level at or in which it ends."""
        document, types = self._document, self._types
        if edge.source not in document.nodes or edge.target not in document.nodes:
            return
        if acts_on_frame(types, document, edge) or compensates(document, edge):
            return
        if document.nodes[edge.source].settings.disabled:
            return
        target = lifted(document, edge.target, self._level)
        if target is None:
            return
        if edge.source == self._level and begins_inside(types, document, edge):
            source = ""
        else:
            found = lifted(document, edge.source, self._level)
            if found is None or (found == target and edge.source != edge.target):
                # From further out: it is there for every firing. Or all of it lies in a frame.
                return
            source = found
        port = edge.input if target == edge.target else f"{edge.target}.{edge.input}"
        arrivals = self._arriving[target].setdefault(port, [])
        arrivals.append((source, edge.output))

    def _along(self, source: str, output: str, facts: Facts) -> Facts:
        """Return what is certain of a token that a node emitted at a port."""
        if not source:
            return NOTHING
        node = self._document.nodes[source]
        typed = self._types.get(node.kind)
        found = {*facts, (source, "")}
        if node.settings.on_error == "route":
            found.add((f"{source}!", "failed" if output == "error" else "not failed"))
        if typed is not None and typed.spec.trigger:
            # A run starts at one trigger.
            found.add(("!", source))
        one_of = typed.spec.one_of if typed is not None else None
        if one_of is not None and output != "error" and one_of(node.parameters, output):
            found.add((source, f"at {output}"))
        return frozenset(found)

    def _certain(self) -> dict[str, Facts]:
        """Return what is certain when each node fires: the greatest that all edges agree on."""
        found: dict[str, Facts | None] = dict.fromkeys(self._arriving)
        changed = True
        while changed:
            changed = False
            for name in self._order:
                facts = self._at(name, found)
                if facts != found[name]:
                    found[name] = facts
                    changed = True
        return {name: facts or NOTHING for name, facts in found.items()}

    def _at(self, name: str, known: dict[str, Facts | None]) -> Facts | None:
        required: list[Facts] = []
        others: list[Facts] = []
        if not self._arriving[name]:
            return NOTHING
        for port, arrivals in self._arriving[name].items():
            sides = [
                self._along(source, output, (known.get(source) or NOTHING))
                for source, output in arrivals
                if not source or known[source] is not None
            ]
            if sides:
                agreed = frozenset.intersection(*sides)
                (required if self._is_required(name, port) else others).append(agreed)
        if required:
            return frozenset().union(*required)
        return frozenset.intersection(*others) if others else None

    def _is_required(self, name: str, port: str) -> bool:
        node = self._document.nodes[name]
        typed = self._types.get(node.kind)
        ports = input_ports(typed.spec, node) if typed is not None else ()
        return any(it.name == port and it.required for it in ports)

    def _is_join(self, name: str, port: str) -> bool:
        typed = self._types.get(self._document.nodes[name].kind)
        return typed is not None and any(
            it.name == port and it.multiple for it in typed.spec.inputs
        )

    def _repeated(self) -> frozenset[str]:
        """Return the nodes that may fire more than once: in circles, and behind merges."""
        found: set[str] = set(self._circling)
        for name in self._order:
            for port, arrivals in self._arriving[name].items():
                again = any(source in found for source, _ in arrivals)
                if again or (not self._is_join(name, port) and self._both(arrivals)):
                    found.add(name)
        return frozenset(found)

    def _both(self, arrivals: list[tuple[str, str]]) -> bool:
        """Say whether tokens of several of these edges may come in one course."""
        sides = [
            dict(fact for fact in self._along(source, output, self._of(source)) if fact[1])
            for source, output in arrivals
        ]
        return any(
            not any(one[node] != other[node] for node in one.keys() & other.keys())
            for one, other in combinations(sides, 2)
        )

    def _of(self, source: str) -> Facts:
        return self._facts.get(source, NOTHING)


def _all(ports: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    for arrivals in ports.values():
        yield from arrivals


def before_all(
    document: Document, types: Types, level: str | None, names: Iterable[str]
) -> frozenset[str]:
    """Return the nodes that have certainly fired before all of these nodes of a level do.

    Those of the levels around count, as expressions see them.
    """
    ways = Ways(document, types, level)
    sides = [ways.before(name) for name in names]
    found = frozenset.intersection(*sides) if sides else frozenset()
    while level is not None:
        above = document.nodes[level].frame
        found |= Ways(document, types, above).before(level)
        level = above
    return found
