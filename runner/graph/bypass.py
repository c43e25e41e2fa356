"""What is wrong with nodes that are bypassed: not run, but passing on what comes to them."""

from __future__ import annotations

from collections.abc import Iterator

from runner.graph.document import Document
from runner.graph.plan import Types, input_ports, output_ports, passing_port
from runner.graph.problems import Problem


def bypass_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield the problems of the nodes that cannot be bypassed as they are drawn."""
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None or not node.settings.bypass or node.settings.disabled:
            continue
        inputs = input_ports(typed.spec, node)
        if typed.spec.trigger or not inputs:
            yield Problem(
                "bypass_without_input",
                f"{name} ({node.kind}) has no input to pass on; switch it off, or take the "
                "bypass away.",
                node=name,
            )
            continue
        output = passing_port(output_ports(typed.spec, node.parameters, node.settings))
        if output is None or output.type.accepts(inputs[0].type):
            continue
        leads = any(edge.source == name and edge.output == output.name for edge in document.edges)
        if leads:
            yield Problem(
                "bypass_type",
                f"{name} is bypassed, but what comes at {inputs[0].name!r} is "
                f"{inputs[0].type.value} and what leaves at {output.name!r} is "
                f"{output.type.value}; what follows may not take it.",
                node=name,
                port=output.name,
                severity="warning",
            )
