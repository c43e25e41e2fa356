"""The outputs of a called blueprint, and whether nodes could give what the call gives."""

from __future__ import annotations

from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import read_by
from runner.graph import Document
from runner.graph.plan import Types, output_ports
from runner.graph.ways import Ways


class Outs:
    """The outputs of a called document, by name: what its Output nodes get, or its ends give."""

    def __init__(self, called: Document, types: Types, trigger: str) -> None:
        self._called = called
        self._types = types
        self._ways = Ways(called, types)
        self._sure = self._ways.after(trigger)
        self.nodes: dict[str, str] = {}
        declared = {it for it, node in called.nodes.items() if node.kind == "flow.output"}
        self._declared = declared
        sources = {edge.source for edge in called.edges}
        for name, node in called.nodes.items():
            if name in declared:
                given = node.parameters.get("name") or name
                self.nodes[str(given)] = name
            elif not declared and name not in sources and node.frame is None:
                self.nodes[name] = name
        read = {
            mention.key
            for name in called.nodes
            for mention, _ in read_by(called, types, name)
            if mention.name == "nodes"
        }
        self._kept = {name for name in declared if name in read or name in sources}

    def dropped(self, node: str) -> bool:
        """Say whether a node is an Output that nothing needs here."""
        return node in self._declared - self._kept

    def often(self, name: str) -> bool:
        """Say whether an output may come several times."""
        return self._ways.often(self.nodes[name])

    def certain(self, name: str) -> bool:
        """Say whether an output comes for certain, if nothing fails."""
        return self.nodes[name] in self._sure

    def ends(self, name: str) -> list[tuple[str, str]]:
        """Return the ports at which the value of an output leaves."""
        node = self.nodes[name]
        if not self.dropped(node):
            port = self._only(node)
            return [(node, port)] if port is not None else []
        return [(it.source, it.output) for it in self._called.edges if it.target == node]

    def source(self, name: str | None) -> str | None:
        """Return the node whose last output is the output, None where it is not just one node's."""
        if name is None or name not in self.nodes:
            return None
        ends = self.ends(name)
        if len(ends) == 1 and self._only(ends[0][0]) == ends[0][1]:
            return ends[0][0]
        return None

    def _only(self, node: str) -> str | None:
        it = self._called.nodes[node]
        ports = output_ports(self._types[it.kind].spec, it.parameters, it.settings)
        return ports[0].name if len(ports) == 1 else None


def needs_whole(document: Document, types: Types, call: str, outs: Outs) -> bool:
    """Say whether anything takes all outputs of the call as one object."""
    leaving = [edge for edge in document.edges if edge.source == call]
    if any(edge.output == "out" for edge in leaving):
        return True
    ends = document.nodes[call].frame is None and not leaving
    if ends and all(node.kind != "flow.output" for node in document.nodes.values()):
        return True
    for name in document.nodes:
        for mention, _ in read_by(document, types, name):
            if mention.name != "nodes" or name == call:
                continue
            if mention.key == call and outs.source(mention.second) is None:
                return True
    return False


def check_outputs(
    document: Document, call: str, outs: Outs, reasons: Reasons, *, whole: bool
) -> None:
    """Note what nodes cannot give as the call does."""
    leaving = [edge for edge in document.edges if edge.source == call]
    if any(edge.output == "run" for edge in leaving):
        reasons.add(
            "expand_run",
            f"An edge takes the id of the run of {call}, but there would be no such run. "
            "Take this edge away first.",
            call,
        )
    for edge in leaving:
        if edge.output in ("out", "run"):
            continue
        if edge.output not in outs.nodes:
            reasons.add(
                "expand_output",
                f"The called blueprint has no output {edge.output!r}, of which an edge is "
                "drawn. Take this edge away first.",
                call,
            )
        elif outs.often(edge.output):
            reasons.add(
                "expand_gives_often",
                f"The output {edge.output!r} may come several times in the called blueprint, "
                "of which the call gives the last. Join the branches before it (flow.join) "
                "there, and publish.",
                call,
            )
    if whole:
        if len(outs.nodes) != 1:
            names = ", ".join(outs.nodes) or "none"
            reasons.add(
                "expand_whole",
                f"All outputs of {call} are used as one object, which only a call makes "
                f"of several ({names}). Give the outputs ports of their own at the call (its "
                "parameter 'outputs') and take the values from there.",
                call,
            )
        elif not outs.certain(next(iter(outs.nodes))) or outs.often(next(iter(outs.nodes))):
            reasons.add(
                "expand_whole",
                f"The call gives an object also when the output {next(iter(outs.nodes))!r} "
                "does not come, or comes several times. Give the output a port of its own at "
                "the call (its parameter 'outputs') and take the value from there.",
                call,
            )
