"""A selection of nodes as a blueprint of its own, with a call in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runner.engine.expressions.renaming import Mention
from runner.engine.parts.border import Border, check_edges, check_nodes
from runner.engine.parts.entries import Entry, entries, fired_before
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.two import Two, check_often, check_sound, notices
from runner.engine.parts.wording import at, free, member, with_mentions
from runner.graph import Document, Edge, Node, PortType
from runner.graph.document import Route
from runner.graph.plan import Types
from runner.graph.references import CALL
from runner.graph.ways import Ways, before_all

SCHEMAS: dict[PortType, dict[str, Any]] = {
    PortType.TEXT: {"type": "string"},
    PortType.NUMBER: {"type": "number"},
    PortType.BOOLEAN: {"type": "boolean"},
    PortType.OBJECT: {"type": "object"},
    PortType.LIST: {"type": "array"},
}
# How far from the nodes what is new stands, in canvas units.
ASIDE = 300
FIXED = ("out", "run", "in")


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The drawing with the call, and the new blueprint's; `notices` say what to know of it."""

    outer: Document
    inner: Document
    call: str
    notices: tuple[str, ...]

    def calling(self, blueprint: str) -> Document:
        """Return the outer document, whose call names this blueprint."""
        node = self.outer.nodes[self.call]
        called = node.model_copy(update={"parameters": {"blueprint": blueprint, **node.parameters}})
        return self.outer.model_copy(update={"nodes": {**self.outer.nodes, self.call: called}})


def collapse(
    document: Document, types: Types, chosen: Iterable[str], notes: Iterable[str], name: str
) -> Collapsed:
    """Plan a blueprint of the chosen nodes, and a call of it in their place.

    Raises PartRefused where the two together would not do what the drawing does.
    """
    return _Collapse(document, types, chosen, notes, name).done()


@dataclass(slots=True)
class _Input:
    text: str
    schema: dict[str, Any] = field(default_factory=dict)
    entry: Entry | None = None


