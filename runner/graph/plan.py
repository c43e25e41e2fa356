"""The compiled plan: a document turned into integers and bit sets, so that a run need not think."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import networkx as nx

from runner.graph.compensation import COMPENSATE_PORT, compensates
from runner.graph.document import Document, Edge, Node, NodeSettings
from runner.graph.frames import acts_on_frame, begins_inside, ends_frame, entered
from runner.graph.ports import Port, PortType
from runner.graph.problems import DocumentInvalid
from runner.graph.reach import leading_only_to, order_of, reach_of
from runner.graph.spec import NodeSpec

ERROR_PORT = Port(
    "error", PortType.OBJECT, required=False, description="What went wrong, where a step failed."
)
ERRORS_PORT = Port(
    "errors", PortType.LIST, required=False, description="The items that failed, and why."
)


class Typed(Protocol):
    """Anything that has a declaration; the engine's node types have."""

    @property
    def spec(self) -> NodeSpec:
        """The declaration."""


Types = Mapping[str, Typed]
ExpressionCheck = Callable[[str], str | None]


def input_ports(spec: NodeSpec, node: Node) -> tuple[Port, ...]:
    """Return a node's input ports: those declared, then one for each promoted parameter.

    Where nothing comes at a promoted one, the parameter's own value holds; it is required where
    the node cannot run without the parameter and has no value of its own. A
    node that runs for each item takes a list at its first port, unless it says where else
    the list is.
    """
    declared = {port.name for port in spec.inputs}
    needed = spec.required_parameters if node.promoted else frozenset()
    ports = (
        *spec.inputs,
        *(
            Port(name, required=name in needed and name not in node.parameters)
            for name in node.promoted
            if name not in declared
        ),
    )
    mapped = node.settings.mapped
    if mapped is None or mapped.list is not None or not ports:
        return ports
    return (replace(ports[0], type=PortType.LIST, required=True), *ports[1:])


def output_ports(
    spec: NodeSpec, parameters: Mapping[str, Any], settings: NodeSettings
) -> tuple[Port, ...]:
    """Return a node's output ports; `error` is one where its errors are routed.

    A node that runs for each item gives lists, and `errors` where it collects them.
    """
    ports = spec.output_ports(parameters)
    if settings.mapped is not None:
        ports = tuple(replace(port, type=PortType.LIST) for port in ports)
        if settings.mapped.errors == "collect":
            ports = (*ports, ERRORS_PORT)
    if settings.on_error == "route" and all(port.name != "error" for port in ports):
        return (*ports, ERROR_PORT)
    return ports


@dataclass(frozen=True, slots=True)
class Target:
    """Where an edge ends: node and input port as indexes, and the edge's own index."""

    node: int
    port: int
    edge: int


def _passes(spec: NodeSpec, settings: NodeSettings, outputs: Iterable[Port]) -> str | None:
    """Return where a bypassed node passes its input on, "" for nowhere; None for any other."""
    if not settings.bypass or spec.trigger:
        return None
    port = passing_port(outputs)
    return port.name if port is not None else ""


def passing_port(outputs: Iterable[Port]) -> Port | None:
    """Return the output at which a bypassed node passes its input on, if it has one."""
    aside = (ERROR_PORT.name, ERRORS_PORT.name)
    return next((port for port in outputs if port.name not in aside), None)


