"""What expressions share with Python they do as Python does, or they refuse it."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engine.expressions import ExpressionError, compile_expression

# What both know by the same names; `false` and `null` are names here, constants there.
FUNCTIONS = {
    "len": len, "sum": sum, "min": min, "max": max, "sorted": sorted, "abs": abs, "round": round,
    "list": list, "any": any, "all": all, "bool": bool,
}  # fmt: skip
NAMES: dict[str, Any] = {
    "a": 3,
    "b": -0.5,
    "t": "Abc c",
    "l": [1, 2.5, 0, -7],
    "w": ["b", "a", "b c"],
    "o": {"k": 1, "n": None, "l": [[1], [2, 3]]},
    "n": None,
    "y": True,
}
leaves = st.sampled_from(
    ["0", "1", "2", "7", "0.5", "1e3", "'a'", "'b c'", "''", "None", "True", "[]", "{}",
     "a", "b", "t", "l", "w", "o", "n", "y", "o['l']", "o['k']", "x"]
)  # fmt: skip


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions that are made of smaller ones."""
    binary = st.sampled_from(["+", "-", "*", "/", "//", "%", "**"])
    compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "in", "not in"])
    logic = st.sampled_from(["and", "or"])
    function = st.sampled_from(sorted(FUNCTIONS))
    method = st.sampled_from(
        ["upper()", "lower()", "title()", "strip()", "split()", "splitlines()", "isdigit()",
         "split('b')", "count('b')", "find('c')", "replace('b', 'x')", "join(w)", "startswith('A')",
         "removeprefix('A')", "count(1)", "get('k')", "get('z', 5)", "keys()", "values()",
         "items()", "index(2.5)"]
    )  # fmt: skip
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, compare, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, compare, inner, compare, inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(inner, logic, inner).map(lambda p: f"({' '.join(p)})"),
        inner.map(lambda p: f"(not {p})"),
        inner.map(lambda p: f"(-{p})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}[{p[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"{p[0]}[{p[1]}:{p[2]}]"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}[::{p[1]}]"),
        st.lists(inner, max_size=3).map(lambda p: f"[{', '.join(p)}]"),
        st.tuples(inner, inner).map(lambda p: f"{{'p': {p[0]}, t: {p[1]}}}"),
        st.tuples(function, inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, method).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(inner, inner, inner).map(lambda p: f"[{p[0]} for x in {p[1]} if {p[2]}]"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]} for x in l for x in {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{z: {p[0]} for z, x in ({p[1]}).items()}}"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]} for x, z in {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"any({p[0]} for x in {p[1]})"),
    )


def jsonlike(value: Any) -> Any:
    """Return Python's value as expressions have it: views and tuples are lists there."""
    if isinstance(value, dict):
        return {key: jsonlike(item) for key, item in value.items()}
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, complex):
        raise ArithmeticError
    return [jsonlike(item) for item in value]


def exactly(value: Any) -> Any:
    """Return a form that also tells numbers from booleans and 1 from 1.0."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    return type(value).__name__, value


def holds_boolean_as_number(source: str) -> bool:
    """Say whether a boolean could meet a number: the one deviation that gives another value."""
    return any(sign in source for sign in ("==", "!=", " in ", "count(1)", "index("))


@pytest.mark.filterwarnings("ignore")
@given(st.recursive(leaves, larger, max_leaves=6))
def test_an_expression_gives_what_python_gives_or_is_refused(source: str) -> None:
    try:
        found = compile_expression(source).evaluate(NAMES)
    except ExpressionError:
        return
    wanted: Any = "nothing"
    with contextlib.suppress(OverflowError, ArithmeticError):
        # Python refuses `x` where an inner loop hides it; there it is refused, too, or unbound.
        wanted = jsonlike(eval(source, {"__builtins__": {}, **FUNCTIONS, **NAMES}))
    if holds_boolean_as_number(source) and exactly(found) != exactly(wanted):
        assert "True" in source or "y" in source or "not" in source or "bool" in source
        return
    assert exactly(found) == exactly(wanted)


@pytest.mark.parametrize(
    "source",
    ["l[0] + l[1] * 2", "[x * 2 for x in l if x > 1]", "sorted(w)[0].upper()", "t[::-1]",
     "round(2.5)", "round(2.5, 0)", "7 // -2", "-7 % 3", "2 ** -1", "l[-1:] + [o['k']]",
     "{k: v for k, v in o.items() if v}", "[x for x in l for x in [x, x]]", "0 or '' or n",
     "[[y, x] for x in w for y in x.split()]", "sum(x for x in l)", "1 < 2 < 2", "[0] == [0.0]",
     "t.split('c')", "'a' in o", "len(o['l'][1])"],
)  # fmt: skip
def test_what_people_write_every_day_is_not_refused(source: str) -> None:
    found = compile_expression(source).evaluate(NAMES)
    wanted = jsonlike(eval(source, {"__builtins__": {}, **FUNCTIONS, **NAMES}))
    assert exactly(found) == exactly(wanted)


numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), numbers)
def test_arithmetic_gives_pythons_number_or_is_refused(one: Any, sign: str, two: Any) -> None:
    try:
        found = compile_expression(f"text(a {sign} b)").evaluate({"a": one, "b": two})
    except ExpressionError:
        return
    wanted = eval(f"a {sign} b", {"a": one, "b": two})
    assert math.isfinite(wanted)
    assert float(found) == float(wanted)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("[x for x in [1, 2]] + [x]", [1, 2, 9]),
        ("[x for x in [x, 1]]", [9, 1]),
        ("[[x for x in [x + 1]][0] for x in [1, 2]]", [2, 3]),
        ("[x + y for x in [1, 2] for y in [x * 10]]", [11, 22]),
        ("[x for x in [[1], [2]] for x in x]", [1, 2]),
        ("[input for input in [1]] + [input.a]", [1, 5]),
        ("{k: [v for v in vs] for k, vs in {'p': [1]}.items()}", {"p": [1]}),
        ("any(x > 1 for x in [1, 2]) and x", 9),
        ("[a for a, b in [[1, 2], [3, 4]] if b > 2]", [3]),
    ],
)
def test_a_loops_variable_is_its_own(source: str, value: Any) -> None:
    assert compile_expression(source).evaluate({"x": 9, "input": {"a": 5}}) == value


def test_an_error_in_a_loop_leaves_nothing_behind() -> None:
    broken = compile_expression("[x.nothing for x in [1]]")
    with pytest.raises(ExpressionError, match="A number has no 'nothing'"):
        broken.evaluate({"x": 9})
    assert compile_expression("x").evaluate({"x": 9}) == 9
