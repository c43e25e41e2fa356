"""What triggers have in common that emit what they were started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from runner.engine.node import Step, node
from runner.graph.literals import LITERAL
from runner.graph.ports import Port, PortType
from runner.graph.titles import titled

Example = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""A title, parameters, and what comes then."""


def shown(placeholder: str = "", widget: str = "") -> dict[str, JsonValue]:
    """Return how the form shows a parameter that the drawing itself says: nothing computes it."""
    extra: dict[str, JsonValue] = {**LITERAL}
    if widget:
        extra["widget"] = widget
    if placeholder:
        extra["placeholder"] = placeholder
    return extra


def begin_field(place: str) -> Any:
    """Return the parameter that says with what a trigger begins that is new to a place."""
    return Field(
        default="new",
        title="Begin with",
        description=f"What comes from now on, or all that is in the {place} already.",
        json_schema_extra={
            **LITERAL,
            **titled(new="What comes from now on", all="All that is there"),
        },
    )


def starts_runs(
    kind: str,
    *,
    title: str,
    icon: str,
    parameters: type[BaseModel],
    emits: str,
    examples: Sequence[Example],
    known_as: tuple[str, ...] = (),
) -> Callable[[Callable[[Step], Any]], Any]:
    """Declare a trigger that emits an object, of which `emits` says the fields."""
    return node(
        kind,
        title=title,
        category="Triggers",
        icon=icon,
        known_as=known_as,
        trigger=True,
        parameters=parameters,
        outputs=(Port("out", PortType.OBJECT, description=emits),),
        examples=tuple(
            {"title": about, "parameters": given, "trigger": came, "outputs": {"out": came}}
            for about, given, came in examples
        ),
    )
