"""The reference of expressions says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runner.engine.expressions import ExpressionError, compile_expression, limits
from runner.engine.expressions.functions import FUNCTIONS
from runner.engine.expressions.methods import LIST_METHODS, OBJECT_METHODS, TEXT_METHODS
from runner.engine.expressions.told import GIVES
from runner.engine.step import StepRun
from runner.engine.values import DEEPEST

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "expressions.md").read_text("utf-8")
NAMES = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])


def rows(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def code(cell: str) -> str:
    """Return what stands between the backquotes of a cell."""
    return cell.strip("`")


EXAMPLES = [
    (code(cells[-2]), json.loads(code(cells[-1])))
    for title in ("Values", "Lookups", "Operators", "Functions", "Methods")
    for cells in rows(title)
]


@pytest.mark.parametrize(("source", "value"), EXAMPLES, ids=lambda each: str(each)[:40])
def test_an_example_gives_what_it_says(source: str, value: Any) -> None:
    found = compile_expression(source).evaluate(NAMES)
    assert json.dumps(found) == json.dumps(value)


def test_every_function_and_method_is_told_as_it_is_called_and_no_other() -> None:
    methods = [*TEXT_METHODS.values(), *LIST_METHODS.values(), *OBJECT_METHODS.values()]
    assert [code(cells[0]) for cells in rows("Functions")] == [
        each.usage for each in FUNCTIONS.values()
    ]
    assert sorted(code(cells[0]) for cells in rows("Methods")) == sorted(
        each.usage for each in methods
    )


def test_what_calls_give_is_told_to_the_editor_in_the_same_words() -> None:
    told = {code(cells[0]): cells[1] for cells in (*rows("Functions"), *rows("Methods"))}
    assert dict(GIVES) == told


@pytest.mark.parametrize("title", ["Functions", "Methods"])
def test_an_example_calls_what_its_row_tells(title: str) -> None:
    for cells in rows(title):
        name = code(cells[0]).split("(")[0].split(".")[-1]
        assert f"{name}(" in cells[-2]


def test_every_name_of_a_step_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", " ".join(cells[0] for cells in rows("Names"))))
    source = (Path(__file__).parents[2] / "runner" / "engine" / "step.py").read_text("utf-8")
    given = set(re.findall(r'"(\w+)": ', source.split("def names")[1].split("return")[0]))
    assert hasattr(StepRun, "names")
    # The names within `run` are told in its row; a node's own come beside the step's.
    assert told - {"id", "started"} == given - {"id", "started"}


def test_the_limits_are_those_of_the_code() -> None:
    told = [int(cells[-1].replace(",", "")) for cells in rows("Limits")]
    assert told == [
        limits.LONGEST_SOURCE, limits.DEEPEST, limits.BUDGET, limits.LONGEST_TEXT,
        limits.MOST_BITS, 64, DEEPEST,
    ]  # fmt: skip


@pytest.mark.parametrize("cells", rows("Errors"), ids=lambda cells: cells[0])
def test_an_error_says_what_is_told(cells: list[str]) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_expression(code(cells[0])).evaluate(NAMES)
    assert str(raised.value).startswith(cells[1])


@pytest.mark.parametrize("cells", rows("Differences from Python"), ids=lambda cells: cells[0])
def test_a_difference_from_python_is_as_told(cells: list[str]) -> None:
    source, here = code(cells[0]), cells[1]
    if here.startswith("an error"):
        with pytest.raises(ExpressionError):
            compile_expression(source).evaluate(NAMES)
    else:
        said = re.match(r"`(.*?)`", here)
        assert said is not None
        assert json.dumps(compile_expression(source).evaluate(NAMES)) == said[1]
