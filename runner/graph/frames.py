"""Frames: nodes that hold nodes, and what can be wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runner.graph.document import Document, Edge
from runner.graph.problems import Problem

if TYPE_CHECKING:
    from runner.graph.plan import Types


def ends_frame(document: Document, edge: Edge) -> bool:
    """Say whether an edge leads from a node to the frame that holds it."""
    source = document.nodes.get(edge.source)
    return source is not None and source.frame is not None and source.frame == edge.target


def frame_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield what is wrong with the frames of a drawing."""
    frames = {
        name
        for name, node in document.nodes.items()
        if (typed := types.get(node.kind)) and typed.spec.begins
    }
    for name, node in document.nodes.items():
        if node.frame is not None:
            yield from _holder(document, types, name, frames)
    for edge in document.edges:
        yield from _edge(document, types, edge, frames)
    for name in frames:
        ends = {port.name for port in types[document.nodes[name].kind].spec.ends}
        if not any(edge.target == name and edge.input in ends for edge in document.edges):
            shown = " or ".join(f"{name}.{port}" for port in sorted(ends))
            yield Problem(
                "frame_without_end",
                f"No edge ends the inside of {name}: draw one from a node in it to {shown}.",
                node=name,
            )


def _holder(document: Document, types: Types, name: str, frames: set[str]) -> Iterator[Problem]:
    node = document.nodes[name]
    holder = node.frame or ""
    if holder not in frames:
        # The ports of an unknown kind are unknown too; that problem is told already.
        if holder in document.nodes and document.nodes[holder].kind not in types:
            return
        yield Problem(
            "not_a_frame",
            f"{name} says that it is in {holder!r}, which is no frame. "
            "Name a frame, or take 'frame' away.",
            node=name,
        )
        return
    if (typed := types.get(node.kind)) and typed.spec.trigger:
        yield Problem(
            "trigger_in_frame",
            f"{name} starts runs, so it cannot be in {holder}. Put it outside.",
            node=name,
        )
    seen = {name}
    above: str | None = holder
    while above is not None and above not in seen:
        seen.add(above)
        around = document.nodes.get(above)
        above = around.frame if around is not None else None
    if above == name:
        yield Problem(
            "frame_circle",
            f"{name} is in {holder}, which is in {name} itself. Take one of them out.",
            node=name,
        )


def _edge(document: Document, types: Types, edge: Edge, frames: set[str]) -> Iterator[Problem]:
    source, target = document.nodes.get(edge.source), document.nodes.get(edge.target)
    if source is None or target is None:
        return
    begins = edge.source in frames and any(
        port.name == edge.output for port in types[source.kind].spec.begins
    )
    ends = edge.target in frames and any(
        port.name == edge.input for port in types[target.kind].spec.ends
    )
    within = edge.source if begins else source.frame
    if within == (edge.target if ends else target.frame):
        return
    if begins or ends:
        frame = edge.source if begins else edge.target
        advice = f"Both ends must be inside {frame}: set the 'frame' of the node to {frame!r}."
    else:
        advice = (
            "Edges pass a frame's border only through its ports; "
            f"""a node inside reads an outer one with {{{{ nodes["{edge.source}"] }}}}."""
        )
    yield Problem(
        "edge_crosses_frame",
        f"The edge {edge} crosses the border of a frame. {advice}",
        node=edge.target,
        port=edge.input,
        edge=str(edge),
    )
