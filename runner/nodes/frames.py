"""Frames: nodes that hold nodes and say how they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from runner.engine import Step, node
from runner.engine.errors import NodeError
from runner.graph.known import Items, Shape, passes
from runner.graph.literals import LITERAL, is_drawn
from runner.graph.ports import Port, PortType
from runner.graph.wording import json_type

IN = (Port("in", required=False),)
CANCEL = Port("cancel", required=False, description="Cancels what runs inside.")
CANCELLED = Port("cancelled", required=False, description="What came at 'cancel', where it did.")


class EachParameters(BaseModel):
    """What is gone through, and how."""

    model_config = ConfigDict(extra="forbid")

    list: Any = Field(
        default=None, title="List", description="The list; where empty, what comes at the input."
    )
    concurrency: int = Field(default=1, ge=1, le=1000, title="At the same time")
    errors: Literal["stop", "collect"] = Field(default="stop", title="At an error")
    enough: int | None = Field(
        default=None,
        ge=1,
        title="Enough",
        description="Go on as soon as so many items have ended; where empty, when all have.",
    )
    rest: Literal["cancel", "finish"] = Field(
        default="cancel", title="The others", description="What becomes of them when it is enough."
    )
    spread: bool = Field(
        default=False,
        title="Spread over workers",
        description="Each item becomes a run of its own, which any worker may take. "
        "'At the same time' says how many are under way at once.",
        json_schema_extra=LITERAL,
    )

    @field_validator("list")
    @classmethod
    def _is_a_list(cls, given: Any, info: ValidationInfo) -> Any:
        if is_drawn(info) and not isinstance(given, list | None):
            raise ValueError("must be a list such as [1, 2, 3], or an expression that gives one")
        return given


def each_gives(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say which fields an item has, where the list is what came in."""
    listed = parameters.get("list") is None and isinstance(came, Items)
    return {"item": came.of} if listed and isinstance(came, Items) else {}


@node(
    "frame.each",
    title="For each",
    category="Frames",
    icon="repeat",
    known_as=("loop", "foreach", "iterate", "parallel", "split in batches", "loop over items"),
    parameters=EachParameters,
    gives=each_gives,
    inputs=IN,
    outputs=(Port("out", PortType.LIST), Port("errors", PortType.LIST, required=False), CANCELLED),
    begins=(Port("item", description="One item of the list."),),
    ends=(
        Port("result", required=False, description="What became of the item."),
        Port("more", required=False, description="A further item, to be gone through as well."),
    ),
    controls=(
        CANCEL,
        Port("complete", required=False, description="Ends it with the results that there are."),
    ),
)
def each(step: Step) -> Any:
    """Run the nodes inside for each item of a list, and gather their results in its order."""
    told: EachParameters = step.parameters
    items = step.input if told.list is None else told.list
    if not isinstance(items, list):
        raise NodeError(
            f"For each needs a list, but got {json_type(items)}. Set its parameter 'list'.",
            kind="not_a_list",
            permanent=True,
        )
    return {
        "mode": "each",
        "items": items,
        "concurrency": told.concurrency,
        "errors": told.errors,
        "enough": told.enough,
        "rest": told.rest,
        **({"spread": True} if told.spread else {}),
    }


class RepeatParameters(BaseModel):
    """When it ends."""

    model_config = ConfigDict(extra="forbid")

    until: str = Field(
        default="",
        max_length=10_000,
        title="Until",
        description="An expression of what a round has given (`input`) and its number (`index`).",
        json_schema_extra={"evaluate": "item", "widget": "expression"},
    )
    most: int = Field(default=100, ge=1, le=1_000_000, title="At most so many times")
    otherwise: Literal["fail", "go on"] = Field(
        default="fail",
        title="Otherwise",
        description="Where 'until' does not hold by then.",
    )


