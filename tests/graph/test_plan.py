"""The compiled plan: tables, reachability, dominance."""

from __future__ import annotations

from typing import Any

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from runner.graph import Plan, compile, load
from runner.nodes import node_types


def plan(nodes: dict[str, Any], *edges: str) -> Plan:
    return compile(load({"nodes": nodes, "edges": list(edges)}), node_types())


DIAMOND: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "left": {"kind": "data.set"},
    "right": {"kind": "data.set", "settings": {"on_error": "route"}},
    "join": {"kind": "flow.join"},
}
DIAMOND_EDGES = (
    "start.out -> left.in",
    "start.out -> right.in",
    "left.out -> join.in",
    "right.out -> join.in",
)


def test_edges_become_tables_of_integers() -> None:
    made = plan(DIAMOND, *DIAMOND_EDGES)
    start, join = made.nodes[0], made.nodes[3]
    assert [(target.node, target.edge) for target in start.targets[0]] == [(1, 0), (2, 1)]
    assert join.sources == ((2, 3),)
    assert [port.name for port in made.nodes[2].outputs] == ["out", "error"]
    assert (made.triggers, made.starts, made.leaves) == ((0,), (0,), (3,))


def test_only_nodes_that_can_wait_know_who_reaches_them() -> None:
    made = plan(DIAMOND, *DIAMOND_EDGES)
    assert made.can_reach == {3: 0b0111}


def test_a_node_in_a_loop_reaches_itself() -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "join": {"kind": "flow.join"},
        "more": {"kind": "flow.if", "parameters": {"condition": "{{ true }}"}},
    }
    made = plan(nodes, "start.out -> join.in", "join.out -> more.in", "more.true -> join.in")
    assert made.can_reach[1] == 0b111


def test_a_switch_has_a_port_for_each_case() -> None:
    cases = [{"name": "a", "value": 1}, {"name": "b", "value": 2}]
    made = plan({"s": {"kind": "flow.switch", "parameters": {"value": 1, "cases": cases}}})
    assert [port.name for port in made.nodes[0].outputs] == ["a", "b", "default"]


def test_a_promoted_parameter_is_an_input_port() -> None:
    made = plan({"w": {"kind": "flow.wait", "promoted": ["seconds"]}})
    assert [port.name for port in made.nodes[0].inputs] == ["in", "seconds"]


def test_nobody_waits_for_what_is_before_a_disabled_node() -> None:
    nodes = {**DIAMOND, "left": {"kind": "data.set", "settings": {"disabled": True}}}
    made = plan(nodes, *DIAMOND_EDGES)
    assert made.can_reach == {3: 0b0101}


def test_a_disabled_trigger_is_no_place_to_start_where_another_is_enabled() -> None:
    off = {"kind": "trigger.manual", "settings": {"disabled": True}}
    assert plan({"off": off, "on": {"kind": "trigger.webhook"}}).triggers == (1,)
    assert plan({"off": off, "end": {"kind": "flow.output"}}).triggers == (0,)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40))
def test_reach_is_what_a_search_from_every_node_finds(pairs: list[tuple[int, int]]) -> None:
    # A join of n can end any loop, and makes each node one that can wait.
    some = {"wait_for": "n", "count": 2}
    nodes = {f"if{i}": {"kind": "flow.if", "parameters": {"condition": True}} for i in range(12)}
    nodes |= {f"join{i}": {"kind": "flow.join", "parameters": some} for i in range(12)}
    edges = {f"join{i}.out -> if{i}.in" for i in range(12)}
    edges |= {f"if{a}.true -> join{b}.in" for a, b in pairs} | {"if0.false -> join0.in"}
    edges |= {f"if0.false -> join{i}.in" for i in range(12)}
    made = plan(nodes, *sorted(edges))
    graph = made.graph
    for node in made.nodes:
        if node.can_wait:
            before = {other for other in graph if any(
                nx.has_path(graph, after, node.index) for after in graph.succ[other]
            )}  # fmt: skip
            assert made.can_reach[node.index] == sum(1 << other for other in before)
    for source, target in graph.edges:
        assert made.order[source] <= made.order[target]


def test_ten_thousand_nodes_in_a_chain_need_no_sets() -> None:
    nodes = {f"n{i}": {"kind": "data.set"} for i in range(10_000)}
    made = plan(nodes, *(f"n{i}.out -> n{i + 1}.in" for i in range(9_999)))
    assert made.can_reach == {}
    assert made.order == tuple(range(10_000))
    assert made.leaves == (9_999,)


def test_a_thousand_joins_in_a_row_know_all_before_them() -> None:
    nodes: dict[str, Any] = {"t": {"kind": "trigger.manual"}}
    nodes |= {f"j{i}": {"kind": "flow.join"} for i in range(999)}
    made = plan(nodes, "t.out -> j0.in", *(f"j{i}.out -> j{i + 1}.in" for i in range(998)))
    assert made.can_reach[999] == (1 << 999) - 1


def test_parallel_edges_and_self_loops_are_kept() -> None:
    nodes = {"if": {"kind": "flow.if", "parameters": {"condition": True}}}
    made = plan(nodes, "if.true -> if.in")
    assert made.nodes[0].targets[0][0].node == 0
    nodes |= {"end": {"kind": "flow.output"}}
    made = plan(nodes, "if.true -> end.in", "if.false -> end.in")
    assert made.nodes[1].sources == ((0, 1),)
