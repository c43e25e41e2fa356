"""What is wrong with pinned outputs: they name ports that the node does not have."""

from __future__ import annotations

from collections.abc import Iterator

from runner.graph.document import Document
from runner.graph.plan import Types, output_ports
from runner.graph.problems import Problem


def pin_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield the problems of the outputs that nodes have pinned."""
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None or not node.pin:
            continue
        ports = [port.name for port in output_ports(typed.spec, node.parameters, node.settings)]
        for port in node.pin:
            if port not in ports:
                known = ", ".join(ports) or "none"
                yield Problem(
                    "unknown_port",
                    f"{name} has a value pinned at {port!r}, which is none of its outputs "
                    f"({known}).",
                    node=name,
                    port=port,
                )
