"""A called blueprint as nodes of the drawing that calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from runner.engine.expressions import check
from runner.engine.expressions.renaming import Mention
from runner.engine.parts.called import check_again, check_call, check_called, check_starts
from runner.engine.parts.given import Given
from runner.engine.parts.outs import Outs, check_outputs, needs_whole
from runner.engine.parts.placing import places
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import at, free, with_mentions
from runner.graph import Document, Edge, Node, validate
from runner.graph.document import Route
from runner.graph.plan import Types

TRIGGER = "trigger.manual"


@dataclass(frozen=True, slots=True)
class Expanded:
    """The drawing with the nodes in place of the call; `notices` say what to know of it."""

    document: Document
    nodes: tuple[str, ...]
    notices: tuple[str, ...]


def expand(document: Document, types: Types, call: str, called: Document) -> Expanded:
    """Plan to put the nodes of a called document in place of its call.

    Raises PartRefused where the drawing would not do what it does with the call.
    """
    return _Expand(document, types, call, called).done()


class _Drawn(NamedTuple):
    """An edge with how it is drawn; `inner` says that the called blueprint's drawing says so."""

    edge: Edge
    route: Route | None = None
    inner: bool = False

    def moved(self, by: tuple[float, float]) -> Route | None:
        """Return how it is drawn where what comes in has moved."""
        if self.route is None or not self.inner:
            return self.route
        points = [(x + by[0], y + by[1]) for x, y in self.route.points]
        return self.route.model_copy(update={"points": points})


