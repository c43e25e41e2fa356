"""The one error that expressions raise, and the limits that they keep."""

from __future__ import annotations

from runner.engine.errors import EngineError

LONGEST_SOURCE = 10_000  # characters of one expression
DEEPEST = 40  # levels of nesting in an expression, and in its JSON
BUDGET = 100_000  # units of work of one evaluation; a plain operation is one
LONGEST_TEXT = 1_000_000  # characters of a text that an operation makes
MOST_BITS = 256  # of a whole number


class ExpressionError(EngineError):
    """An expression cannot be read or evaluated.

    `column` counts from 1 in the expression's own text.
    """

    code = "expression_error"

    def __init__(self, message: str, source: str = "", column: int | None = None) -> None:
        self.reason = message
        self.column = column
        shown = source.strip()
        if len(shown) > 80:
            start = max(0, min((column or 1) - 40, len(shown) - 80))
            shown = "…" * bool(start) + shown[start : start + 80] + "…"
        place = f" (column {column} of `{shown}`)" if column is not None else ""
        super().__init__(message + place)
