"""What expressions give."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine.expressions import (
    ExpressionError,
    compile_expression,
    compile_template,
    expression,
)
from runner.engine.step import LastOutputs
from runner.engine.values import not_json

NAMES: dict[str, Any] = {
    "input": {"total": 120, "items": [{"n": 1}, {"n": 2}], "name": "Ada", "get": 7},
    "nodes": {"fetch": {"status": 200}},
    "vars": {"site": "http://x"},
    "now": 86400,
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("input.total > 100 and nodes['fetch'].status == 200", True),
        ("[item.n * 2 for item in input['items'] if item.n > 1]", [4]),
        ("{item['n']: 1 for item in []}", {}),
        ("input.name.upper() + '!'", "ADA!"),
        ("input.get", 7),
        ("input.get('missing', 'none')", "none"),
        ("', '.join([text(i.n) for i in input['items']])", "1, 2"),
        ("sum([i.n for i in input['items']])", 3),
        # As if rounded once, whatever Python's release does.
        ("sum([0.1 for i in range(10)])", 1.0),
        ("max(1, 2.5)", 2.5),
        ("sorted([3, 1, 2], reverse=True)", [3, 2, 1]),
        ("f'{input.total / 7:.2f} of {input.name}'", "17.14 of Ada"),
        ("'yes' if input.total else 'no'", "yes"),
        ("null == none if false else null", None),
        ("1 < 2 < 3", True),
        ("input['items'][-1].n", 2),
        ("'abc'[1:]", "bc"),
        ("iso(now)", "1970-01-02T00:00:00+00:00"),
        ("parse_json('{\"a\": [1]}').a", [1]),
        ("json({'a': true})", '{"a":true}'),
        ("'a' in input.name.lower()", True),
        ("true == 1", False),
        ("-2 ** 2 + 7 // 2 % 2", -3),
    ],
)
def test_an_expression_gives_its_value(source: str, value: Any) -> None:
    found = compile_expression(source).evaluate(NAMES)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("{{ input.total }}", 120),
        (" {{ input['items'] }} ", [{"n": 1}, {"n": 2}]),
        ("{{ input.total }}\n", "120\n"),
        ("Hello {{ input.name }}: {{ input.total }}", "Hello Ada: 120"),
        ({"a": ["{{ input.name }}", 1]}, {"a": ["Ada", 1]}),
        ("{{ {'k': {'z': '}}'}} }}", {"k": {"z": "}}"}}),
        ("no expression", "no expression"),
        ("{{ null }}x{{ 1.0 }}{{ true }}", "x1true"),
    ],
)
def test_a_whole_field_keeps_its_type_and_mixed_text_is_text(parameter: Any, value: Any) -> None:
    assert compile_template(parameter).evaluate(NAMES) == value


@pytest.mark.parametrize(
    ("source", "message", "column"),
    [
        ("input.totl", "did you mean 'total'", 7),
        ("inputs.x", "There is no name 'inputs'", 1),
        ("1 + 'a'", "A number + a text is not defined", 1),
        ("1 < 'a'", "A number and a text have no order", 1),
        ("input.name.uper()", "There is no method 'uper'; did you mean 'upper'", 1),
        ("lenn([])", "There is no function 'lenn'; did you mean 'len'", 1),
        ("input.total.x", "A number has no 'x'", 13),
    ],
)
def test_an_error_says_what_and_where(source: str, message: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=message.replace("+", r"\+")) as raised:
        compile_expression(source).evaluate(NAMES)
    assert raised.value.column == column


def test_an_expression_without_an_end_is_told() -> None:
    with pytest.raises(ExpressionError, match="'}}' is missing"):
        compile_template("{{ input")


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("'äöü' + input.totl", 15),
        ("[\n  1,\n  input.totl]", 16),
        ("(\r\n 1 +\r\n 'ä' )", 4),
        ("  [x.y for x in [1]] ", 4),
        ("[x for x in 5]", 8),
        ("[x for x, y in [[1, 2], 3]]", 8),
        ("{1: 2}", 2),
    ],
)
def test_the_place_of_an_error_counts_characters_over_all_lines(source: str, column: int) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(source).evaluate(NAMES)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("nodes", {"fetch": {"status": 200}}),
        ("[nodes]", [{"fetch": {"status": 200}}]),
        ("nodes.fetch.status", 200),
        ("nodes['fetch'] == nodes.get('fetch')", True),
        ("'fetch' in nodes and len(nodes)", 1),
        ("[name for name in nodes]", ["fetch"]),
        ("nodes == {'fetch': {'status': 200}}", True),
        ("json(nodes)", '{"fetch":{"status":200}}'),
    ],
)
def test_what_only_reads_like_an_object_is_one(source: str, value: Any) -> None:
    names = {"nodes": LastOutputs({"fetch": {"status": 200}})}
    found = compile_expression(source).evaluate(names)
    assert found == value
    assert not_json(found) is None


def test_a_large_value_that_is_only_looked_up_is_not_walked() -> None:
    large = {"items": [[{"n": 1}] * 1000] * 1000}
    found = compile_template({"all": "{{ input }}", "part": "{{ input['items'][0] }}"}).evaluate(
        {"input": large}
    )
    assert found["all"] is large
    assert found["part"] is large["items"][0]


def test_expressions_that_were_compiled_are_kept_and_do_not_add_up() -> None:
    assert compile_expression("input.total") is compile_expression("input.total")
    for number in range(50):
        compile_expression(f"[{'1,' * 4000}{number}]")
    assert sum(map(len, expression._kept)) <= expression.MOST_KEPT
