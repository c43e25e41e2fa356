"""From Python's expression grammar to closures over JSON values; the rest is refused."""

from __future__ import annotations

import ast
import difflib
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from runner.engine.expressions.errors import DEEPEST, LONGEST_SOURCE, MOST_BITS, ExpressionError
from runner.engine.expressions.operations import (
    BINARY,
    FUNCTIONS,
    contains,
    equal,
    methods_of,
    ordered,
    text,
)
from runner.engine.expressions.scope import Refused, Scope, type_name

Closure = Callable[[Scope], Any]
CONSTANTS = {"true": True, "false": False, "null": None}
ORDER = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}
FORMAT = re.compile(r"(,?(\.\d{1,2})?[df%]?)?")
# What a closure may raise on odd values; anything else would be a fault of this package.
ESCAPES = (
    TypeError, ValueError, OverflowError, ZeroDivisionError, KeyError, IndexError,
    AttributeError, RecursionError, MemoryError, OSError,
)  # fmt: skip


class Expression:
    """A compiled expression."""

    __slots__ = ("_run", "source")

    def __init__(self, source: str, run: Closure) -> None:
        self.source = source
        self._run = run

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the value with these names. Raises ExpressionError, and nothing else."""
        scope = Scope(names)
        try:
            return self._run(scope)
        except Refused as refused:
            raise ExpressionError(str(refused), self.source, scope.at) from None
        except ZeroDivisionError:
            raise ExpressionError("A division by zero.", self.source, scope.at) from None
        except ESCAPES as error:
            reason = f"The values do not fit ({type(error).__name__})."
            raise ExpressionError(reason, self.source, scope.at) from None


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Return the compiled expression; texts that were seen before cost nothing.

    Raises ExpressionError where it is too long, nested too deep, no
    expression, or uses what is not offered.
    """
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"The expression is longer than {LONGEST_SOURCE:,} characters.")
    stripped = source.strip()
    if not stripped:
        raise ExpressionError("The expression is empty.")
    try:
        # Parentheses let it span lines, as templates do.
        tree = ast.parse(f"({stripped}\n)", mode="eval").body
    except SyntaxError as error:
        column = max(1, (error.offset or 2) - 1) if error.lineno == 1 else 1
        raise ExpressionError(f"This is no expression: {error.msg}.", stripped, column) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("The expression is nested too deep, or no text.") from None
    if isinstance(tree, ast.Tuple) and not tree.elts and not stripped.startswith("("):
        raise ExpressionError("The expression is only a comment.", stripped, 1)
    return Expression(stripped, _Compiler(stripped).compile(tree, 0, frozenset()))


