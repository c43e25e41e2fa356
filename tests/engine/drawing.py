"""A document as one reads it: its nodes, where their edges lead, and what can reach what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runner.engine import NodeType
from runner.graph import Document, Edge, NodeSpec, Port
from runner.graph.plan import input_ports, output_ports


class Drawing:
    """The questions that an interpreter asks; each is answered by walking along the edges."""

    def __init__(self, document: Document, types: Mapping[str, NodeType]) -> None:
        self.nodes = document.nodes
        self.edges = document.edges
        self.types = types
        self.entering = {edge: found for edge in self.edges if (found := self.entered(edge))}

    def spec(self, name: str) -> NodeSpec:
        return self.types[self.nodes[name].kind].spec

    def is_frame(self, name: str) -> bool:
        return bool(self.spec(name).begins)

    def starts(self) -> list[str]:
        """Return the nodes that fire first: one trigger, or all without incoming edges."""
        nodes = self.nodes
        triggers = [name for name in nodes if self.spec(name).trigger]
        enabled = [name for name in triggers if not nodes[name].settings.disabled]
        return (enabled or triggers)[:1] or self.not_entered(None)

    def not_entered(self, frame: str | None) -> list[str]:
        """Return the nodes of a level at whose inputs no edge ends."""
        return [
            name
            for name, node in self.nodes.items()
            if node.frame == frame
            and all(self.held(name, port.name) for port in self.connected(name))
        ]

    def ports_in(self, name: str) -> tuple[Port, ...]:
        """Return a node's input ports; of a frame, one more for each value that enters it."""
        node = self.nodes[name]
        ports = input_ports(self.types[node.kind].spec, node)
        taken = {
            f"{edge.target}.{edge.input}": edge
            for edge, frames in self.entering.items()
            if name in frames
        }
        inner = [
            replace(self.port(edge.target, edge.input), name=port) for port, edge in taken.items()
        ]
        return (*ports, *inner)

    def port(self, name: str, port: str) -> Port:
        node = self.nodes[name]
        ports = input_ports(self.types[node.kind].spec, node)
        return next(it for it in ports if it.name == port)

    def around(self, level: str | None) -> list[str | None]:
        """Return a frame and those that hold it, from the inside; the drawing is None."""
        return [level] if level is None else [level, *self.around(self.nodes[level].frame)]

    def entered(self, edge: Edge) -> list[str]:
        """Return the frames that an edge enters from outside, the outermost first."""
        spec = self.spec(edge.target)
        if any(port.name == edge.input for port in (*spec.ends, *spec.controls)):
            return []
        begins = any(port.name == edge.output for port in self.spec(edge.source).begins)
        level = edge.source if begins else self.nodes[edge.source].frame
        inner = self.around(self.nodes[edge.target].frame)
        return [it for it in reversed(inner[: inner.index(level)]) if it is not None]

    def lands(self, edge: Edge) -> tuple[str, str]:
        """Return the node and input at which an edge's tokens arrive: at the frame it enters."""
        if edge in self.entering:
            return self.entering[edge][0], f"{edge.target}.{edge.input}"
        return edge.target, edge.input

    def held(self, name: str, port: str) -> list[Edge]:
        """Return the edges from outside whose value is at an input for every firing."""
        return [
            edge
            for edge, frames in self.entering.items()
            if (edge.target, edge.input) == (name, port)
            or (name in frames[1:] and port == f"{edge.target}.{edge.input}")
        ]

    def taken(self, name: str) -> list[tuple[str, list[Edge]]]:
        """Return the inputs at which a frame takes values for its inside, and their edges."""
        found: dict[str, list[Edge]] = {}
        for edge, frames in self.entering.items():
            if name in frames:
                found.setdefault(f"{edge.target}.{edge.input}", []).append(edge)
        return list(found.items())

    def ports_out(self, name: str) -> list[str]:
        node = self.nodes[name]
        ports = output_ports(self.types[node.kind].spec, node.parameters, node.settings)
        return [port.name for port in ports]

    def into(self, name: str, port: str) -> list[Edge]:
        return [it for it in self.edges if self.lands(it) == (name, port)]

    def connected(self, name: str) -> list[Port]:
        return [
            port
            for port in self.ports_in(name)
            if self.into(name, port.name) or self.held(name, port.name)
        ]

    def leaving(self, name: str) -> list[Edge]:
        """Return the edges that begin at a node's outputs; not those that lead into a frame."""
        ports = self.ports_out(name)
        return [it for it in self.edges if it.source == name and it.output in ports]

    def from_port(self, name: str, port: str) -> list[Edge]:
        return [it for it in self.edges if (it.source, it.output) == (name, port)]

    def after(self, name: str) -> set[str]:
        """Return the nodes to which a node sends tokens."""
        node = self.nodes[name]
        if node.settings.disabled:
            return set()
        return {self.lands(edge)[0] for edge in self.leaving(name) if not self.acts_on_frame(edge)}

    def acts_on_frame(self, edge: Edge) -> bool:
        """Say whether an edge leads to an inner end of a frame, or to a control of one."""
        spec = self.spec(edge.target)
        return any(port.name == edge.input for port in (*spec.ends, *spec.controls))

    def can_reach(self, name: str, target: str) -> bool:
        """Say whether some way of one edge or more leads from a node to another."""
        found: set[str] = set()
        new = {name}
        while new:
            new = {to for it in new for to in self.after(it)} - found
            found |= new
        return target in found

    def leads_only_to(self, name: str, join: str) -> bool:
        """Say whether every way from a node comes to a join."""
        seen: set[str] = set()
        new = {name}
        while new:
            seen |= new
            new = {to for it in new for to in self.after(it)} - seen - {join}
        return name != join and all(self.can_reach(it, join) for it in seen)
