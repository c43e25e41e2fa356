"""Writing to a run's log."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.expressions import as_text
from runner.engine.node import Step, node
from runner.graph.known import passes


class LogParameters(BaseModel):
    """The line."""

    model_config = ConfigDict(extra="forbid")

    message: Any = Field(title="Message", json_schema_extra={"widget": "text"})
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", title="Level")


@node(
    "log.message",
    title="Log",
    category="Flow",
    icon="scroll-text",
    known_as=("print", "debug", "console", "trace"),
    parameters=LogParameters,
    gives=passes("out"),
    examples=(
        {
            "title": "A line",
            "parameters": {"message": "got {{ input.n }}"},
            "inputs": {"in": {"n": 2}},
            "outputs": {"out": {"n": 2}},
        },
        {
            "title": "A warning",
            "parameters": {"message": "low", "level": "warning"},
            "inputs": {"in": 1},
            "outputs": {"out": 1},
        },
    ),
)
def message(step: Step) -> Any:
    """Write a line to the run's log and pass the input on."""
    step.log(as_text(step.parameters.message), step.parameters.level)
    return step.input
