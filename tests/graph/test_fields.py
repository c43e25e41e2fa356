"""Which expressions read fields that what comes in certainly does not have, and which may."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine.fields import field_problems
from runner.graph import load
from runner.nodes import node_types

START = {"kind": "trigger.manual"}
SUM = {
    "kind": "data.set",
    "parameters": {"fields": {"sum": 3, "who": {"name": "Ada"}}, "keep": False},
}


def log(message: str, **more: Any) -> dict[str, Any]:
    return {"kind": "log.message", "parameters": {"message": message}, **more}


def told(nodes: dict[str, Any], *edges: str, **more: Any) -> list[tuple[str, str]]:
    """Return node and sentence of each problem; each is a warning at a parameter."""
    document = load({"nodes": nodes, "edges": list(edges), **more})
    found = list(field_problems(document, node_types()))
    assert all(it.severity == "warning" and it.code == "unknown_field" for it in found)
    assert all(it.parameter in document.nodes[it.node or ""].parameters for it in found)
    return [(it.node or "", it.message) for it in found]


def reads(message: str, first: dict[str, Any] = SUM, **more: Any) -> list[str]:
    """Return what is said of a text that reads what one node gives."""
    nodes = {"start": START, "first": first, "say": log(message, **more)}
    found = told(nodes, "start.out -> first.in", "first.out -> say.in")
    return [sentence for _, sentence in found]


def test_a_renamed_field_is_told_where_it_is_read() -> None:
    assert reads("{{ input.total }}") == ["input has no field 'total' (it has sum, who)."]
    assert reads("{{ input.sums }}") == [
        "input has no field 'sums' (it has sum, who). Did you mean 'sum'?"
    ]
    assert reads("{{ input['total'] }}") == reads("{{ 1 + input.total }}") != []
    assert reads("{{ input.who.nme }}") == [
        "input.who has no field 'nme' (it has name). Did you mean 'name'?"
    ]


def test_a_node_that_is_named_is_looked_at_too() -> None:
    assert reads("{{ nodes['first'].total }}") == [
        "nodes[\"first\"] has no field 'total' (it has sum, who)."
    ]
    assert reads("{{ nodes.first.sum }}") == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ input.sum }}",
        "{{ input }}",
        "{{ input.who.name.first }}",
        "{{ input.get('total') }}",
        "{{ input.total if 'total' in input else 0 }}",
        "{{ input.keys() }}",
        "{{ [input.total for input in run.inputs.list] }}",
        "{{ input[run.inputs.key] }}",
        "{{ nodes.start.total }}",
        "{{ nodes.nobody.total }}",
        "{{ run.inputs.total }}",
        "{{ broken( }}",
        "input.total",
    ],
)
def test_what_may_be_there_is_not_told(text: str) -> None:
    assert reads(text) == []


@pytest.mark.parametrize(
    "first",
    [
        {"kind": "data.set", "parameters": {"fields": {"sum": 3}}},
        {"kind": "data.set", "parameters": {"fields": "{{ run.inputs }}", "keep": False}},
        {"kind": "data.set", "parameters": {"fields": {"sum": 3}, "keep": "{{ 1 > 2 }}"}},
        {**SUM, "promoted": ["fields"]},
        {**SUM, "pin": {"out": {"total": 1}}},
        {**SUM, "settings": {"on_error": "continue"}},
        {**SUM, "settings": {"bypass": True}},
        {**SUM, "settings": {"each": True}},
        {"kind": "http.request", "parameters": {"url": "https://example.org"}},
    ],
)
def test_where_anything_may_come_nothing_is_told(first: dict[str, Any]) -> None:
    assert reads("{{ input.total }}", first) == []


def test_the_inputs_that_the_drawing_declares_are_known() -> None:
    nodes = {"start": START, "say": log("{{ input.totl }} {{ run.inputs.nme }}")}
    inputs = {"total": {"type": "number"}, "name": {"type": "string"}}
    assert [it for _, it in told(nodes, "start.out -> say.in", inputs=inputs)] == [
        "input has no field 'totl' (it has total, name). Did you mean 'total'?",
        "run.inputs has no field 'nme' (it has total, name). Did you mean 'name'?",
    ]
    keeps = {"kind": "data.set", "parameters": {"fields": {"sum": "{{ input.total }}"}}}
    nodes = {
        "start": START,
        "add": keeps,
        "say": log("{{ input.sum + input.total }} {{ input.x }}"),
    }
    edges = ("start.out -> add.in", "add.out -> say.in")
    assert [it for _, it in told(nodes, *edges, inputs=inputs)] == [
        "input has no field 'x' (it has total, name, sum)."
    ]


def test_what_passes_values_on_keeps_what_is_known() -> None:
    nodes = {
        "first": SUM,
        "check": {"kind": "flow.if", "parameters": {"condition": "{{ input.totl }}"}},
        "say": log("{{ input.total }}"),
        "wait": {"kind": "flow.wait", "parameters": {"seconds": 1}},
    }
    edges = ("first.out -> check.in", "check.true -> wait.in", "wait.out -> say.in")
    assert [node for node, _ in told(nodes, *edges)] == ["check", "say"]


def test_where_several_edges_come_the_field_may_come_by_any() -> None:
    other = {"kind": "data.set", "parameters": {"fields": {"total": 1}, "keep": False}}
    nodes = {"first": SUM, "other": other, "say": log("{{ input.total }} {{ input.none }}")}
    edges = ("first.out -> say.in", "other.out -> say.in")
    assert told(nodes, *edges) == [("say", "input has no field 'none' (it has sum, who, total).")]
    assert told({**nodes, "start": START}, *edges, "start.out -> say.in") == []


def test_items_of_lists_are_known() -> None:
    made = {"kind": "data.map", "parameters": {"fields": {"net": "{{ item }}"}, "keep": False}}
    nodes = {
        "made": made,
        "kept": {"kind": "data.filter", "parameters": {"condition": "item.gross > 1"}},
        "say": log("{{ input[0].gros }} {{ [x.nett for x in input] }}"),
        "loop": {"kind": "frame.each"},
        "in": log("{{ item.gross }} {{ input.net }}", frame="loop"),
        "one": log("{{ input.gross }}", settings={"each": True}),
    }
    edges = (
        "made.out -> kept.in", "kept.out -> say.in", "kept.out -> loop.in",
        "loop.item -> in.in", "in.out -> loop.result", "kept.out -> one.in",
    )  # fmt: skip
    assert told(nodes, *edges) == [
        ("kept", "item has no field 'gross' (it has net)."),
        ("say", "input[0] has no field 'gros' (it has net)."),
        ("say", "input[…] has no field 'nett' (it has net). Did you mean 'net'?"),
        ("in", "item has no field 'gross' (it has net)."),
        ("one", "input has no field 'gross' (it has net)."),
    ]


def test_round_a_loop_nothing_is_certain() -> None:
    nodes = {
        "start": START,
        "more": {"kind": "flow.if", "parameters": {"condition": "{{ input.n }}"}},
        "add": {"kind": "data.set", "parameters": {"fields": {"n": 1}}},
        "say": log("{{ input.nowhere }}"),
    }
    edges = (
        "start.out -> more.in", "more.true -> add.in", "add.out -> more.in", "more.false -> say.in",
    )  # fmt: skip
    assert told(nodes, *edges) == []


def test_the_figures_of_groups_are_known() -> None:
    figures = [{"operation": "sum", "field": "net"}, {"name": "how_many"}]
    groups = {"kind": "data.aggregate", "parameters": {"group_by": "item.c", "figures": figures}}
    nodes = {"groups": groups, "say": log("{{ input[0].nothing }}")}
    assert told(nodes, "groups.out -> say.in") == [
        ("say", "input[0] has no field 'nothing' (it has group, sum_net, how_many).")
    ]


@pytest.mark.parametrize(
    ("text", "written", "instead"),
    [
        ("{{ 1 + input.sums }}", "input.sums", "input.sum"),
        ("{{ nodes.first.sums }}", "nodes.first.sums", "nodes.first.sum"),
        ("{{ input['sums'] }}", None, None),
        ("{{ input.sums.x }}", None, None),
        ("{{ input.zzz }}", None, None),
    ],
)
def test_what_was_probably_meant_can_be_put_in(
    text: str, written: str | None, instead: str | None
) -> None:
    nodes = {"start": START, "first": SUM, "say": log(text)}
    document = load({"nodes": nodes, "edges": ["start.out -> first.in", "first.out -> say.in"]})
    (found,) = field_problems(document, node_types())
    assert (found.written, found.instead) == (written, instead)