@dataclass(frozen=True, slots=True)
class PlanNode:
    """A node as the engine needs it.

    `targets[i]` are the ends of the edges that begin at `outputs[i]`;
    `sources[i]` are the indexes of the edges that end at `inputs[i]`;
    `connected` are the indexes of the inputs at which one ends. Where
    `can_wait`, a token may have to wait for others. `frame` is the node that
    holds it. Of a frame, `begins[i]` are the ends of the edges that begin at the
    i-th of its inner ports, and `inner_starts` the nodes in it without incoming
    edges; an edge that ends at the i-th of its inner ports and controls has the target
    port -1 - i; `captures` are the edges from outside to nodes inside, with the input at
    which the frame itself takes their values. A node inside has such a value at each of
    its `sticky` inputs for every firing (input to edge). Behind `undo` is what undoes it.
    """

    index: int
    id: str
    type: Any
    spec: NodeSpec
    parameters: Mapping[str, Any]
    promoted: tuple[str, ...]
    settings: NodeSettings
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    targets: tuple[tuple[Target, ...], ...]
    sources: tuple[tuple[int, ...], ...]
    connected: tuple[int, ...]
    can_wait: bool
    frame: str | None = None
    begins: tuple[tuple[Target, ...], ...] = ()
    inner_starts: tuple[int, ...] = ()
    captures: tuple[tuple[int, str], ...] = ()
    sticky: Mapping[int, int] = field(default_factory=dict)
    undo: tuple[Target, ...] = ()
    passes: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """A document, compiled.

    `triggers` (those that are enabled, if any is), `starts` (no incoming edge)
    and `leaves` (no outgoing edge) are node indexes. `can_reach[i]` is, for a
    node that can wait, the set of the nodes from which it can be reached as an
    integer of bits (1 << index); `order[i]` is the node's place in a
    topological order of the strongly connected components, so waits are
    resolved upstream first. `overtakes[i]` is, for a join that cancels the late
    branches, the set of the nodes that lead nowhere but there. `circling` are the joins
    that may fire without a branch and to which a way leads back from themselves.
    """

    document: Document
    nodes: tuple[PlanNode, ...]
    edges: tuple[Edge, ...]
    index: Mapping[str, int]
    triggers: tuple[int, ...]
    starts: tuple[int, ...]
    leaves: tuple[int, ...]
    can_reach: Mapping[int, int]
    order: tuple[int, ...]
    overtakes: Mapping[int, int]
    circling: frozenset[int]

    @cached_property
    def versions(self) -> Mapping[str, int]:
        """The versions of its node types, of those that are beyond their first."""
        return {it.spec.kind: it.spec.version for it in self.nodes if it.spec.version != 1}

    @cached_property
    def graph(self) -> nx.DiGraph[int]:
        """The nodes' indexes as a directed graph."""
        edges = (edge for edge in self.edges if not ends_frame(self.document, edge))
        pairs = ((self.index[edge.source], self.index[edge.target]) for edge in edges)
        return index_graph(len(self.nodes), pairs)


