"""Sums of numbers, exact and bounded; and lists that are mapped."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("operation", "values", "result"),
    [
        ("sum", [0.1] * 10, 1.0),
        ("sum", [1, 2, 2**60], 2**60 + 3),
        ("sum", [], 0),
        ("mean", [0.1] * 10 + [1], 2 / 11),
        ("mean", [], None),
    ],
)
async def test_a_sum_is_rounded_once(
    once: Any, operation: str, values: list[Any], result: Any
) -> None:
    items = [{"n": value} for value in values] or [{"m": 1}]
    figures = [{"operation": operation, "field": "n", "name": "all"}]
    ended = await once("data.aggregate", {"figures": figures}, items)
    assert ended["outputs"]["out"] == [{"all": result}]


async def test_a_sum_that_no_number_can_hold_is_an_error(once: Any) -> None:
    figures = [{"operation": "sum", "field": "n"}]
    ended = await once("data.aggregate", {"figures": figures}, [{"n": 1e308}, {"n": 1e308}])
    assert "too large" in ended["error"]["message"]


async def test_each_item_is_mapped_on_a_budget_of_its_own(once: Any) -> None:
    # One item's work fits a hundred times into the budget of one expression, not 1,000 times.
    fields = {"all": "{{ len([n for n in range(1000)]) }}", "n": "{{ item.n + index }}"}
    ended = await once("data.map", {"fields": fields, "keep": False}, [{"n": 1}] * 1000)
    out = ended["outputs"]["out"]
    assert [item["n"] for item in out] == list(range(1, 1001))
    assert {item["all"] for item in out} == {1000}


@pytest.mark.parametrize(
    ("items", "fields", "said"),
    [
        ([{"n": 1}, 7], {"a": "{{ item }}"}, "Item 1 is a number"),
        ([{"n": 1}, {}], {"a": "{{ item.n }}"}, "no 'n' here"),
        ({"n": 1}, {"a": 1}, "a list is needed"),
    ],
)
async def test_what_cannot_be_mapped_is_said(
    once: Any, items: Any, fields: dict[str, Any], said: str
) -> None:
    ended = await once("data.map", {"fields": fields}, items)
    assert said in ended["error"]["message"]
