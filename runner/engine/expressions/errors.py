"""The one error that expressions raise."""

from __future__ import annotations

from runner.engine.errors import EngineError


class ExpressionError(EngineError):
    """An expression cannot be read or evaluated.

    `column` counts from 1 in the expression's own text.
    """

    code = "expression_error"

    def __init__(self, message: str, source: str = "", column: int | None = None) -> None:
        self.reason = message
        self.column = column
        self.source = source
        shown = source
        if len(shown) > 80:
            start = max(0, min((column or 1) - 40, len(shown) - 80))
            more = start + 80 < len(shown)
            shown = "…" * bool(start) + shown[start : start + 80] + "…" * more
        place = f" (column {column} of `{shown}`)" if column is not None else ""
        super().__init__(message + place)
