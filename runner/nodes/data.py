"""Data: setting fields, and choosing, ordering and cutting lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runner.engine.errors import NodeError
from runner.engine.node import Outputs, Step, node
from runner.graph.known import Fields, Items, Shape, shape_of_literal
from runner.graph.ports import Port, PortType
from runner.graph.texts import template_of
from runner.graph.wording import json_type

LIST_IN = (Port("in", PortType.LIST, required=False),)
LIST_OUT = (Port("out", PortType.LIST),)
PER_ITEM: dict[str, JsonValue] = {"widget": "expression", "evaluate": "item"}


def wrong_input(step: Step, wanted: str) -> NodeError:
    """Return the error of an input of another type than the node works on."""
    found = json_type(step.input)
    return NodeError(f"The input is {found}, but {wanted} is needed.", kind="input", permanent=True)


def items_of(step: Step) -> list[Any]:
    """Return the input list. Raises NodeError where the input is none."""
    if not isinstance(step.input, list):
        raise wrong_input(step, "a list")
    return step.input


def for_item(step: Step, text: str) -> Callable[[Any, int], Any]:
    """Return a function that evaluates a parameter's expression for an item and its index."""
    return step.for_items(template_of(text))


def _fields_given(parameters: Mapping[str, Any], came: Shape, kept: Shape) -> Shape:
    """Return the shape of an object with the fields that parameters name, and those kept."""
    fields, keep = parameters.get("fields", {}), parameters.get("keep", True)
    if not isinstance(fields, Mapping):
        return None
    made = {str(name): shape_of_literal(value, came) for name, value in fields.items()}
    if keep is False:
        return Fields(made)
    return Fields({**kept.of, **made}) if keep is True and isinstance(kept, Fields) else None


def set_gives(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say which fields a Set fields has for certain."""
    return {"out": _fields_given(parameters, came, came)}


def map_gives(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say which fields the items of a Map have for certain."""
    return {
        "out": Items(_fields_given(parameters, None, came.of if isinstance(came, Items) else None))
    }


def list_kept(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say that the items of a list stay as they are."""
    return {"out": came, "rest": came}


class SetParameters(BaseModel):
    """The fields."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, Any] = Field(
        default_factory=dict, title="Fields", json_schema_extra={"widget": "key-value"}
    )
    keep: bool = Field(
        default=True, title="Keep the others", description="Also pass on the input's other fields."
    )


@node(
    "data.set",
    title="Set fields",
    category="Data",
    icon="pencil",
    known_as=("edit fields", "assign", "change", "variable"),
    parameters=SetParameters,
    outputs=(Port("out", PortType.OBJECT),),
    gives=set_gives,
    examples=(
        {
            "title": "Add a field",
            "parameters": {"fields": {"gross": "{{ input.net * 1.19 }}"}},
            "inputs": {"in": {"net": 100}},
            "outputs": {"out": {"net": 100, "gross": 119.0}},
        },
        {
            "title": "Only these",
            "parameters": {"fields": {"id": "{{ input.id }}"}, "keep": False},
            "inputs": {"in": {"id": 1, "secret": "x"}},
            "outputs": {"out": {"id": 1}},
        },
    ),
)
def set_(step: Step) -> dict[str, Any]:
    """Give an object these fields; each value may be an expression."""
    if not step.parameters.keep or step.input is None:
        return dict(step.parameters.fields)
    if not isinstance(step.input, Mapping):
        raise wrong_input(step, "an object (or switch 'keep the others' off)")
    return {**step.input, **step.parameters.fields}


class MapParameters(BaseModel):
    """The fields."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, Any] = Field(
        default_factory=dict,
        title="Fields",
        description="Expressions name the `item` and its `index`.",
        json_schema_extra={"widget": "key-value", "evaluate": "item"},
    )
    keep: bool = Field(
        default=True, title="Keep the others", description="Also keep each item's other fields."
    )


@node(
    "data.map",
    title="Map",
    category="Data",
    icon="list-checks",
    known_as=("transform", "rename fields", "edit fields"),
    parameters=MapParameters,
    inputs=LIST_IN,
    outputs=LIST_OUT,
    gives=map_gives,
    examples=(
        {
            "title": "Add a field to each",
            "parameters": {"fields": {"gross": "{{ item.net * 2 }}"}},
            "inputs": {"in": [{"net": 1}, {"net": 5}]},
            "outputs": {"out": [{"net": 1, "gross": 2}, {"net": 5, "gross": 10}]},
        },
        {
            "title": "Make objects of numbers",
            "parameters": {
                "fields": {"n": "{{ item }}", "at": "{{ index }}"},
                "keep": False,
            },
            "inputs": {"in": [7, 9]},
            "outputs": {"out": [{"n": 7, "at": 0}, {"n": 9, "at": 1}]},
        },
    ),
)
def map_(step: Step) -> list[dict[str, Any]]:
    """Give each item of a list these fields, all in one step; a value may be an expression."""
    fields = step.for_items(step.parameters.fields)
    items = items_of(step)
    if not step.parameters.keep:
        return [fields(item, index) for index, item in enumerate(items)]
    made = []
    for index, item in enumerate(items):
        if type(item) is not dict:
            raise NodeError(
                f"Item {index} is {json_type(item)}, but an object is needed (or switch "
                "'keep the others' off).",
                kind="input",
                permanent=True,
            )
        made.append({**item, **fields(item, index)})
    return made


class FilterParameters(BaseModel):
    """The condition."""

    model_config = ConfigDict(extra="forbid")

    condition: str = Field(
        title="Condition",
        description="An expression over `item` and `index`, for example `item.total > 100`.",
        json_schema_extra=PER_ITEM,
    )


@node(
    "data.filter",
    title="Filter",
    category="Data",
    icon="filter",
    known_as=("where", "select", "keep", "remove"),
    parameters=FilterParameters,
    inputs=LIST_IN,
    outputs=(Port("out", PortType.LIST), Port("rest", PortType.LIST, description="The others.")),
    gives=list_kept,
    examples=(
        {
            "title": "Large ones",
            "parameters": {"condition": "item > 1"},
            "inputs": {"in": [1, 2, 3]},
            "outputs": {"out": [2, 3], "rest": [1]},
        },
        {
            "title": "By a field and the run's data",
            "parameters": {"condition": "{{ item.city == 'Ulm' and index < 2 }}"},
            "inputs": {"in": [{"city": "Ulm"}, {"city": "Bonn"}]},
            "outputs": {"out": [{"city": "Ulm"}], "rest": [{"city": "Bonn"}]},
        },
    ),
)
def filter_(step: Step) -> Outputs:
    """Pass on the items for which the condition holds at `out`, and the others at `rest`."""
    holds = for_item(step, step.parameters.condition)
    kept: list[Any] = []
    rest: list[Any] = []
    for index, item in enumerate(items_of(step)):
        (kept if holds(item, index) else rest).append(item)
    return Outputs({"out": kept, "rest": rest})


class SortParameters(BaseModel):
    """The order."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(
        default="item",
        title="By",
        description="An expression over `item`, for example `item.name`.",
        json_schema_extra=PER_ITEM,
    )
    descending: bool = Field(default=False, title="Descending")


