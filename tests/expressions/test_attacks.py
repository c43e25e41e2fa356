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

NAMES: dict[str, Any] = {"input": {"a": 1, "t": "x" * 1000, "l": list(range(1000))}, "now": 0}

ATTACKS = [
    "().__class__.__bases__[0].__subclasses__()",
    "input.__class__",
    "''.__class__.__mro__",
    "input['__class__']['__init__']",
    "(1).__add__(1)",
    "[].append(1)",
    "[].__iadd__([1])",
    "input.update({'a': 2})",
    "input.pop('a')",
    "__import__('os').system('id')",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "getattr(input, 'a')",
    "globals()",
    "vars()",
    "type(input)",
    "print(1)",
    "(lambda: 1)()",
    "lambda x: x",
    "(x := 5)",
    "[x async for x in input.l]",
    "await input",
    "(yield 1)",
    "*input.l",
    "[*input.l]",
    "{**input}",
    "len(*input.l)",
    "{1, 2}",
    "1j",
    "b'x'",
    "...",
    "'%1000000000d' % 1",
    "'{0.__class__}'.format(1)",
    "'{:>1000000000}'.format(1)",
    "f'{1:>1000000000}'",
    "f'{1:{1000000000}}'",
    "f'{1!r}'",
    "'x'.zfill(1000000000)",
    "'x'.ljust(1000000000)",
    "'x'.expandtabs(1000000000)",
    "'a' * 1000000000",
    "1000000000 * 'a'",
    "('a' * 1000000) * 1000",
    "[1] * 1000000000",
    "9 ** 9 ** 9",
    "2 ** 1000000",
    "(-8) ** 0.5",
    "0 ** -1",
    "1.5 ** 99999999",
    "1 << 1000000",
    "~1",
    "1 / 0",
    "1 // 0",
    "1 % 0",
    "1e999",
    "9" * 5000,
    "int('9' * 1000000)",
    "float('nan')",
    "float('inf')",
    "range(1000000000)",
    "sum(range(100000) for i in range(1000))",
    "[i for i in range(100000) for j in range(100000)]",
    "[[i for i in range(1000)] for j in range(100000)]",
    "[input.t * 900 for i in range(1000)]",
    "{str(i): input.t * 900 for i in range(1000)}",
    "'x'.join(['y' * 100000 for i in range(1000)])",
    "input.t.replace('x', 'y' * 100000)",
    "input.t.replace('', 'y' * 10000)",
    "json([input.l for i in range(100000)])",
    "parse_json('[' * 100000)",
    "sorted([1, 'a'])",
    "max([])",
    "'a' < 1",
    "'a' + 1",
    "[] + {}",
    "-'a'",
    "input.l['a']",
    "input.l[10**10]",
    "input.l[1.5]",
    "input.l[::0]",
    "iso(10**20)",
    "round(1, 10**9)",
    "((((((((((" * 500,
    "[" * 3000,
    "-" * 9000 + "1",
    "not " * 2400 + "1",
    "1" + "+1" * 4900,
    "a" + ".b" * 4900,
    "x if x else " * 800 + "1",
    "\x00",
    "\ud800",
    "1;2",
    "import os",
    "x = 1",
    "",
    "   ",
    "'",
    "#",
    "x" * 20_000,
    "len(",
    "}}",
]


# Each of these may succeed, if it is soon done and gives what a token can carry.
DAG = "[x, x]"
for _level in range(30):
    DAG = f"[[x, x] for x in [{DAG}]][0]"
