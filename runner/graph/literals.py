"""Parameters that say how a node is drawn: they are read before a run, so nothing computes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationInfo

from runner.graph.document import Document
from runner.graph.plan import Typed, Types
from runner.graph.problems import Problem

# What a parameter's declaration says where its value must stand in the drawing.
LITERAL: dict[str, Any] = {"literal": True}

# The context in which models judge what stands in a drawing.
DRAWN = {"drawn": True}


def is_drawn(info: ValidationInfo) -> bool:
    """Say whether a value is judged as it stands in the drawing.

    What a run computes is judged where it is used: only there the outside is known, and the
    node's own errors have their kinds.
    """
    return bool(info.context) and info.context is DRAWN


def literal_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield the parameters that are computed though the drawing itself depends on them."""
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None:
            continue
        for parameter in sorted(_literal(typed)):
            given = node.parameters.get(parameter)
            if parameter in node.promoted or (isinstance(given, str) and "{{" in given):
                yield Problem(
                    "computed_parameter",
                    f"{parameter!r} of {name} is read from the drawing before a run, so it is "
                    "neither an expression nor an input port. Give its value itself.",
                    node=name,
                    parameter=parameter,
                )


def _literal(typed: Typed) -> set[str]:
    model: type[BaseModel] = typed.spec.parameters
    found = {field.alias or name for name, field in model.model_fields.items() if _is(field)}
    return found | ({typed.spec.ports_from} if typed.spec.ports_from else set())


def _is(field: Any) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("literal") is True
