"""Expressions in parameters: Python's grammar over JSON values, bounded and without a way out."""

from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.expression import Expression, compile_expression
from runner.engine.expressions.template import Template, as_text, check, compile_template

__all__ = [
    "Expression",
    "ExpressionError",
    "Template",
    "as_text",
    "check",
    "compile_expression",
    "compile_template",
]
