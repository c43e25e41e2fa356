"""Frames that are spread over workers: what in them cannot run in a run of its own."""

from __future__ import annotations

from collections.abc import Iterator

from runner.graph.document import Document
from runner.graph.frames import around
from runner.graph.plan import Types
from runner.graph.problems import Problem

# What these do they do to the run that they are in.
OF_THE_RUN = {
    "flow.output": "is an output of the whole run",
    "flow.stop": "ends the whole run",
    "webhook.respond": "answers the caller of the whole run",
}


def spread_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield what keeps the frames that are to be spread from it."""
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None or not typed.spec.begins or node.parameters.get("spread") is not True:
            continue
        inner = {it for it, held in document.nodes.items() if name in around(document, held.frame)}
        for held in sorted(inner):
            if why := _why_not(document, held):
                yield _cannot(
                    name,
                    f"{held} {why}, but each item of {name} is a run of its own where it is spread "
                    f"over workers. Take {held} out of {name}, or switch 'spread' off.",
                    held,
                )
        for edge in document.edges:
            if edge.source not in inner or edge.target in inner or edge.target == name:
                continue
            if edge.target in document.nodes:
                yield _cannot(
                    name,
                    f"The edge {edge} leads out of {name}, whose items are runs of their own where "
                    f"it is spread over workers: only their results come back, by "
                    f"'{name}.result'. Take the edge away, or switch 'spread' off.",
                    edge.source,
                    str(edge),
                )
        for edge in document.edges:
            inside = edge.source in inner or (edge.source == name and edge.output == "item")
            if inside and edge.target == name and edge.input != "result":
                yield _cannot(
                    name,
                    f"The edge {edge} acts on {name} from inside, but where it is spread over "
                    "workers each of its items is a run of its own, which cannot reach the others. "
                    "Take the edge away, or switch 'spread' off.",
                    edge.source,
                    str(edge),
                )
        if inner and node.parameters.get("concurrency", 1) == 1:
            yield Problem(
                "spread_one_by_one",
                f"{name} is spread over workers, but only one of its items is under way at a time. "
                "Raise 'concurrency', so that several workers have something to do.",
                node=name,
                parameter="concurrency",
                severity="warning",
            )


def _why_not(document: Document, name: str) -> str | None:
    node = document.nodes[name]
    if node.kind in OF_THE_RUN:
        return OF_THE_RUN[node.kind]
    if node.settings.compensate:
        return "can be undone when the whole run fails later"
    told = node.parameters
    if (
        node.kind == "frame.group"
        and told.get("key") not in (None, "")
        and told.get("scope", "run") == "run"
    ):
        return (
            "has a key that only one branch of the whole run may have at a time (have it count "
            "among the runs of the blueprint)"
        )
    return None


def _cannot(frame: str, message: str, node: str, edge: str | None = None) -> Problem:
    return Problem("cannot_spread", message, node=node or frame, edge=edge)