class _Compiler:
    """Turns one tree into closures; one method for each kind of node that is offered."""

    def __init__(self, source: str) -> None:
        self._source = source

    def compile(self, node: ast.expr, depth: int, local: frozenset[str]) -> Closure:
        if depth > DEEPEST:
            raise self._error(node, f"The expression is nested deeper than {DEEPEST} levels.")
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise self._error(node, f"{type(node).__name__} is not offered in expressions.")
        closure: Closure = method(node, depth + 1, local)
        return closure

    def _column(self, node: ast.expr) -> int:
        return max(1, node.col_offset) if node.lineno == 1 else 1

    def _error(self, node: ast.expr, message: str) -> ExpressionError:
        return ExpressionError(message, self._source, self._column(node))

    # --- values -----------------------------------------------------------

    def _constant(self, node: ast.Constant, depth: int, local: frozenset[str]) -> Closure:
        value = node.value
        if value is not None and type(value) not in (str, int, float, bool):
            raise self._error(node, f"A value of the form {value!r} is not offered.")
        if type(value) is int and value.bit_length() > MOST_BITS:
            raise self._error(node, f"A whole number may have {MOST_BITS} bits at most.")
        if type(value) is float and value in (float("inf"), float("-inf")):
            raise self._error(node, "The number is too large.")
        return lambda scope: value

    def _name(self, node: ast.Name, depth: int, local: frozenset[str]) -> Closure:
        name, column = node.id, self._column(node)
        if name in local:
            return lambda scope: scope.local[name]
        if name in CONSTANTS:
            value = CONSTANTS[name]
            return lambda scope: value

        def look_up(scope: Scope) -> Any:
            try:
                return scope.names[name]
            except KeyError:
                scope.at = column
                known = sorted(scope.names)
                hint = "it is a function; call it" if name in FUNCTIONS else _suggest(name, known)
                raise Refused(f"There is no name {name!r}; {hint}.") from None

        return look_up

    def _list(self, node: ast.List | ast.Tuple, depth: int, local: frozenset[str]) -> Closure:
        items = [self.compile(item, depth, local) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    _tuple = _list

    def _dict(self, node: ast.Dict, depth: int, local: frozenset[str]) -> Closure:
        column = self._column(node)
        entries = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise self._error(node, "'**' is not offered in expressions.")
            entries.append((self.compile(key, depth, local), self.compile(value, depth, local)))

        def build(scope: Scope) -> dict[str, Any]:
            made = {}
            for key, value in entries:
                name = key(scope)
                if type(name) is not str:
                    scope.at = column
                    raise Refused(f"An object's keys are texts, not {type_name(name)}.")
                made[name] = value(scope)
            return made

        return build

    def _joinedstr(self, node: ast.JoinedStr, depth: int, local: frozenset[str]) -> Closure:
        parts = [self.compile(part, depth, local) for part in node.values]

        def join(scope: Scope) -> Any:
            made = ""
            for part in parts:
                made = scope.result(made + text(scope, part(scope)))
            return made

        return join

    def _formattedvalue(
        self, node: ast.FormattedValue, depth: int, local: frozenset[str]
    ) -> Closure:
        value, column = self.compile(node.value, depth, local), self._column(node)
        spec = ""
        if isinstance(node.format_spec, ast.JoinedStr):
            parts = node.format_spec.values
            if not all(isinstance(part, ast.Constant) for part in parts):
                raise self._error(node, "A format must be written out.")
            spec = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        if node.conversion != -1 or not FORMAT.fullmatch(spec):
            raise self._error(
                node, "Of formats only such as ',', '.2f', '.1%' and 'd' are offered."
            )
        if not spec:
            return value

        def show(scope: Scope) -> str:
            found = value(scope)
            scope.at = column
            if type(found) not in (int, float):
                raise Refused(f"The format {spec!r} needs a number, not {type_name(found)}.")
            return format(found, spec)

        return show

    # --- operators --------------------------------------------------------

    def _binop(self, node: ast.BinOp, depth: int, local: frozenset[str]) -> Closure:
        operate = BINARY.get(type(node.op).__name__)
        if operate is None:
            raise self._error(node, f"The operator {type(node.op).__name__} is not offered.")
        left = self.compile(node.left, depth, local)
        right = self.compile(node.right, depth, local)
        column = self._column(node)

        def compute(scope: Scope) -> Any:
            one, two = left(scope), right(scope)
            scope.at = column
            return operate(scope, one, two)

        return compute

    def _unaryop(self, node: ast.UnaryOp, depth: int, local: frozenset[str]) -> Closure:
        operand, column = self.compile(node.operand, depth, local), self._column(node)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.Invert):
            raise self._error(node, "The operator ~ is not offered.")
        sign = -1 if isinstance(node.op, ast.USub) else 1

        def compute(scope: Scope) -> Any:
            value = operand(scope)
            if type(value) not in (int, float):
                scope.at = column
                raise Refused(f"A sign needs a number, not {type_name(value)}.")
            return value * sign

        return compute

    def _boolop(self, node: ast.BoolOp, depth: int, local: frozenset[str]) -> Closure:
        values = [self.compile(value, depth, local) for value in node.values]
        stops = isinstance(node.op, ast.Or)

        def decide(scope: Scope) -> Any:
            value = None
            for each in values:
                value = each(scope)
                if bool(value) is stops:
                    return value
            return value

        return decide

    def _compare(self, node: ast.Compare, depth: int, local: frozenset[str]) -> Closure:
        first = self.compile(node.left, depth, local)
        rest = [
            (_comparison(type(op).__name__), self.compile(value, depth, local))
            for op, value in zip(node.ops, node.comparators, strict=True)
        ]
        column = self._column(node)

        def decide(scope: Scope) -> bool:
            left = first(scope)
            for compare, value in rest:
                right = value(scope)
                scope.at = column
                if not compare(scope, left, right):
                    return False
                left = right
            return True

        return decide

    def _ifexp(self, node: ast.IfExp, depth: int, local: frozenset[str]) -> Closure:
        test, body, other = (
            self.compile(part, depth, local) for part in (node.test, node.body, node.orelse)
        )
        return lambda scope: body(scope) if test(scope) else other(scope)

    # --- parts of values --------------------------------------------------

    def _attribute(self, node: ast.Attribute, depth: int, local: frozenset[str]) -> Closure:
        value, key, column = self.compile(node.value, depth, local), node.attr, self._column(node)
        end = (node.end_col_offset or 0) - len(key)
        column = end if node.end_lineno == 1 and end > 0 else column

        def look_up(scope: Scope) -> Any:
            found = value(scope)
            if type(found) is dict and key in found:
                return found[key]
            scope.at = column
            return member(found, key)

        return look_up

    def _subscript(self, node: ast.Subscript, depth: int, local: frozenset[str]) -> Closure:
        value, column = self.compile(node.value, depth, local), self._column(node)
        if isinstance(node.slice, ast.Slice):
            return self._sliced(node.slice, value, column, depth, local)
        key = self.compile(node.slice, depth, local)

        def look_up(scope: Scope) -> Any:
            found, place = value(scope), key(scope)
            scope.at = column
            return member(found, place)

        return look_up

    def _sliced(
        self, node: ast.Slice, value: Closure, column: int, depth: int, local: frozenset[str]
    ) -> Closure:
        bounds = [
            None if part is None else self.compile(part, depth, local)
            for part in (node.lower, node.upper, node.step)
        ]

        def cut(scope: Scope) -> Any:
            found = value(scope)
            places = [None if bound is None else bound(scope) for bound in bounds]
            scope.at = column
            if type(found) not in (str, list):
                raise Refused(f"Only texts and lists can be cut, not {type_name(found)}.")
            if any(place is not None and type(place) is not int for place in places):
                raise Refused("A cut needs whole numbers.")
            return scope.result(found[slice(*places)])

        return cut

    # --- calls ------------------------------------------------------------

    def _call(self, node: ast.Call, depth: int, local: frozenset[str]) -> Closure:
        column = self._column(node)
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._error(node, "'*' is not offered in calls.")
        if any(keyword.arg is None for keyword in node.keywords):
            raise self._error(node, "'**' is not offered in calls.")
        arguments = [self.compile(argument, depth, local) for argument in node.args]
        named = [(word.arg or "", self.compile(word.value, depth, local)) for word in node.keywords]
        if isinstance(node.func, ast.Name):
            name = node.func.id
            function = FUNCTIONS.get(name)
            if function is None:
                hint = _suggest(name, FUNCTIONS)
                raise self._error(node, f"There is no function {name!r}; {hint}.")

            def call(scope: Scope) -> Any:
                values = [argument(scope) for argument in arguments]
                words = {key: value(scope) for key, value in named}
                scope.at = column
                scope.spend()
                return _apply(name, function, scope, values, words)

            return call
        if not isinstance(node.func, ast.Attribute):
            raise self._error(node, "Only functions and methods can be called.")
        method = node.func.attr
        owner = self.compile(node.func.value, depth, local)

        def call_method(scope: Scope) -> Any:
            value = owner(scope)
            values = [value, *(argument(scope) for argument in arguments)]
            words = {key: each(scope) for key, each in named}
            scope.at = column
            scope.spend()
            offered = methods_of(value)
            if method not in offered:
                hint = _suggest(method, offered) if offered else "it has none"
                raise Refused(f"{type_name(value)} has no method {method!r}; {hint}.")
            return _apply(method, offered[method], scope, values, words)

        return call_method

    # --- comprehensions ---------------------------------------------------

    def _listcomp(
        self, node: ast.ListComp | ast.GeneratorExp, depth: int, local: frozenset[str]
    ) -> Closure:
        loops, inner = self._loops(node, node.generators, depth, local)
        element = self.compile(node.elt, depth, inner)

        def build(scope: Scope) -> list[Any]:
            made: list[Any] = []
            _run_loops(scope, loops, 0, lambda: made.append(element(scope)))
            return made

        return build

    _generatorexp = _listcomp

    def _dictcomp(self, node: ast.DictComp, depth: int, local: frozenset[str]) -> Closure:
        loops, inner = self._loops(node, node.generators, depth, local)
        key, value = self.compile(node.key, depth, inner), self.compile(node.value, depth, inner)

        def build(scope: Scope) -> dict[str, Any]:
            made: dict[str, Any] = {}

            def add() -> None:
                name = key(scope)
                if type(name) is not str:
                    raise Refused(f"An object's keys are texts, not {type_name(name)}.")
                made[name] = value(scope)

            _run_loops(scope, loops, 0, add)
            return made

        return build

    def _loops(
        self,
        node: ast.expr,
        generators: list[ast.comprehension],
        depth: int,
        local: frozenset[str],
    ) -> tuple[list[tuple[list[str], Closure, list[Closure]]], frozenset[str]]:
        loops = []
        for generator in generators:
            targets = (
                generator.target.elts
                if isinstance(generator.target, ast.Tuple)
                else [generator.target]
            )
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if len(names) != len(targets) or generator.is_async:
                raise self._error(node, "A loop's variables must be plain names.")
            source = self.compile(generator.iter, depth, local)
            local = local | set(names)
            tests = [self.compile(test, depth, local) for test in generator.ifs]
            loops.append((names, source, tests))
        return loops, local


