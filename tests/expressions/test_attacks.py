"""Hostile expressions: nothing but ExpressionError, soon, and in little memory."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.expressions import (
    Expression,
    ExpressionError,
    check,
    compile_expression,
    compile_template,
)
from runner.engine.values import not_json
from tests.expressions.attacks import ATTACKS, HOSTILE, NAMES, names_for


@pytest.mark.parametrize("source", ATTACKS, ids=lambda source: repr(source)[:50])
def test_an_attack_ends_in_an_expression_error(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source).evaluate(NAMES)


# What the work of `pace` takes, in seconds, on a machine that nobody else uses.
QUICK = 0.014


def pace() -> float:
    """Return how many times longer than there the same work takes here and now, at least 1."""
    began = time.process_time()
    made: dict[int, Any] = {}
    for number in range(100_000):
        made[number % 97] = [number, str(number)]
    return max(1.0, (time.process_time() - began) / QUICK)


def shortest(attempt: Callable[[], float]) -> float:
    """Return the least of several times: what other work adds is not the attempt's."""
    least = attempt()
    for _ in range(12):
        if least < 0.05:
            break
        least = min(least, attempt() / pace())
    return least


def check_costs(attempt: Callable[[], float]) -> None:
    """Hold an attempt to fifty milliseconds and fifty megabytes."""
    assert shortest(attempt) < 0.05
    tracemalloc.start()
    attempt()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("source", [*ATTACKS, *HOSTILE], ids=lambda source: repr(source)[:50])
def test_an_attack_stays_below_fifty_megabytes_and_fifty_milliseconds(source: str) -> None:
    names = names_for(source)

    def attempt() -> float:
        began = time.process_time()
        with contextlib.suppress(ExpressionError):
            Expression(source).evaluate(names)
        return time.process_time() - began

    check_costs(attempt)


@pytest.mark.parametrize("source", [*ATTACKS, *HOSTILE], ids=lambda source: repr(source)[:50])
def test_what_an_attack_gives_is_a_value_that_tokens_carry(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert not_json(Expression(source).evaluate(names_for(source))) is None


@pytest.mark.parametrize(
    "template",
    [
        ["{{ sum(range(90000)) }}"] * 1000,
        ["{{ 'x' * 900000 }}"] * 1000,
        "{{ input.big }}" * 1000,
        ["{{ input.big }} "] * 1000,
        ["{{ input.huge }}"] * 1000,
        ["{{ [input.l] }}"] * 1000,
        {str(i): "{{ [x for x in input.l] }}" for i in range(1000)},
        ["y" * 900_000 + "{{ 1 }}"] * 1000,
    ],
    ids=["sums", "texts", "big", "big in text", "huge", "lists", "comprehensions", "long texts"],
)
def test_all_expressions_of_a_template_share_one_budget(template: Any) -> None:
    compiled = compile_template(template)
    names = names_for("input.huge")

    def attempt() -> float:
        began = time.process_time()
        with pytest.raises(ExpressionError):
            compiled.evaluate(names)
        return time.process_time() - began

    check_costs(attempt)


def test_doubtful_spellings_are_errors_and_print_nothing() -> None:
    code = (
        "from runner.engine.expressions import check\n"
        "print([bool(check('{{ ' + each + ' }}')) for each in ('\"\\\\d\"', '1if 1else 2', '1')])"
    )
    for flags in ([], ["-W", "error"]):
        shown = subprocess.run(
            [sys.executable, *flags, "-c", code], capture_output=True, text=True, timeout=60,
            cwd=Path(__file__).parents[2], check=False,
        )  # fmt: skip
        assert (shown.stdout, shown.stderr) == ("[True, True, False]\n", "")


alphabet = st.sampled_from(
    [*"0123456789.+-*/%()[]{}'\", :<>=!~|&^@\\",
       "input", "now", " if ", " else ", " for ", " in ", "not ", " and ", "len", "str", ".get(",
       ".split(", "**", "//", "f'", "lambda ", "{{", "}}", "__class__", "range(", "sorted("]
)  # fmt: skip


@given(st.lists(alphabet, max_size=25).map("".join) | st.text(max_size=60))
def test_no_text_raises_anything_but_an_expression_error(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_expression(source).evaluate(NAMES)
    with contextlib.suppress(ExpressionError):
        compile_template({"x": [source]}).evaluate(NAMES)
    found = check(source)
    assert found is None or found
