"""A selection of nodes and its border: what comes in over edges, what goes out, who reads whom."""

from __future__ import annotations

from collections.abc import Iterable

from runner.engine.parts.refusing import Reasons
from runner.graph import Document, Edge, NodeSpec
from runner.graph.compensation import compensates
from runner.graph.frames import acts_on_frame, around
from runner.graph.plan import Types, output_ports

# What these do they do to the run that they are in, which would be another one.
OF_THE_RUN = {
    "flow.output": "is an output of this blueprint; leave it out of the selection, the edge to it "
    "leads out of the new blueprint then",
    "flow.stop": "ends the whole run, which would only be the run of the new blueprint; leave it "
    "out of the selection",
    "webhook.respond": "answers who has started this run, whom a run of the new blueprint does "
    "not know; leave it out of the selection",
}


class Border:
    """Some nodes of a drawing, with what frames among them hold, and the edges across."""

    def __init__(self, document: Document, types: Types, chosen: Iterable[str]) -> None:
        self.document = document
        self.types = types
        picked = set(chosen) & document.nodes.keys()
        self.inside = [
            name
            for name, node in document.nodes.items()
            if name in picked or picked.intersection(filter(None, around(document, node.frame)))
        ]
        self._inside = set(self.inside)
        self.top = [it for it in self.inside if document.nodes[it].frame not in self._inside]
        self.level = document.nodes[self.top[0]].frame if self.top else None
        edges = document.edges
        self.within = [it for it in edges if it.source in self and it.target in self]
        self.entering = [it for it in edges if it.target in self and it.source not in self]
        self.leaving = [it for it in edges if it.source in self and it.target not in self]

    def __contains__(self, name: object) -> bool:
        return name in self._inside

    def spec(self, name: str) -> NodeSpec:
        """Return the declaration of a node, whose kind is known."""
        return self.types[self.document.nodes[name].kind].spec

    def only_output(self, name: str) -> str | None:
        """Return the one output port that a node has; None where there are several, or none."""
        node = self.document.nodes[name]
        typed = self.types.get(node.kind)
        ports = output_ports(typed.spec, node.parameters, node.settings) if typed else ()
        return ports[0].name if len(ports) == 1 else None

    def fed(self, name: str) -> bool:
        """Say whether anything leads to a node or, where it is a frame, into it."""
        return any(edge.target == name for edge in self.document.edges)

    def behind(self) -> set[str]:
        """Return the nodes outside to which something can come from the selection.

        What begins anew with the next round of a frame around is not among them.
        """
        return self._reached((edge.target for edge in self.leaving), down=True)

    def ahead(self) -> set[str]:
        """Return the nodes outside from which something can come to the selection.

        What is before the frames around it is among them.
        """
        frames = (it for it in around(self.document, self.level) if it is not None)
        return self._reached((*(edge.source for edge in self.entering), *frames), down=False)

    def _reached(self, starts: Iterable[str], *, down: bool) -> set[str]:
        nodes = self.document.nodes
        outer = {it for it in around(self.document, self.level) if it is not None}
        found: set[str] = set()
        pending = list(starts)
        while pending:
            name = pending.pop()
            if name in found or name in self or name not in nodes or (down and name in outer):
                continue
            found.add(name)
            for edge in self.document.edges:
                if down and edge.source == name:
                    pending.append(edge.target)
                elif not down and edge.target == name and not self._ends(edge, outer):
                    pending.append(edge.source)
            frame = nodes[name].frame
            if frame is not None and frame not in outer:
                pending.append(frame)
            if name not in outer:
                pending += [it for it, node in nodes.items() if node.frame == name]
        return found

    def _ends(self, edge: Edge, outer: set[str]) -> bool:
        return edge.target in outer and acts_on_frame(self.types, self.document, edge)


def check_nodes(border: Border, reasons: Reasons) -> None:
    """Note which of the nodes cannot be in a blueprint of their own."""
    document = border.document
    for name in border.inside:
        node = document.nodes[name]
        typed = border.types.get(node.kind)
        if typed is None:
            reasons.add(
                "part_unknown_kind",
                f"Nobody here knows what {name} ({node.kind}) does. Leave it out of the selection.",
                name,
            )
        elif typed.spec.trigger:
            reasons.add(
                "part_trigger",
                f"{name} is a trigger, which starts runs of this blueprint. Leave it out of the "
                "selection.",
                name,
            )
        elif node.kind in OF_THE_RUN:
            reasons.add("part_of_run", f"{name} {OF_THE_RUN[node.kind]}.", name)
        if node.settings.compensate:
            reasons.add(
                "part_compensation",
                f"{name} can be undone when this run fails later, but a run of the new blueprint "
                "that has ended well undoes nothing any more. Leave it out of the selection, or "
                "take its 'compensate' away.",
                name,
            )
    levels = {document.nodes[name].frame for name in border.top}
    if len(levels) > 1:
        frames = sorted(it for it in levels if it is not None)
        some = next(name for name in border.top if document.nodes[name].frame == frames[0])
        reasons.add(
            "part_cuts_frame",
            f"The selection cuts the frame {frames[0]} in two: {some} is selected with nodes that "
            f"are not in {frames[0]}. Select the whole frame, or only nodes inside of it.",
            some,
        )


def check_edges(border: Border, reasons: Reasons) -> None:
    """Note which edges across the border a call cannot stand for."""
    document, types = border.document, border.types
    if not border.entering:
        reasons.add(
            "part_without_entry",
            "No edge leads into the selection, so that nothing would start the new blueprint. "
            "Draw an edge to its first node, or select what comes behind it.",
        )
    triggers = any(
        (typed := types.get(node.kind)) is not None and typed.spec.trigger
        for node in document.nodes.values()
    )
    for name in border.top:
        if not border.fed(name) and (border.level is not None or not triggers):
            begins = f"with {border.level}" if border.level is not None else "with the run"
            reasons.add(
                "part_starts_itself",
                f"{name} starts by itself {begins}, since no edge leads to it. Draw an edge to it, "
                "or leave it out of the selection.",
                name,
            )
    for edge in border.entering:
        if compensates(document, edge):
            reasons.add(
                "part_compensation",
                f"{edge.target} undoes {edge.source}, which only this run can. Leave it out of the "
                "selection.",
                edge.target,
            )
    for edge in border.leaving:
        if acts_on_frame(types, document, edge) and edge.target != border.level:
            reasons.add(
                "part_controls_frame",
                f"{edge.source} acts on the frame {edge.target} while it runs, but what the new "
                "blueprint gives comes only when all of it has ended. Leave one of both out, or "
                "take both in.",
                edge.source,
            )
    joined: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for edge in border.leaving:
        joined.setdefault((edge.target, edge.input), set()).add((edge.source, edge.output))
    for (target, _), sources in joined.items():
        node = document.nodes.get(target)
        if node is None or len(sources) < 2:
            continue
        if node.parameters.get("wait_for", "all") in ("first", "n"):
            names = " and ".join(sorted({source for source, _ in sources}))
            reasons.add(
                "part_race",
                f"{target} takes what comes first of {names}, but what the new blueprint gives "
                f"comes all at once. Take {target} into the selection.",
                target,
            )
    back = {edge.source for edge in border.entering} & border.behind()
    if back:
        name = sorted(back)[0]
        reasons.add(
            "part_reentered",
            f"A way leads out of the selection and back into it by {name}, but a call gives its "
            f"outputs only when all of it has ended. Take {name} into the selection, with what is "
            "on that way.",
            name,
        )