DAG = f"[{DAG} for x in [1]][0]"
TWO = f"[[a, b] for a in [{DAG}] for b in [{DAG}]][0]"
HOSTILE = [
    DAG,
    f"text({DAG})",
    f"json({DAG})",
    f"f'{{{DAG}}}'",
    f"len({DAG})",
    f"[p[0] == p[1] for p in [{TWO}]]",
    f"[p[0] in [p[1]] for p in [{TWO}]]",
    f"[[p[1]].count(p[0]) for p in [{TWO}]]",
    f"[[p[1]].index(p[0]) for p in [{TWO}]]",
    f"{{'a': {DAG}}} == {{'a': {DAG}}}",
    f"input[{DAG}]",
    f"{DAG}[{DAG}]",
    f"parse_json({DAG})",
    f"[x for x, y, z in [{DAG}]]",
    "[input for i in range(20000)]",
    "[input.t for i in range(20000)]",
    "[input.big for i in range(20000)]",
    "[input.texts for i in range(20000)]",
    "{text(i): input.l for i in range(10000)}",
    "[input.l == input.m for i in range(10000)]",
    "[input.m in [input.l, input.l] for i in range(10000)]",
    "[input.big == input.big2 for i in range(20000)]",
    "[input.big < input.big2 for i in range(20000)]",
    "[[input.big2] == [input.big] for i in range(20000)]",
    "[input.big2 in input.texts for i in range(20000)]",
    "[input.wide < input.big for i in range(20000)]",
    "['b' in input.t for i in range(100000)]",
    "['ab' in input.big for i in range(20000)]",
    "[('a' * 49 + 'b' + 'a' * 49) in input.as for i in range(20000)]",
    "[input.big.count('xy') for i in range(20000)]",
    "[input.big.find('x' * 500 + 'y') for i in range(20000)]",
    "[input.big.replace('x', 'xx') for i in range(20000)]",
    "[input.big.replace('', 'y') for i in range(20000)]",
    "[input.big.split('x') for i in range(20000)]",
    "input.big.split('x')",
    "('a\\n' * 400000).splitlines()",
    "('😀\\n' * 400000).splitlines()",
    "('😀\\u2028' * 400000).splitlines()",
    "('😀 ' * 400000).split()",
    "[input.lines.splitlines() for i in range(20000)]",
    "'x'.split('')",
    "'x'.split(null)",
    "input.big.strip('b' * 900000 + 'x')",
    "[input.big.strip('x') for i in range(20000)]",
    "[input.wide.strip('é') for i in range(20000)]",
    *(
        f"[input.wide.{name}() for i in range(20000)]"
        for name in ("upper", "lower", "title", "capitalize", "casefold", "isalpha", "isdigit")
    ),
    *(f"[input.greek.{name}() for i in range(20000)]" for name in ("upper", "title", "casefold")),
    "['😀' * 1000000 for i in range(1000)]",
    "['😀' * 99 for i in range(100000)]",
    "['x' * 99 for i in range(100000)]",
    "['é' * 19 + text(i) for i in range(100000)]",
    "[[] for i in range(100000)]",
    "[{} for i in range(100000)]",
    "[{'a': 1} for i in range(100000)]",
    "[{'a': i, 'b': [i]} for i in range(100000)]",
    "[i * 1.5 for i in range(100000)]",
    "[10 ** 70 + i for i in range(100000)]",
    "{text(i): i for i in range(100000)}",
    "{'k' + text(i): {'k' + text(j): [j] for j in range(50)} for i in range(5000)}",
    "[[" + "i," * 4000 + "] for i in range(100000)]",
    "[" + "not " * 90 + "i for i in range(100000)]",
    "[" + " or ".join(["0"] * 2000) + " for i in range(100000)]",
    "[" + " < ".join(["0"] * 2000) + " for i in range(100000)]",
    "[" + " == ".join(["0"] * 2000) + " for i in range(100000)]",
    "[i" + "[0]" * 90 + " for i in range(100000)]",
    "[f'" + "{i}" * 2000 + "' for i in range(100000)]",
    "[f'" + "{i:,.9f}" * 1000 + "' for i in range(100000)]",
    "[1e308.x for i in range(100000)]",
    "[i for i in range(100000) if i if i if i]",
    "[0 for i in range(300) for j in range(300) for k in range(300)]",
    "[0" + " for i in range(9)" * 90 + "]",
    "[0" + " for i in [1]" * 90 + "]",
    "[0" + " for i in [1]" * 700 + "]",
    "list(" * 90 + "input.l" + ")" * 90,
    "sorted(input.numbers)",
    "sorted(input.texts)",
    "[sorted(input.texts) for i in range(20000)]",
    "[sorted(input.l) for i in range(20000)]",
    "[sorted(input.mixed) for i in range(20000)]",
    "[max(input.texts) for i in range(20000)]",
    "[min(input.l) for i in range(20000)]",
    "[sum(input.l) for i in range(20000)]",
    "[list(input.l) for i in range(20000)]",
    "[reversed(input.l) for i in range(20000)]",
    "[input.l[:] for i in range(20000)]",
    "[input.l[::-1] for i in range(20000)]",
    "[input.l + input.l for i in range(20000)]",
    "[any(input.zeros) for i in range(20000)]",
    "[all(input.l) for i in range(20000)]",
    "[0.5 in input.mixed for i in range(20000)]",
    "[true in input.l for i in range(20000)]",
    "[1 in input.zeros for i in range(20000)]",
    "['z' in input.texts for i in range(20000)]",
    "[input.l.count(1) for i in range(20000)]",
    "[input.l.index(999) for i in range(20000)]",
    "zip(" + "input.l, " * 500 + "[1])",
    "zip(" + "input.l, " * 900 + "input.l)",
    "[zip(input.l, input.l) for i in range(20000)]",
    "zip()",
    "zip(range(100000), range(100000), range(100000))",
    "enumerate(range(100000))",
    "[enumerate(input.l) for i in range(20000)]",
    "enumerate([1], 10 ** 76)",
    "[range(1000) for i in range(20000)]",
    "range(10 ** 70)",
    "range(0, -10 ** 70, -1)",
    "range(1, 2, 0)",
    "[','.join(input.texts) for i in range(20000)]",
    "[json(input.l) for i in range(20000)]",
    "[json('\\x00' * 1000) for i in range(20000)]",
    "parse_json('[' + '[],' * 330000 + '1]')",
    "parse_json('[' + '[],' * 240000 + '1]')",
    "parse_json('[' + '{\"a\":1},' * 80000 + '1]')",
    "parse_json('1' + '0' * 900000)",
    "parse_json('[' * 1000 + ']' * 1000)",
    "parse_json('NaN')",
    "parse_json('1e999')",
    "parse_json('\"\\\\ud800\"')",
    "[parse_json('{\"a\":[{}]}') for i in range(20000)]",
    "input.keys",
    "text(input)",
    "sorted(input)",
    "input.many",
    "sorted(input.many)",
    "text(input.many)",
    "json(input.many)",
    "list(input.many)",
    "input.many.items()",
    "[input.many.values() for i in range(20000)]",
    "[k for k in input.many]",
    "{k: v for k, v in input.many.items()}",
    "input.many.nothing",
    "input.alike." + "ab" * 20,
    "input.alike['" + "ab" * 20 + "']",
    "input['" + "ab" * 2000 + "']",
    "ab" * 20,
    "input.huge.upper()",
    "input.huge[::2]",
    "input.huge + 'x'",
    "'y' in input.huge",
    "input.huge.count('y')",
    "input.huge.split('y')",
    "input.huge == input.huge2",
    "[input.huge]",
    "text([input.huge])",
    "number(input.huge)",
    "len(input.million)",
    "[x for x in input.million]",
    "sorted(input.million)",
    "sum(input.million)",
    "max(input.million)",
    "list(input.million)",
    "text(input.million)",
    "input.million == input.million2",
    "-1 in input.million",
    "'x'.join(input.million)",
    "input.million[1:]",
    "enumerate(input.million)",
    "[input.million, 1]",
    "round(1e308, -308)",
    "round(1.7e308, -20)",
    "round(1e308)",
    "int(1e308)",
    "[round(1.23456, 3) for i in range(100000)]",
    "2 ** 63",
    "-2 ** 63 - 1",
    "[2 ** 63]",
    "{'a': {'b': [2 ** 64]}}",
    "json(2 ** 70)",
    "text(2 ** 200)",
    "parse_json('18446744073709551615')",
    "[9 ** 80 % 7 for i in range(100000)]",
    "1e308 * 10",
    "1e308 + 1e308",
    "1e308 * 10 - 1e308 * 10",
    "sum([1e308, 1e308])",
    "10 ** 76 * 1.5 ** 1000",
    "2.5 ** 10000",
    "10 ** -400",
    "(10 ** 76) ** -5",
    "float('-inf')",
    "number('infinity')",
    "0.0 ** -1",
    "1e308 // 1e-308",
    "1 % 1e-320",
    "int('1' * 61)",
    "int('\\u0661')",
    "iso(-1e300)",
    "iso(10 ** 70)",
    "iso(-99999999999)",
    "iso(1e-320)",
    "iso(253402300800)",
    "f'{1.5:d}'",
    "f'{1:.2d}'",
    "f'{10 ** 76:,.99f}'",
    "f'{1e308:.99f}'",
    "f'{1e308:.99%}'",
    "'\\ud800'",
    "f'\\ud800'",
    "{'\\ud800': 1}",
    "input['\\udfff']",
    "'\\d'",
    "'\\400'",
    "1 is 1",
    "1 is not 'a'",
    "1if 1else 2",
    "0x1for x in []",
    "(1)(2)",
    "[1][1, 2]",
    "input.ﬁ",
    "ｉnput.a",
    "[ﬁ for ﬁ in [1]]",
    "1) + (2",
    "1] + [2",
    "1], [2",
    "1, 2",
    "x for x in [1]",
    "x := 1",
    "input\x00",
    "input.a # it's",
    "f'{f\"{1}\"}'",
    "f'{" * 60 + "1" + "}'" * 60,
    "(" * 150 + "1" + ")" * 150,
    "[" * 95 + "]" * 95,
    "{'a':" * 95 + "1" + "}" * 95,
    "1 if " * 1500 + "1" + " else 0" * 600,
    "+" * 9999 + "1",
    "~" * 300 + "1",
    "1" + "**1" * 3000,
    "1" + " and 1" * 1500,
    "a" + "()" * 4900,
    "a" + "[0]" * 3300,
    "lambda:" * 1400 + "1",
    "1," * 4999,
    "{'a':1," * 1400,
    "text(value=1)",
    "text(scope=1)",
    "sorted([1], key=1)",
    "sorted([1], reverse=true, reverse=true)",
    "round(1, digits=1, value=2)",
    "len()",
    "len(1, 2)",
    "max()",
    "'x'.upper(1)",
    "'x'.upper(value='y')",
    "'x'.replace('x')",
    "'x'.join(1)",
    "'x'.join([1])",
    "input.get()",
    "input.get('a', default=1, key='a')",
    "[len(len) for len in [1]]",
    "[x for x in [1]] + [x]",
    "[true for true in [false]]",
    "[x for x, x in [[1, 2]]]",
    "[x for () in [1]]",
    "[x for x.y in [1]]",
    "[x for x[0] in [1]]",
    "[x for (x, (y, z)) in [1]]",
    "[x for *x in [1]]",
    "[x for x in 'text']",
    "[x for x in x]",
]
SAMPLES: dict[str, Any] = {
    **NAMES["input"],
    "m": list(range(1000)),
    "as": "a" * 30_000,
    "big": "x" * 999_999,
    "big2": "x" * 999_998 + "y",
    "wide": "é" * 500_000,
    "greek": "ΐ" * 500_000,
    "lines": "a\n" * 20_000,
    "texts": ["prefix" * 1000 + str(i * 7919 % 500) for i in range(500)],
    "numbers": [i * 7919 % 100_003 for i in range(100_000)],
    "mixed": [(i * 7919 % 1009) + (0.5 if i % 3 else 0) for i in range(1000)],
    "zeros": [0] * 1000,
}
LARGE: dict[str, Any] = {
    "many": {f"key number {i} {'ab' * 20}": i for i in range(100_000)},
    "alike": {"ab" * 18 + f"{i:04}": i for i in range(10_000)},
    "huge": "x" * 16_000_000,
    "huge2": "x" * 15_999_999 + "y",
    "million": list(range(1_000_000)),
    "million2": list(range(1_000_000)),
}


def names_for(source: str) -> dict[str, Any]:
    """Return names whose values are only as large as the attack needs them."""
    large = {key: value for key, value in LARGE.items() if f"input.{key}" in source}
    return {"input": {**SAMPLES, **large}, "now": 0}


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
    for _ in range(4):
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
    ids=lambda template: repr(template)[:40],
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
