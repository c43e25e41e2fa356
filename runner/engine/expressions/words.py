"""What people call the parts of Python that expressions do not have."""

from __future__ import annotations

import ast

_WORDS: dict[str, str] = {
    "Await": "'await'",
    "BitAnd": "&",
    "BitOr": "|",
    "BitXor": "^",
    "Interpolation": "A t-text",
    "LShift": "<<",
    "Lambda": "'lambda'",
    "MatMult": "@",
    "NamedExpr": "':='",
    "RShift": ">>",
    "Set": "A set in { }",
    "SetComp": "A set in { }",
    "Starred": "'*' before a value",
    "TemplateStr": "A t-text",
    "Yield": "'yield'",
    "YieldFrom": "'yield'",
}


def word_of(node: ast.AST) -> str:
    """Return what a node of a syntax tree looks like where it is written."""
    kind = type(node).__name__
    return _WORDS.get(kind, kind)
