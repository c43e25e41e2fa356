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


def around(document: Document, level: str | None) -> list[str | None]:
    """Return a frame and those that hold it, from the inside; None, the drawing, is the last."""
    found: list[str | None] = [level]
    while level is not None:
        node = document.nodes.get(level)
        level = node.frame if node is not None else None
        if level in found:
            break
        found.append(level)
    return found


def levels(document: Document, types: Types, edge: Edge) -> tuple[str | None, str | None]:
    """Return the frame in which an edge begins, and that in which it ends; None: the drawing."""
    source, target = document.nodes[edge.source], document.nodes[edge.target]
    begins = _has(types, source.kind, "begins", edge.output)
    within = edge.source if begins else source.frame
    if _has(types, target.kind, "ends", edge.input) or (
        within == edge.target and _has(types, target.kind, "controls", edge.input)
    ):
        return within, edge.target
    return within, target.frame


def entered(document: Document, types: Types, edge: Edge) -> list[str]:
    """Return the frames that an edge enters from outside, the outermost first."""
    within, ends = levels(document, types, edge)
    if within == ends:
        return []
    found = around(document, ends)
    if within not in found:
        return []
    return [level for level in reversed(found[: found.index(within)]) if level is not None]


def acts_on_frame(types: Types, document: Document, edge: Edge) -> bool:
    """Say whether an edge ends at a port of a frame at which no token fires it."""
    kind = document.nodes[edge.target].kind
    return _has(types, kind, "ends", edge.input) or _has(types, kind, "controls", edge.input)


def begins_inside(types: Types, document: Document, edge: Edge) -> bool:
    """Say whether an edge begins at an inner port of a frame."""
    return _has(types, document.nodes[edge.source].kind, "begins", edge.output)


def _has(types: Types, kind: str, side: str, port: str) -> bool:
    typed = types.get(kind)
    return typed is not None and any(it.name == port for it in getattr(typed.spec, side))


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
        if edge.source in document.nodes and edge.target in document.nodes:
            yield from _edge(document, types, edge)
    yield from _merges(document, types)
    for name in sorted(frames):
        yield from _settings(document, name)
        ends = {port.name for port in types[document.nodes[name].kind].spec.ends}
        if ends and not any(edge.target == name and edge.input in ends for edge in document.edges):
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
    if name in around(document, holder):
        yield Problem(
            "frame_circle",
            f"{name} is in {holder}, which is in {name} itself. Take one of them out.",
            node=name,
        )


def _settings(document: Document, name: str) -> Iterator[Problem]:
    settings = document.nodes[name].settings
    for key in ("each", "at_most_once", "compensate", "rate"):
        if getattr(settings, key):
            yield Problem(
                "setting_on_frame",
                f"{name} is a frame, and {key!r} is a setting of nodes that do something "
                "themselves. Set it at nodes inside.",
                node=name,
            )


def _edge(document: Document, types: Types, edge: Edge) -> Iterator[Problem]:
    within, ends = levels(document, types, edge)
    inner = begins_inside(types, document, edge) or acts_on_frame(types, document, edge)
    enters = within in around(document, ends) and not acts_on_frame(types, document, edge)
    if within == ends or enters:
        return
    if inner:
        frame = edge.target if acts_on_frame(types, document, edge) else edge.source
        advice = f"Both ends must be inside {frame}: set the 'frame' of the node to {frame!r}."
    else:
        advice = (
            "A value enters a frame by any edge, but leaves it only at the frame's own ports; "
            f"""draw an edge from {edge.source} to an inner port of {within or "the frame"}."""
        )
    yield Problem(
        "edge_crosses_frame",
        f"The edge {edge} leaves a frame. {advice}",
        node=edge.target,
        port=edge.input,
        edge=str(edge),
    )


def _merges(document: Document, types: Types) -> Iterator[Problem]:
    """Find inputs at which a value from outside would have to merge with others."""
    arriving: dict[tuple[str, str], list[Edge]] = {}
    for edge in document.edges:
        if edge.source in document.nodes and edge.target in document.nodes:
            arriving.setdefault((edge.target, edge.input), []).append(edge)
    for (name, port), edges in arriving.items():
        captured = [edge for edge in edges if entered(document, types, edge)]
        if not captured:
            continue
        from_levels = {levels(document, types, edge)[0] for edge in edges}
        typed = types.get(document.nodes[name].kind)
        joins = typed is not None and any(
            it.multiple and it.name == port for it in typed.spec.inputs
        )
        if len(from_levels) > 1 or joins:
            what = "joins edges" if joins else "gets values from inside as well"
            yield Problem(
                "captured_merges",
                f"The input {name}.{port} gets a value from outside its frame, which is there for "
                f"every firing, but {what}. Give the one from outside an input of its own, or read "
                f"""it as {{{{ nodes["{captured[0].source}"] }}}}.""",
                node=name,
                port=port,
                edge=str(captured[0]),
            )
