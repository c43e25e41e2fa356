"""Sums of numbers: exact, and bounded."""

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
