"""Which nodes the text of an expression names."""

from __future__ import annotations

import pytest

from runner.engine.reads import named_in
from runner.graph.texts import nodes_named
from tests.engine.builder import plan


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nodes.a", ["a"]),
        ("nodes . a.out", ["a"]),
        ("nodes['a b'].out", ["a b"]),
        ('nodes [ "a" ]', ["a"]),
        ("nodes.get('a')", ["a"]),
        ('nodes.get( "a", 0) + nodes.b', ["a", "b"]),
        ("nodes.a.get('x')", ["a"]),
        ("nodes.get", ["get"]),
    ],
)
def test_a_node_named_by_a_literal_is_found(text: str, names: list[str]) -> None:
    assert nodes_named(text) == names


@pytest.mark.parametrize(
    "text",
    ["nodes", "nodes.get(x)", "nodes.get('a' + x)", "nodes[x]", "nodes['a' + x]", "nodes.items()"],
)
def test_a_name_that_only_the_run_knows_is_not_guessed(text: str) -> None:
    assert nodes_named(text) == []


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("nodes.get('a')", {"a", "c"}),
        ("nodes.a", {"a", "c"}),
        ("nodes.get(input)", {"m", "a", "b", "c"}),
        ("nodes.items()", {"m", "a", "b", "c"}),
        ("input", {"c"}),
    ],
)
def test_the_outputs_of_a_node_are_kept_where_an_expression_may_ask_for_them(
    expression: str, kept: set[str]
) -> None:
    drawn = plan(
        {
            "m": "trigger.manual",
            "a": "set",
            "b": "set",
            "c": {"kind": "set", "parameters": {"value": f"{{{{ {expression} }}}}"}},
        },
        "m.out -> a.in", "a.out -> b.in", "b.out -> c.in",
    )  # fmt: skip
    assert named_in(drawn) == kept