def index_graph(count: int, pairs: Iterable[tuple[int, int]]) -> nx.DiGraph[int]:
    """Return the graph of node indexes that these edges make."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(pairs)
    return graph


@dataclass(frozen=True, slots=True)
class Captures:
    """The edges that enter frames from outside: which frames, by edge.

    Several edges to one input merge, so all stand for the first of them: `slots`.
    """

    frames: Mapping[int, list[str]]
    slots: Mapping[int, int]

    @classmethod
    def of(cls, document: Document, types: Types) -> Captures:
        """Return those of a document."""
        if all(node.frame is None for node in document.nodes.values()):
            return cls({}, {})
        frames: dict[int, list[str]] = {}
        slots: dict[int, int] = {}
        first: dict[tuple[str, str], int] = {}
        for number, edge in enumerate(document.edges):
            if found := entered(document, types, edge):
                frames[number] = found
                slots[number] = first.setdefault((edge.target, edge.input), number)
        return cls(frames, slots)


def compile(
    document: Document, types: Types, check_expression: ExpressionCheck | None = None
) -> Plan:
    """Return the plan of a sound document. Raises DocumentInvalid where it has errors."""
    from runner.graph.validation import validate

    errors = [
        problem
        for problem in validate(document, types, check_expression)
        if problem.severity == "error"
    ]
    if errors:
        raise DocumentInvalid(errors)
    index = {name: number for number, name in enumerate(document.nodes)}
    edges = tuple(document.edges)
    captures = Captures.of(document, types)
    leaving: dict[tuple[str, str], list[int]] = {}
    arriving: dict[tuple[str, str], list[int]] = {}
    inputs = {
        name: input_ports(types[node.kind].spec, node) for name, node in document.nodes.items()
    }
    # Where a frame takes the value of an edge that enters it, and where it is there for all.
    taken: dict[str, list[tuple[int, str]]] = {}
    sticking: dict[str, dict[str, int]] = {}
    for number, edge in enumerate(edges):
        leaving.setdefault((edge.source, edge.output), []).append(number)
        arriving.setdefault((edge.target, edge.input), []).append(number)
        port = f"{edge.target}.{edge.input}"
        for depth, frame in enumerate(captures.frames.get(number, ())):
            slot = captures.slots[number]
            arriving.setdefault((frame, port), []).append(number)
            if slot == number:
                wanted = next(it for it in inputs[edge.target] if it.name == edge.input)
                inputs[frame] = (*inputs[frame], replace(wanted, name=port))
                taken.setdefault(frame, []).append((number, port))
            if depth:
                sticking.setdefault(frame, {})[port] = slot
        if number in captures.frames:
            sticking.setdefault(edge.target, {})[edge.input] = captures.slots[number]
    places = {
        name: {port.name: i for i, port in enumerate(ports)} for name, ports in inputs.items()
    }
    for name, node in document.nodes.items():
        spec = types[node.kind].spec
        for i, port_ in enumerate((*spec.ends, *spec.controls)):
            places[name][port_.name] = -1 - i

    def target(number: int) -> Target:
        edge = edges[number]
        if number in captures.frames:
            frame = captures.frames[number][0]
            return Target(index[frame], places[frame][f"{edge.target}.{edge.input}"], number)
        return Target(index[edge.target], places[edge.target][edge.input], number)

    def targets(name: str, ports: tuple[Port, ...]) -> tuple[tuple[Target, ...], ...]:
        return tuple(
            tuple(target(number) for number in leaving.get((name, port.name), ())) for port in ports
        )

    starting: dict[str | None, list[int]] = {}
    for name, node in document.nodes.items():
        stuck = sticking.get(name, {})
        if all(port.name in stuck or (name, port.name) not in arriving for port in inputs[name]):
            starting.setdefault(node.frame, []).append(index[name])
    nodes = []
    for name, node in document.nodes.items():
        spec = types[node.kind].spec
        outputs = output_ports(spec, node.parameters, node.settings)
        sources = tuple(tuple(arriving.get((name, port.name), ())) for port in inputs[name])
        connected = tuple(i for i, numbers in enumerate(sources) if numbers)
        undo = targets(name, (COMPENSATE_PORT,))[0] if node.settings.compensate else ()
        nodes.append(
            PlanNode(
                index=index[name],
                id=name,
                type=types[node.kind],
                spec=spec,
                parameters=node.parameters,
                promoted=tuple(node.promoted),
                settings=node.settings,
                inputs=inputs[name],
                outputs=outputs,
                targets=targets(name, outputs),
                sources=sources,
                connected=connected,
                can_wait=len(connected) > 1 or any(inputs[name][i].multiple for i in connected),
                frame=node.frame,
                begins=targets(name, spec.begins),
                inner_starts=tuple(starting.get(name, ())),
                captures=tuple(taken.get(name, ())),
                sticky={places[name][port]: slot for port, slot in sticking.get(name, {}).items()},
                undo=undo,
                passes=_passes(spec, node.settings, outputs),
            )
        )
    # A disabled node passes nothing on, so nobody need wait for what is before it; nor do
    # tokens within a scope move along these edges of frames and compensations.
    moving = (
        (index[edge.source], target(number).node)
        for number, edge in enumerate(edges)
        if not document.nodes[edge.source].settings.disabled
        and not acts_on_frame(types, document, edge)
        and not begins_inside(types, document, edge)
        and not compensates(document, edge)
    )
    graph = index_graph(len(nodes), moving)
    condensed = nx.condensation(graph)
    can_reach = reach_of(graph, condensed, (node.index for node in nodes if node.can_wait))
    triggers = [node for node in nodes if node.spec.trigger]
    enabled = [node for node in triggers if not node.settings.disabled]
    return Plan(
        document=document,
        nodes=tuple(nodes),
        edges=edges,
        index=index,
        triggers=tuple(node.index for node in enabled or triggers),
        starts=tuple(starting.get(None, ())),
        leaves=tuple(node.index for node in nodes if not any(node.targets) and node.frame is None),
        can_reach=can_reach,
        order=tuple(order_of(condensed, len(nodes))),
        overtakes={
            node.index: leading_only_to(graph, node.index)
            for node in nodes
            if node.parameters.get("late") == "cancel" and node.can_wait
        },
        circling=frozenset(
            node.index
            for node in nodes
            if node.parameters.get("wait_for") in ("first", "n")
            and can_reach.get(node.index, 0) >> node.index & 1
        ),
    )
