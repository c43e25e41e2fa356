"""Frames: nodes that hold nodes and say how they run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine import Step, node
from runner.engine.errors import NodeError
from runner.graph.ports import Port, PortType


class EachParameters(BaseModel):
    """What is gone through, and how."""

    model_config = ConfigDict(extra="forbid")

    list: Any = Field(
        default=None, title="List", description="The list; where empty, what comes at the input."
    )
    concurrency: int = Field(default=1, ge=1, le=1000, title="At the same time")
    errors: Literal["stop", "collect"] = Field(default="stop", title="At an error")


@node(
    "frame.each",
    title="For each",
    category="Flow",
    icon="repeat",
    parameters=EachParameters,
    inputs=(Port("in", required=False),),
    outputs=(Port("out", PortType.LIST), Port("errors", PortType.LIST, required=False)),
    begins=(Port("item", description="One item of the list."),),
    ends=(Port("result", required=False, description="What became of the item."),),
)
def each(step: Step) -> Any:
    """Run the nodes inside for each item of a list, and gather their results in its order."""
    told: EachParameters = step.parameters
    items = step.input if told.list is None else told.list
    if not isinstance(items, list):
        raise NodeError(
            f"For each needs a list, but got {type(items).__name__}. Set its parameter 'list'.",
            kind="not_a_list",
            permanent=True,
        )
    return {"items": items, "concurrency": told.concurrency, "errors": told.errors}