def _run_loops(
    scope: Scope,
    loops: list[tuple[list[str], Closure, list[Closure]]],
    level: int,
    add: Callable[[], None],
) -> None:
    if level == len(loops):
        add()
        return
    names, source, tests = loops[level]
    values = source(scope)
    if isinstance(values, Mapping):
        values = list(values)
    if type(values) is not list:
        raise Refused(f"'for' needs a list, not {type_name(values)}.")
    hidden = {name: scope.local[name] for name in names if name in scope.local}
    for item in values:
        scope.spend(2)
        if len(names) == 1:
            scope.local[names[0]] = item
        elif type(item) is list and len(item) == len(names):
            scope.local.update(zip(names, item, strict=True))
        else:
            raise Refused(f"An item does not have {len(names)} parts.")
        if all(test(scope) for test in tests):
            _run_loops(scope, loops, level + 1, add)
    scope.local.update(hidden)


def _apply(
    name: str,
    function: Callable[..., Any],
    scope: Scope,
    values: list[Any],
    words: dict[str, Any],
) -> Any:
    try:
        return function(scope, *values, **words)
    except TypeError:
        raise Refused(f"{name} does not take these arguments.") from None


def _comparison(name: str) -> Callable[[Scope, Any, Any], bool]:
    if name in ORDER:
        compare = ORDER[name]
        return lambda scope, left, right: ordered(scope, left, right, compare)
    if name in ("Eq", "Is"):
        return equal
    if name in ("NotEq", "IsNot"):
        return lambda scope, left, right: not equal(scope, left, right)
    if name == "In":
        return contains
    return lambda scope, left, right: not contains(scope, left, right)


def member(value: Any, key: Any) -> Any:
    """Return an object's value for a key, or a list's item or a text's character at a place."""
    if isinstance(value, Mapping):
        if type(key) is str and key in value:
            return value[key]
        shown = repr(key)[:60]
        raise Refused(f"There is no {shown} here; {_suggest(key, list(value))}.")
    if type(value) in (list, str) and type(key) is int:
        if -len(value) <= key < len(value):
            return value[key]
        raise Refused(f"There is no item {key}; there are {len(value)}.")
    if value is None:
        raise Refused(f"There is no {str(key)[:60]!r} in null.")
    raise Refused(f"{type_name(value).capitalize()} has no {str(key)[:60]!r}.")


def _suggest(word: Any, known: Any) -> str:
    names = [name for name in list(known)[:200] if isinstance(name, str) and len(name) <= 60]
    close = difflib.get_close_matches(word, names, n=1) if isinstance(word, str) else []
    if close and len(str(word)) <= 60:
        return f"did you mean {close[0]!r}?"[:-1]
    return "known are " + (", ".join(names[:12]) or "none") + ("…" if len(names) > 12 else "")