class _Expand:
    def __init__(self, document: Document, types: Types, call: str, called: Document) -> None:
        self.document = document
        self.types = types
        self.call = call
        self.called = called
        self.node = document.nodes[call]
        self.reasons = Reasons()
        self.arriving = [edge for edge in document.edges if edge.target == call]

    def done(self) -> Expanded:
        reasons = self.reasons
        check_call(self.document, self.call, reasons)
        check_called(self.document, self.call, self.called, self.types, reasons)
        reasons.stop()
        self.trigger = next(it for it, node in self.called.nodes.items() if node.kind == TRIGGER)
        self.outs = Outs(self.called, self.types, self.trigger)
        self.given = Given(self.document, self.types, self.call, self.called, self.trigger)
        self.given.check(reasons)
        self.whole = needs_whole(self.document, self.types, self.call, self.outs)
        check_outputs(self.document, self.call, self.outs, reasons, whole=self.whole)
        check_starts(self.document, self.call, self.called, self.types, reasons)
        check_again(self.document, self.call, self.called, self.types, reasons)
        reasons.stop()
        self.names = self._fresh()
        # What reads the inputs by name must come behind the node that gives them, with all else.
        self.entry = self.given.read or any(
            edge.source == self.trigger and edge.target not in self.given.direct
            for edge in self.called.edges
        )
        nodes = dict(self._nodes())
        edges = list(self._edges())
        outer = {it: self._outer_node(it) for it in self.document.nodes if it != self.call}
        reasons.stop()
        made = self._document(outer, nodes, edges)
        self._check_sound(made, set(outer))
        reasons.stop()
        return Expanded(
            made, tuple(it for it in made.nodes if it not in outer), (*self._notices(),)
        )

    # --- what cannot be -----------------------------------------------------

    def _check_sound(self, made: Document, outer: set[str]) -> None:
        known = {(it.code, it.node) for it in validate(self.document, self.types, check)}
        for problem in validate(made, self.types, check):
            if problem.severity == "error" and (problem.code, problem.node) not in known:
                node = problem.node if problem.node in outer else self.call
                self.reasons.add(problem.code, problem.message, node)
        if self.node.frame is None and all(
            node.kind != "flow.output" for node in self.document.nodes.values()
        ):
            sources = {edge.source for edge in made.edges}
            for name in made.nodes:
                if name not in outer and name != self.call and name not in sources:
                    self.reasons.add(
                        "expand_end",
                        f"{name} would be an end of this blueprint, which has no Output node, so "
                        "that runs would give what it gives. Put Output nodes (flow.output) behind "
                        "what runs shall give.",
                        self.call,
                    )

    def _notices(self) -> Iterator[str]:
        if self.called.inputs:
            yield "The types of the inputs were checked at each call; here nothing checks them."
        for case in self.document.tests:
            if self.call in {*case.mocks, *case.expect.ran, *case.expect.not_ran}:
                yield f"The test {case.name!r} names {self.call}, which it may no longer find."

    # --- names and expressions ----------------------------------------------

    def _fresh(self) -> dict[str, str]:
        """Return the names here of the nodes of the called document."""
        taken = {*self.document.nodes} - (set() if self.whole else {self.call})
        names = {}
        for name in self.called.nodes:
            # The trigger's place takes what gives the inputs.
            wanted = f"{self.call}_inputs" if name == self.trigger else name
            names[name] = wanted if wanted not in taken else free(wanted, taken)
            taken.add(names[name])
        return names

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        """Yield the called nodes as they are here; the trigger and the outputs are left out."""
        for name, node in self.called.nodes.items():
            if name == self.trigger or self.given.passed(name) or self.outs.dropped(name):
                continue
            changed = with_mentions(node, self.types, partial(self._change, name))
            if name in self.given.direct:
                text = self.given.elsewhere(self.given.direct[name], name, own=False) or "input"
                changed = node.model_copy(update={"parameters": {"value": f"{{{{ {text} }}}}"}})
            if node.kind == "flow.output":
                changed = Node(
                    kind="data.value", title=node.title, parameters={"value": "{{ input }}"}
                )
            frame = self.node.frame if node.frame is None else self.names[node.frame]
            yield self.names[name], changed.model_copy(update={"frame": frame})

    def _change(self, reader: str, mention: Mention, own: bool) -> str | None:
        if mention.name == "nodes" and mention.key in self.names:
            name = self.names[mention.key]
            if mention.rest is not None:
                return f'nodes.get("{name}"{mention.rest})'
            return at("nodes", name) + mention.tail
        if (mention.name, mention.key) == ("run", "inputs"):
            if mention.second is not None and (
                text := self.given.elsewhere(mention.second, reader, own)
            ):
                return text
            return at("nodes", self.names[self.trigger]) + mention.tail
        return None

    def _outer_node(self, name: str) -> Node:
        def change(mention: Mention, own: bool) -> str | None:
            if mention.name != "nodes":
                return None
            if mention.key is None:
                self.reasons.add(
                    "expand_computed_read",
                    f"{name} reads {mention.text!r} without saying of which node; it may be the "
                    'call. Name the node: nodes["…"].',
                    name,
                )
            if mention.key != self.call or self.whole:
                return None
            return at("nodes", self.names[self.outs.source(mention.second) or self.call])

        return with_mentions(self.document.nodes[name], self.types, change)

    # --- the document -------------------------------------------------------

    def _edges(self) -> Iterator[_Drawn]:
        """Yield the edges, those of the drawing first in the places that they have."""
        for edge in self.document.edges:
            route = self.document.routes.get(str(edge))
            if edge.target == self.call:
                continue
            if edge.source != self.call or edge.output == "out":
                yield _Drawn(edge, route)
            else:
                for source, port in self.outs.ends(edge.output):
                    end = Edge(source, port, edge.target, edge.input)
                    for moved, _ in self._moved(end, target=False):
                        yield _Drawn(moved, route)
        for edge in self.called.edges:
            if self.given.passed(edge.target) or self.outs.dropped(edge.target):
                continue
            for moved, arriving in self._moved(edge):
                if arriving is None:
                    yield _Drawn(moved, self.called.routes.get(str(edge)), inner=True)
                else:
                    yield _Drawn(moved, self.document.routes.get(str(arriving)))
        if self.entry:
            for edge in self.arriving:
                entering = edge._replace(target=self.names[self.trigger], input="in")
                yield _Drawn(entering, self.document.routes.get(str(edge)))
        if self.whole:
            for source, port in self.outs.ends(next(iter(self.outs.nodes))):
                end = Edge(source, port, self.call, "in")
                yield from (_Drawn(moved) for moved, _ in self._moved(end, target=False))

    def _moved(self, edge: Edge, *, target: bool = True) -> Iterator[tuple[Edge, Edge | None]]:
        """Yield what an edge of the called document is here, and the edge to the call in it."""
        if target:
            edge = edge._replace(target=self.names[edge.target])
        passed = self.given.passed(edge.source)
        if passed or (edge.source == self.trigger and self._is_direct(edge)):
            for arriving in self.arriving:
                yield edge._replace(source=arriving.source, output=arriving.output), arriving
        else:
            yield edge._replace(source=self.names[edge.source]), None

    def _is_direct(self, edge: Edge) -> bool:
        return any(self.names[name] == edge.target for name in self.given.direct)

    def _document(
        self, outer: Mapping[str, Node], nodes: dict[str, Node], edges: list[_Drawn]
    ) -> Document:
        document, called = self.document, self.called
        entry = self.names[self.trigger]
        if self.entry:
            given = Node(kind="data.value", parameters={"value": "{{ input }}"})
            if self.given.by_name:
                given = Node(
                    kind="data.set", parameters={"fields": dict(self.given.fields), "keep": False}
                )
            nodes = {entry: given.model_copy(update={"frame": self.node.frame}), **nodes}
        if self.whole:
            fields = {next(iter(self.outs.nodes)): "{{ input }}"}
            nodes[self.call] = Node(
                kind="data.set",
                title=self.node.title,
                parameters={"fields": fields, "keep": False},
                frame=self.node.frame,
            )
        made: dict[str, Node] = {}
        for name in document.nodes:
            made |= nodes if name == self.call else {name: outer[name]}
        layout, notes, by = places(document, called, self.names, made, self.call, whole=self.whole)
        routes: dict[str, Route] = {}
        for drawn in edges:
            if route := drawn.moved(by):
                routes.setdefault(str(drawn.edge), route)
        return document.model_copy(
            update={
                "vars": {**document.vars, **called.vars},
                "nodes": made,
                "edges": list(dict.fromkeys(it.edge for it in edges)),
                "layout": layout,
                "collapsed": [
                    *(it for it in document.collapsed if it in made),
                    *(self.names[it] for it in called.collapsed if self.names[it] in made),
                ],
                "routes": routes,
                "notes": [*document.notes, *notes],
            }
        )
