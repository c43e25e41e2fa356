"""One expression: compiled once, evaluated often."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from runner.engine.expressions.compiler import Compiler
from runner.engine.expressions.conversions import measure, text, whole_result
from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.loops import Closure
from runner.engine.expressions.parsing import Source
from runner.engine.expressions.scope import Refused, Scope

# Characters of the expressions that are kept compiled; each takes some 200 bytes.
MOST_KEPT = 300_000
# What an operation could raise on values that its own checks let pass. None is known that does,
# but nothing other than an ExpressionError may ever come out.
ESCAPES = (
    TypeError, ValueError, KeyError, IndexError, AttributeError, MemoryError, OSError,
)  # fmt: skip
WRONG = (Refused, ZeroDivisionError, OverflowError, RecursionError, *ESCAPES)


class Expression:
    """A compiled expression."""

    __slots__ = ("_builds", "_closure", "_cost", "_slots", "source")

    def __init__(self, text: str) -> None:
        """Compile the text. Raises ExpressionError where it cannot be read."""
        source = Source(text)
        compiler = Compiler(source)
        self.source = source.text
        try:
            self._closure: Closure = compiler.compile(source.tree, 0, {})
        except RecursionError:
            raise ExpressionError("The expression is nested too deep.") from None
        self._cost = compiler.cost
        self._slots = compiler.slots
        self._builds = compiler.builds

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the value with these names. Raises ExpressionError, and nothing else."""
        return self.value(Scope(names))

    def value(self, scope: Scope) -> Any:
        """Return the value, as tokens can carry it, on the scope's budget."""
        try:
            value = self._compute(scope)
            kind = type(value)
            return value if kind is bool or kind is float else self._result(scope, value)
        except WRONG as error:
            raise self._told(scope, error) from None

    def text(self, scope: Scope) -> str:
        """Return the value as it reads within a text, on the scope's budget."""
        try:
            return str(text(scope, self._compute(scope)))
        except WRONG as error:
            raise self._told(scope, error) from None

    def _compute(self, scope: Scope) -> Any:
        scope.at = 1
        scope.spend(self._cost)
        if self._slots:
            scope.slots = [None] * self._slots
        return self._closure(scope)

    def _result(self, scope: Scope, value: Any) -> Any:
        kind = type(value)
        if kind is int:
            return whole_result(value)
        if kind is list or kind is dict:
            # What was only looked up is a token's value already, however large it is.
            if self._builds:
                measure(scope, value)
            else:
                scope.spend(len(value) // 100)
        elif kind is str:
            scope.spend(len(value) // 1000)
        return value

    def _told(self, scope: Scope, error: Exception) -> ExpressionError:
        if isinstance(error, Refused):
            reason = str(error)
        elif isinstance(error, ZeroDivisionError):
            reason = "A division by zero."
        elif isinstance(error, OverflowError):
            reason = "The number gets too large."
        elif isinstance(error, RecursionError):
            reason = "The expression or its values are nested too deep."
        else:
            reason = "The values are of types that do not fit together here."
        return ExpressionError(reason, self.source, scope.at)


_kept: dict[str, Expression] = {}
_lock = Lock()


def compile_expression(source: str) -> Expression:
    """Return the compiled expression; texts that were seen before cost nothing.

    Raises ExpressionError where it is too long, nested too deep, no
    expression, or uses what is not offered.
    """
    found = _kept.get(source)
    return found if found is not None else _keep(source, Expression(source))


def _keep(source: str, expression: Expression) -> Expression:
    with _lock:
        if sum(map(len, _kept)) + len(source) > MOST_KEPT:
            _kept.clear()
        _kept[source] = expression
    return expression
