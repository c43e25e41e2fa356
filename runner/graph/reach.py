"""Who can reach whom: the order of the nodes, and the sets that waiting nodes look at."""

from __future__ import annotations

from collections.abc import Iterable

import networkx as nx


def order_of(condensed: nx.DiGraph[int], count: int) -> list[int]:
    """Return each node's place in a topological order of the strongly connected components."""
    order = [0] * count
    for place, component in enumerate(nx.topological_sort(condensed)):
        for node in condensed.nodes[component]["members"]:
            order[node] = place
    return order


def reach_of(
    graph: nx.DiGraph[int], condensed: nx.DiGraph[int], waiting: Iterable[int]
) -> dict[int, int]:
    """Return, for each node that can wait, the nodes that can reach it as a set of bits.

    A set is made from those before it and dropped once nothing needs it any
    more: sets for all nodes at once would take n² bits.
    """
    component_of: dict[int, int] = condensed.graph["mapping"]
    wanted: dict[int, list[int]] = {}
    for node in waiting:
        wanted.setdefault(component_of[node], []).append(node)
    topological = list(nx.topological_sort(condensed))
    # How many successors still need a component's set; those not in here lead to no wait.
    pending: dict[int, int] = {}
    for component in reversed(topological):
        needed = sum(after in pending for after in condensed.succ[component])
        if needed or component in wanted:
            pending[component] = needed
    found: dict[int, int] = {}
    below: dict[int, int] = {}
    for component in topological:
        if component not in pending:
            continue
        arriving = 0
        for before in condensed.pred[component]:
            arriving |= below[before]
            pending[before] -= 1
            if not pending[before]:
                del below[before]
        members = condensed.nodes[component]["members"]
        inside = arriving | _bits(members, len(graph))
        in_loop = len(members) > 1 or any(graph.has_edge(node, node) for node in members)
        for node in wanted.get(component, ()):
            found[node] = inside if in_loop else arriving
        if pending[component]:
            below[component] = inside
    return {node: found[node] for node in sorted(found)}


def leading_only_to(graph: nx.DiGraph[int], node: int) -> int:
    """Return, as a set of bits, the nodes from which every way goes through `node`."""
    found = nx.ancestors(graph, node) - {node}
    while outside := {
        it for it in found if any(to not in found and to != node for to in graph[it])
    }:
        found -= outside
    return _bits(found, len(graph)) if found else 0


def _bits(members: set[int], count: int) -> int:
    if len(members) == 1:
        return 1 << next(iter(members))
    bits = bytearray(count // 8 + 1)
    for node in members:
        bits[node >> 3] |= 1 << (node & 7)
    return int.from_bytes(bits, "little")