@node(
    "frame.repeat",
    title="Repeat",
    category="Frames",
    icon="refresh-cw",
    known_as=("loop", "while", "until", "do"),
    parameters=RepeatParameters,
    inputs=IN,
    begins=(Port("value", description="What came in; then what the round before has given."),),
    ends=(
        Port("next", required=False, description="What the next round begins with."),
        Port("done", required=False, description="A value with which the repeating ends."),
    ),
)
def repeat(step: Step) -> Any:
    """Run the nodes inside again and again: until a condition holds, or so many times."""
    told: RepeatParameters = step.parameters
    text = told.until.strip()
    until = text.removeprefix("{{").removesuffix("}}").strip() or None
    fails = until is not None and told.otherwise == "fail"
    return {
        "mode": "repeat",
        "value": step.input,
        "most": told.most,
        "until": until,
        "otherwise": "fail" if fails else "go on",
    }


@node(
    "frame.try",
    title="Try",
    category="Frames",
    icon="shield",
    known_as=("catch", "except", "finally", "error handler", "compensate"),
    gives=passes("try"),
    inputs=IN,
    begins=(
        Port("try", description="What came in: what is drawn here may fail."),
        Port("catch", PortType.OBJECT, description="The error, where it has."),
        Port("finally", PortType.OBJECT, description="The result or the error, in any case."),
    ),
    ends=(Port("result", required=False, description="What the frame emits."),),
)
def try_(step: Step) -> Any:
    """Run what may fail, then what catches its error, and in any case what cleans up."""
    return {"mode": "try", "value": step.input}


class RaceParameters(BaseModel):
    """What an error means."""

    model_config = ConfigDict(extra="forbid")

    errors: Literal["lose", "stop"] = Field(
        default="lose",
        title="At an error",
        description="A branch that fails has lost; or the whole race fails.",
    )


@node(
    "frame.race",
    title="Race",
    category="Frames",
    icon="trophy",
    known_as=("first", "any", "discriminator"),
    parameters=RaceParameters,
    gives=passes("start"),
    inputs=IN,
    begins=(Port("start", description="What came in."),),
    ends=(Port("first", required=False, description="The first value here wins."),),
)
def race(step: Step) -> Any:
    """Emit the first value that comes to its end inside, and cancel all else in it."""
    return {"mode": "race", "value": step.input, "errors": step.parameters.errors}


class LimitParameters(BaseModel):
    """How long."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(
        default=60,
        gt=0,
        le=31_622_400,
        title="Seconds",
        allow_inf_nan=False,
        json_schema_extra={"widget": "duration"},
    )


@node(
    "frame.limit",
    title="Time limit",
    category="Frames",
    icon="hourglass",
    known_as=("timeout", "deadline"),
    parameters=LimitParameters,
    gives=passes("start"),
    inputs=IN,
    begins=(Port("start", description="What came in."),),
    ends=(Port("result", required=False, description="What the frame emits."),),
)
def limit(step: Step) -> Any:
    """Give the nodes inside so many seconds in all; after that cancel them, and fail."""
    return {"mode": "group", "value": step.input, "seconds": step.parameters.seconds}


class GroupParameters(BaseModel):
    """Whether others must wait."""

    model_config = ConfigDict(extra="forbid")

    key: str | int | None = Field(
        default=None,
        title="Key",
        description="Of all frames with the same key, one runs at a time; where empty, nothing "
        "waits.",
    )
    scope: Literal["run", "blueprint", "owner"] = Field(
        default="run",
        title="Counts among",
        description="Frames with its key in the same run, in all runs of the blueprint, or in the "
        "runs of all blueprints of its owner.",
        json_schema_extra=LITERAL,
    )


@node(
    "frame.group",
    title="Group",
    category="Frames",
    icon="group",
    known_as=("box", "scope", "container", "parallel"),
    parameters=GroupParameters,
    gives=passes("start"),
    inputs=IN,
    outputs=(Port("out"), CANCELLED),
    begins=(Port("start", description="What came in."),),
    ends=(Port("result", required=False, description="What the frame emits."),),
    controls=(CANCEL,),
)
def group(step: Step) -> Any:
    """Hold nodes that are cancelled together, or that only one branch at a time may run."""
    told: GroupParameters = step.parameters
    key = None if told.key == "" else told.key
    shared = {"scope": told.scope} if key is not None and told.scope != "run" else {}
    return {"mode": "group", "value": step.input, "key": key, **shared}
