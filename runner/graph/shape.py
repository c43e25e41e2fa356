"""What is wrong with a drawing as a whole: nodes that are never reached, loops that never end."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from runner.graph.document import Document, Node
from runner.graph.frames import ends_frame
from runner.graph.plan import Types, output_ports, passing_port
from runner.graph.problems import Problem


def shape_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield the problems that only the whole drawing shows."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(document.nodes)
    graph.add_edges_from(
        (edge.source, edge.target)
        for edge in document.edges
        if edge.source in document.nodes
        and edge.target in document.nodes
        and not ends_frame(document, edge)
    )
    graph.add_edges_from(
        (node.frame, name)
        for name, node in document.nodes.items()
        if node.frame in document.nodes and node.frame != name and not graph.in_degree(name)
    )
    yield from _loops(document, types, graph)
    yield from _unreached(document, types, graph)
    yield from _short_joins(document, types)


def _short_joins(document: Document, types: Types) -> Iterator[Problem]:
    """Find joins that are to wait for more edges than lead to them."""
    for name, node in document.nodes.items():
        typed, count = types.get(node.kind), node.parameters.get("count")
        if typed is None or node.parameters.get("wait_for") != "n" or not isinstance(count, int):
            continue
        for port in typed.spec.inputs:
            edges = sum((it.target, it.input) == (name, port.name) for it in document.edges)
            if port.multiple and 0 < edges < count:
                leads = "one edge leads" if edges == 1 else f"{edges} edges lead"
                yield Problem(
                    "too_few_edges",
                    f"{name} is to wait for {count} branches, but only {leads} to it, so it "
                    f"waits for all of them. Draw the others, or lower its 'count' to {edges}.",
                    node=name,
                    parameter="count",
                    severity="warning",
                )


def _unreached(document: Document, types: Types, graph: nx.DiGraph[str]) -> Iterator[Problem]:
    triggers = [
        name
        for name, node in document.nodes.items()
        if (typed := types.get(node.kind)) and typed.spec.trigger
    ]
    reached = set(triggers) or {name for name in graph if graph.in_degree(name) == 0}
    pending = list(reached)
    while pending:
        for after in graph.succ[pending.pop()]:
            if after not in reached:
                reached.add(after)
                pending.append(after)
    for name in document.nodes:
        if name not in reached:
            yield Problem(
                "unreachable",
                f"{name} is never reached: no edges lead to it from "
                + ("a trigger." if triggers else "a node that starts."),
                node=name,
                severity="warning",
            )


def _loops(document: Document, types: Types, graph: nx.DiGraph[str]) -> Iterator[Problem]:
    """Find circles in which every token stays: nothing chooses, nothing waits, nothing stops."""
    place = {name: number for number, name in enumerate(document.nodes)}
    circles = [
        members
        for members in nx.strongly_connected_components(graph)
        if len(members) > 1 or any(graph.has_edge(name, name) for name in members)
    ]
    circle_of = {name: number for number, members in enumerate(circles) for name in members}
    inside: set[tuple[str, str]] = set()
    outside: set[tuple[str, str]] = set()
    entered: dict[str, set[str]] = {}
    for edge in document.edges:
        stays = circle_of.get(edge.source, -1) == circle_of.get(edge.target, -2)
        (inside if stays else outside).add((edge.source, edge.output))
        entered.setdefault(edge.target, set()).add(edge.input)

    def goes_round(node: Node) -> bool:
        # Such a join fires also without the edges from which nothing can come any more.
        wanted = node.parameters.get("wait_for", "all")
        return node.kind == "flow.join" and wanted in ("all", "first", "possible")

    def may_end(name: str) -> bool:
        node = document.nodes[name]
        typed = types.get(node.kind)
        if typed is None or node.settings.disabled:
            return True
        ports = output_ports(typed.spec, node.parameters, node.settings)
        if node.settings.bypass:
            passing = passing_port(ports)
            ports = () if passing is None else (passing,)
        multiple = any(port.multiple for port in typed.spec.inputs)
        if len(entered.get(name, ())) > 1 or (multiple and not goes_round(node)):
            # A node that waits for a token from outside goes round only as often as one comes.
            return True
        return any(
            (name, port.name) in outside if port.name == "error" else True
            for port in ports
            if (name, port.name) not in inside
        )

    for members in circles:
        if any(may_end(name) for name in members):
            continue
        names = sorted(members, key=place.__getitem__)
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        yield Problem(
            "endless_loop",
            f"The loop through {shown} can never end: every output leads "
            "back into it. Put an if or a switch in it.",
            node=names[0],
        )
