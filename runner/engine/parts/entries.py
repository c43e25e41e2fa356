"""Where a selection begins: the one place at which tokens fire it, and values that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runner.engine.parts.border import Border
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import at
from runner.graph import PortType
from runner.graph.plan import output_ports
from runner.graph.ports import Port
from runner.graph.ways import Ways, before_all, lifted

End = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that comes into a selection by edges: from where, to which inputs, read how.

    The main one has what comes at the call itself. `type` is that of its port.
    """

    sources: tuple[End, ...]
    targets: frozenset[End]
    text: str
    type: PortType
    main: bool

    @property
    def name(self) -> str:
        """What the value could be called."""
        node, port = self.sources[0]
        return node if self.main is False or len(self.sources) > 1 or port == "out" else port


def entries(border: Border, reasons: Reasons) -> list[Entry]:
    """Return the values that come into the selection by edges, the main one first.

    Notes why it has several entries, where one call could not stand for them.
    """
    sources: dict[End, set[End]] = {}
    for edge in border.entering:
        sources.setdefault((edge.source, edge.output), set()).add((edge.target, edge.input))
    sets = {frozenset(targets) for targets in sources.values()}
    for main in sorted(sets, key=sorted):
        mains = tuple(source for source, targets in sources.items() if targets == main)
        others = {source: frozenset(it) for source, it in sources.items() if it != main}
        if all(_is_there(border, mains, main, *other) for other in others.items()):
            first = Entry(mains, main, "{{ input }}", _type(border, mains), True)
            return [
                first,
                *(
                    Entry(
                        (it,), ends, f"{{{{ {at('nodes', it[0])} }}}}", _type(border, (it,)), False
                    )
                    for it, ends in others.items()
                ),
            ]
    if sets:
        into = sorted({edge.target for edge in border.entering})
        origin = sorted({edge.source for edge in border.entering})
        what = (
            f"The selection is entered at several places: {', '.join(into)}"
            if len(into) > 1
            else f"{into[0]} is entered by several edges"
        )
        reasons.add(
            "part_several_entries",
            f"{what} (from {', '.join(origin)}), but a call begins with one value. Join these "
            "before the selection (flow.join, or Set fields), or leave out of it what is not "
            "behind the one entry.",
            into[0],
        )
    return []


def fired_before(border: Border, mains: Iterable[End]) -> frozenset[str]:
    """Return the nodes outside that have certainly fired when what these emit comes."""
    document, types, level = border.document, border.types, border.level
    nodes = {node for node, _ in mains}
    sides = [
        before_all(document, types, level, [node]) | {node}
        if node != level
        else before_all(document, types, document.nodes[node].frame, [node])
        for node in nodes
    ]
    return frozenset.intersection(*sides) if sides else frozenset()


def _is_there(
    border: Border, mains: tuple[End, ...], main: frozenset[End], source: End, ends: frozenset[End]
) -> bool:
    """Say whether a value is certainly there, once, whenever the main one comes.

    What takes it must wait for the main one anyway.
    """
    name, _ = source
    document, types, level = border.document, border.types, border.level
    if name == level or ends & main or border.only_output(name) is None:
        return False
    home = document.nodes[name].frame
    if Ways(document, types, home).often(name):
        return False
    known = fired_before(border, mains)
    if name not in known:
        return False
    ways = Ways(document, types, level)
    holders = [holder for node, _ in ends if (holder := lifted(document, node, level))]
    if home != level:
        # What comes from further out is there for every firing, and starts none.
        return all(map(ways.sources, holders))
    # The main value comes for certain once this one has, or what takes this one needs it.
    if any(node in ways.after(name) and ways.always_emits(node) for node, _ in mains):
        return True
    begins = {lifted(document, node, level) for node, _ in main}
    alone = {it for it in begins if it is not None and ways.sources(it) <= set(mains)}
    return all(alone & ways.before(holder) for holder in holders)


def _type(border: Border, sources: tuple[End, ...]) -> PortType:
    found = {_type_of(border, *source) for source in sources}
    return found.pop() if len(found) == 1 else PortType.ANY


def _type_of(border: Border, name: str, output: str) -> PortType:
    """Return the type of what comes from a port, `any` where it may be something else."""
    node = border.document.nodes[name]
    typed = border.types.get(node.kind)
    if typed is None or node.settings.idle or node.settings.on_error == "continue":
        return PortType.ANY
    ports: tuple[Port, ...] = (
        *output_ports(typed.spec, node.parameters, node.settings),
        *typed.spec.begins,
    )
    return next((port.type for port in ports if port.name == output), PortType.ANY)