class _Collapse:
    def __init__(
        self,
        document: Document,
        types: Types,
        chosen: Iterable[str],
        notes: Iterable[str],
        name: str,
    ) -> None:
        self.document = document
        self.types = types
        self.name = name
        self.notes = set(notes)
        self.border = Border(document, types, chosen)
        self.reasons = Reasons()
        # By name, what the new blueprint gets; and which name stands for which expression.
        self.inputs: dict[str, _Input] = {}
        self.named: dict[str, str] = {}
        # By inner end, the name of the output.
        self.outputs: dict[tuple[str, str], str] = {}
        self.vars: dict[str, Any] = {}
        # By the name of an output, the node that gives it.
        self.giving: dict[str, str] = {}

    def done(self) -> Collapsed:
        border, reasons = self.border, self.reasons
        if not border.inside:
            reasons.add(
                "part_empty", "Nothing is selected that could be a blueprint: select nodes."
            )
        reasons.stop()
        check_nodes(border, reasons)
        check_edges(border, reasons)
        self._check_ends()
        reasons.stop()
        self.entries = entries(border, reasons)
        reasons.stop()
        for entry in self.entries:
            wanted = free(entry.name, self.inputs)
            schema = SCHEMAS.get(entry.type, {})
            self.inputs[wanted] = _Input(entry.text, {**schema, "required": True}, entry)
        for edge in border.leaving:
            self._output(edge.source, edge.output)
        self.ahead = border.ahead()
        self.behind = border.behind()
        self.sure = fired_before(border, self.entries[0].sources)
        self.call = free(self.name.lower(), self.document.nodes)
        changed = {it: self._inner_node(it) for it in border.inside}
        outer_nodes = {it: self._outer_node(it) for it in self.document.nodes if it not in border}
        reasons.stop()
        inner, outer = self._inner(changed), self._outer(outer_nodes)
        several = len(self.entries) > 1
        two = Two(border, inner, outer, self.call, self.outputs, self.giving, several)
        check_often(two, reasons)
        check_sound(two, reasons)
        reasons.stop()
        return Collapsed(outer, inner, self.call, tuple(notices(border)))

    # --- what cannot be -----------------------------------------------------

    def _check_ends(self) -> None:
        document, border, reasons = self.document, self.border, self.reasons
        if document.settings.on_failure == "finish" and len(border.inside) > 1:
            reasons.add(
                "part_finish",
                "Other branches end when a step of this blueprint fails (its setting 'on_failure'),"
                " but a call whose run has failed gives nothing at all. Set it to 'cancel' first.",
            )
        if border.level is None and all(
            node.kind != "flow.output" for node in document.nodes.values()
        ):
            sources = {edge.source for edge in document.edges}
            for name in border.top:
                if name not in sources:
                    reasons.add(
                        "part_is_end",
                        f"{name} is an end of this blueprint, which has no Output node, so that "
                        f"runs give what {name} gives. Put Output nodes (flow.output) behind "
                        "what runs shall give.",
                        name,
                    )

    # --- expressions --------------------------------------------------------

    def _inner_node(self, name: str) -> Node:
        node = self.document.nodes[name]
        top = name in self.border.top

        def change(mention: Mention, own: bool) -> str | None:
            if mention.name == "vars":
                self._take_vars(mention)
            elif mention.name == "run":
                if mention.key is None or mention.rest is not None:
                    return mention.of(self._given("run", "run"))
                return self._given(member("run", mention.key), f"run_{mention.key}") + mention.tail
            elif mention.name in ("item", "index"):
                if top and not own and self.border.level is not None:
                    return mention.of(self._given(mention.name, mention.name))
            elif mention.name == "nodes":
                return self._node_read(name, mention)
            return None

        changed = with_mentions(node, self.types, change)
        return changed.model_copy(update={"frame": None}) if top else changed

    def _node_read(self, reader: str, mention: Mention) -> str | None:
        key = mention.key
        if key is None:
            self.reasons.add(
                "part_computed_read",
                f"{reader} reads {mention.text!r} without saying of which node, so that nobody "
                'knows what to pass on. Name the node: nodes["…"].',
                reader,
            )
            return None
        if key in self.border or key not in self.document.nodes:
            return None
        if mention.rest is not None and key in self.ahead:
            return self._given(mention.text, key)
        if key in self.sure and mention.rest is None:
            return self._given(at("nodes", key), key) + mention.tail
        if key in self.ahead:
            self.reasons.add(
                "part_reads_perhaps",
                f"{reader} reads {mention.text} of {key}, which may not have fired when the "
                f'selection begins. Write nodes.get("{key}"), which gives null then, or pass the '
                "value by an edge.",
                reader,
            )
            return None
        self.reasons.add(
            "part_reads_later",
            f"{reader} reads {mention.text}, but {key} is not before the selection, so that its "
            f"value could not be passed in. Select {key} too, or leave {reader} out.",
            reader,
        )
        return None

    def _take_vars(self, mention: Mention) -> None:
        given = self.document.vars
        names = list(given) if mention.key is None else [mention.key]
        self.vars |= {name: given[name] for name in names if name in given}

    def _given(self, text: str, wanted: str) -> str:
        """Return how the new blueprint reads what this expression gives outside."""
        if text not in self.named:
            name = free(wanted, self.inputs)
            self.inputs[name] = _Input(f"{{{{ {text} }}}}", {"required": True})
            self.named[text] = name
        return member("run.inputs", self.named[text])

    def _outer_node(self, name: str) -> Node:
        node = self.document.nodes[name]

        def change(mention: Mention, own: bool) -> str | None:
            if mention.name != "nodes":
                return None
            if mention.key is None:
                self.reasons.add(
                    "part_computed_read",
                    f"{name} reads {mention.text!r} without saying of which node; it may be one "
                    'of the selection. Name the node: nodes["…"].',
                    name,
                )
                return None
            if mention.key not in self.border:
                return None
            return self._outer_read(name, mention, mention.key)

        return with_mentions(node, self.types, change)

    def _outer_read(self, reader: str, mention: Mention, key: str) -> str | None:
        port = self.border.only_output(key)
        why = ""
        if key not in self.border.top:
            why = f"{key} is in a frame, where it is not seen from outside"
        elif reader not in self.behind or not self._is_before(key, reader, mention):
            why = f"{key} has not certainly fired when {reader} does"
        elif port is None:
            why = f"{key} has several outputs, of which the last one is meant"
        if why or port is None:
            self.reasons.add(
                "part_read_outside",
                f"{reader} reads {mention.text}, but {why}. Draw an edge from {key} to {reader} "
                "instead, or put both on one side.",
                reader,
            )
            return None
        output = self._output(key, port)
        if mention.rest is not None:
            return f'nodes.get("{self.call}", {{}}).get("{output}"{mention.rest})'
        return at(at("nodes", self.call), output) + mention.tail

    def _is_before(self, key: str, reader: str, mention: Mention) -> bool:
        """Say whether a node inside has fired when one outside reads it, or never does.

        That holds of what asks whether it has (`nodes.get`), if it fires only once.
        """
        level = self.document.nodes[reader].frame
        if key in before_all(self.document, self.types, level, [reader]):
            return True
        once = not Ways(self.document, self.types, level).often(reader)
        return mention.rest is not None and once

    def _output(self, source: str, port: str) -> str:
        """Return the name of the output that gives what a node inside emits at a port."""
        end = (source, port)
        if end not in self.outputs:
            many = sum(1 for edge in self.border.leaving if edge.source == source) > 1
            wanted = source if port == "out" or not many else f"{source}_{port}"
            self.outputs[end] = free(wanted, {*FIXED, *self.outputs.values()})
        return self.outputs[end]

    # --- the documents ------------------------------------------------------

    def _inner(self, nodes: dict[str, Node]) -> Document:
        document, border = self.document, self.border
        taken = set(nodes)
        start = free("start", taken)
        taken.add(start)
        places = [document.layout[it] for it in border.inside if it in document.layout]
        left = min((x for x, _ in places), default=0)
        right = max((x for x, _ in places), default=0)
        top = min((y for _, y in places), default=0)
        made: dict[str, Node] = {start: Node(kind="trigger.manual")}
        layout: dict[str, tuple[float, float]] = {start: (left - 2 * ASIDE, top)}
        edges: list[Edge] = []
        feeding: dict[tuple[str, str], list[str]] = {}
        for row, (name, given) in enumerate(self._entered()):
            value = free(name, taken)
            taken.add(value)
            text = f"{{{{ {member('input', name)} }}}}"
            made[value] = Node(kind="data.value", parameters={"value": text})
            layout[value] = (left - ASIDE, top + 120 * row)
            edges.append(Edge(start, "out", value, "in"))
            for target in given.targets:
                feeding.setdefault(target, []).append(value)
        made |= nodes
        fed: set[Edge] = set()
        for edge in document.edges:
            if edge in border.within:
                edges.append(edge)
            elif edge in border.entering:
                for value in feeding[edge.target, edge.input]:
                    entering = Edge(value, "out", edge.target, edge.input)
                    if entering not in fed:
                        fed.add(entering)
                        edges.append(entering)
        for row, ((source, port), name) in enumerate(self.outputs.items()):
            node = free(f"give_{name}", taken)
            taken.add(node)
            self.giving[name] = node
            made[node] = Node(kind="flow.output", parameters={"name": name})
            y = document.layout.get(source, (0, top + 120 * row))[1]
            layout[node] = (right + ASIDE, y)
            edges.append(Edge(source, port, node, "in"))
        return Document(
            name=self.name,
            inputs={name: it.schema for name, it in self.inputs.items()},
            vars=self.vars,
            nodes=made,
            edges=edges,
            layout={
                **layout,
                **{it: place for it, place in document.layout.items() if it in nodes},
            },
            collapsed=[it for it in document.collapsed if it in nodes],
            routes={
                text: document.routes[text]
                for text in map(str, border.within)
                if text in document.routes
            },
            notes=[it for it in document.notes if it.id in self.notes],
        )

    def _entered(self) -> Iterable[tuple[str, Entry]]:
        for name, given in self.inputs.items():
            if given.entry is not None:
                yield name, given.entry

    def _outer(self, nodes: dict[str, Node]) -> Document:
        document, border = self.document, self.border
        inputs = {name: it.text for name, it in self.inputs.items()}
        ports = [
            name
            for (source, port), name in self.outputs.items()
            if any((it.source, it.output) == (source, port) for it in border.leaving)
        ]
        parameters: dict[str, Any] = {"inputs": inputs, **({"outputs": ports} if ports else {})}
        call = Node(kind=CALL, title=self.name, parameters=parameters, frame=border.level)
        made: dict[str, Node] = {}
        for name in document.nodes:
            if name in nodes:
                made[name] = nodes[name]
            elif self.call not in made:
                made[self.call] = call
        mains = self.entries[0].sources
        edges: list[Edge] = []
        routes: dict[str, Route] = {}
        for edge in document.edges:
            route = document.routes.get(str(edge))
            if edge in border.leaving:
                name = self.outputs[edge.source, edge.output]
                edge = edge._replace(source=self.call, output=name)
            elif edge in border.entering:
                if (edge.source, edge.output) not in mains:
                    continue
                edge = edge._replace(target=self.call, input="in")
            elif edge in border.within:
                continue
            if edge not in edges:
                edges.append(edge)
            # Of several that become one, the first that is led somewhere says how it is drawn.
            if route is not None:
                routes.setdefault(str(edge), route)
        layout = {it: place for it, place in document.layout.items() if it in nodes}
        places = [document.layout[it] for it in border.top if it in document.layout]
        if places:
            x, y = (sum(axis) / len(places) for axis in zip(*places, strict=True))
            layout[self.call] = (round(x / 10) * 10, round(y / 10) * 10)
        return document.model_copy(
            update={
                "nodes": made,
                "edges": edges,
                "layout": layout,
                "collapsed": [it for it in document.collapsed if it in made],
                "routes": routes,
                "notes": [it for it in document.notes if it.id not in self.notes],
            }
        )
