"""One expression: compiled once, evaluated often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        return self._run(scope, self._result)

    def text(self, scope: Scope) -> str:
        """Return the value as it reads within a text, on the scope's budget."""
        return str(self._run(scope, text))

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

    def _run(self, scope: Scope, finish: Callable[[Scope, Any], Any]) -> Any:
        try:
            scope.at = 1
            scope.spend(self._cost)
            if self._slots:
                scope.slots = [None] * self._slots
            return finish(scope, self._closure(scope))
        except Refused as refused:
            raise ExpressionError(str(refused), self.source, scope.at) from None
        except ZeroDivisionError:
            raise ExpressionError("A division by zero.", self.source, scope.at) from None
        except OverflowError:
            raise ExpressionError("The number gets too large.", self.source, scope.at) from None
        except RecursionError:
            reason = "The expression or its values are nested too deep."
            raise ExpressionError(reason, self.source, scope.at) from None
        except ESCAPES as error:
            reason = f"The values do not fit ({type(error).__name__})."
            raise ExpressionError(reason, self.source, scope.at) from None


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