def order_key(value: Any) -> tuple[int, Any]:
    """Return a key that orders values of mixed types: null, booleans, numbers, texts, the rest."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        return (3, value)
    return (4, str(value))


@node(
    "data.sort",
    title="Sort",
    category="Data",
    icon="arrow-down-a-z",
    known_as=("order by",),
    parameters=SortParameters,
    inputs=LIST_IN,
    outputs=LIST_OUT,
    gives=list_kept,
    examples=(
        {
            "title": "By a field, largest first",
            "parameters": {"by": "item.n", "descending": True},
            "inputs": {"in": [{"n": 1}, {"n": 3}, {"n": 2}]},
            "outputs": {"out": [{"n": 3}, {"n": 2}, {"n": 1}]},
        },
        {
            "title": "Mixed types",
            "inputs": {"in": ["b", 2, None]},
            "outputs": {"out": [None, 2, "b"]},
        },
    ),
)
def sort(step: Step) -> list[Any]:
    """Order a list; equal items keep their order, and types are not mixed up."""
    key = for_item(step, step.parameters.by)
    keyed = [(order_key(key(item, index)), item) for index, item in enumerate(items_of(step))]
    keyed.sort(key=lambda pair: pair[0], reverse=step.parameters.descending)
    return [item for _, item in keyed]


class SplitParameters(BaseModel):
    """How to cut."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(default=100, ge=1, le=1_000_000, title="Size", description="Items a part.")
    separator: str = Field(
        default="\n", min_length=1, title="Separator", description="For a text: where it is cut."
    )


@node(
    "data.split",
    title="Split",
    category="Data",
    icon="scissors",
    known_as=("batch", "chunk", "pages"),
    parameters=SplitParameters,
    inputs=(Port("in", PortType.ANY, required=False),),
    outputs=LIST_OUT,
    examples=(
        {
            "title": "A list in pairs",
            "parameters": {"size": 2},
            "inputs": {"in": [1, 2, 3]},
            "outputs": {"out": [[1, 2], [3]]},
        },
        {
            "title": "A text by commas",
            "parameters": {"separator": ","},
            "inputs": {"in": "a,b"},
            "outputs": {"out": ["a", "b"]},
        },
    ),
)
def split(step: Step) -> list[Any]:
    """Cut a list into parts of a size, or a text at a separator."""
    if isinstance(step.input, str):
        return list(step.input.split(step.parameters.separator))
    items, size = items_of(step), step.parameters.size
    return [items[start : start + size] for start in range(0, len(items), size)]
