"""Data: the groups of a list, and figures of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.node import Step, node
from runner.engine.values import exact_sum
from runner.graph.known import Fields, Items, Shape
from runner.graph.titles import titled
from runner.nodes.data import LIST_IN, LIST_OUT, PER_ITEM, for_item, items_of, order_key


def aggregate_gives(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say which fields the groups have."""
    figures, group = parameters.get("figures", [{}]), parameters.get("group_by", "")
    named = parameters.get("group_name", "group")
    if not isinstance(figures, list) or not all(isinstance(it, Mapping) for it in figures):
        return {}
    names = [
        it.get("name") or _name_of(it.get("operation", "count"), it.get("field", ""))
        for it in figures
    ]
    if not isinstance(group, str) or not all(isinstance(it, str) for it in (*names, named)):
        return {}
    if any("{{" in it for it in (*names, named)):
        return {}
    grouped = [named] if group.strip() else []
    return {"out": Items(Fields(dict.fromkeys([*grouped, *names])))}


def _name_of(operation: str, field: str) -> str:
    return f"{operation}_{field}".rstrip("_")


class Aggregate(BaseModel):
    """One figure."""

    model_config = ConfigDict(extra="forbid")

    operation: Literal["count", "sum", "mean", "min", "max", "first", "last", "collect"] = Field(
        default="count",
        title="Operation",
        json_schema_extra=titled(min="Smallest", max="Largest", collect="Collect in a list"),
    )
    field: str = Field(default="", title="Field", description="Of each item; not for count.")
    name: str = Field(default="", title="Name", description="Of the result; empty: made up.")


class AggregateParameters(BaseModel):
    """The groups and the figures."""

    model_config = ConfigDict(extra="forbid")

    group_by: str = Field(
        default="",
        title="Group by",
        description="An expression over `item`; empty: all in one group.",
        json_schema_extra=PER_ITEM,
    )
    group_name: str = Field(default="group", min_length=1, title="Name of the group's field")
    figures: list[Aggregate] = Field(
        default=[Aggregate()], min_length=1, max_length=50, title="Figures"
    )


def figure(wanted: Aggregate, items: list[Any]) -> Any:
    """Return one figure of a group's items."""
    if wanted.operation == "count":
        return len(items)
    values = [
        item[wanted.field] for item in items if isinstance(item, Mapping) and wanted.field in item
    ]
    if wanted.operation == "collect":
        return values
    if wanted.operation in ("first", "last"):
        return values[0 if wanted.operation == "first" else -1] if values else None
    numbers = [value for value in values if value is not None]
    for value in numbers:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NodeError(
                f"{wanted.operation} of {wanted.field!r} needs numbers; one value is {value!r}.",
                kind="input",
                permanent=True,
            )
    if not numbers:
        return 0 if wanted.operation == "sum" else None
    if wanted.operation in ("sum", "mean"):
        try:
            total = exact_sum(numbers)
            return total if wanted.operation == "sum" else total / len(numbers)
        except OverflowError:
            message = f"The sum of {wanted.field!r} gets too large for a number."
            raise NodeError(message, kind="input", permanent=True) from None
    return min(numbers) if wanted.operation == "min" else max(numbers)


SALES = [{"city": "Ulm", "sold": 2}, {"city": "Bonn", "sold": 5}, {"city": "Ulm", "sold": 4}]


@node(
    "data.aggregate",
    title="Aggregate",
    category="Data",
    icon="sigma",
    known_as=("group by", "summarize", "sum", "count", "average", "reduce"),
    parameters=AggregateParameters,
    inputs=LIST_IN,
    outputs=LIST_OUT,
    gives=aggregate_gives,
    examples=(
        {
            "title": "Mean by city",
            "parameters": {
                "group_by": "item.city",
                "group_name": "city",
                "figures": [{"operation": "mean", "field": "sold", "name": "mean"}],
            },
            "inputs": {"in": SALES},
            "outputs": {"out": [{"city": "Ulm", "mean": 3.0}, {"city": "Bonn", "mean": 5.0}]},
        },
        {"title": "Count all", "inputs": {"in": SALES}, "outputs": {"out": [{"count": 3}]}},
    ),
)
def aggregate(step: Step) -> list[dict[str, Any]]:
    """Group a list by an expression, and give each group's count, sum, mean and others."""
    wanted: AggregateParameters = step.parameters
    items = items_of(step)
    names = [each.name or _name_of(each.operation, each.field) for each in wanted.figures]
    if not wanted.group_by.strip():
        return [
            {name: figure(each, items) for name, each in zip(names, wanted.figures, strict=True)}
        ]
    key = for_item(step, wanted.group_by)
    groups: dict[tuple[int, Any], tuple[Any, list[Any]]] = {}
    for index, item in enumerate(items):
        value = key(item, index)
        groups.setdefault(order_key(value), (value, []))[1].append(item)
    return [
        {
            wanted.group_name: value,
            **{name: figure(each, found) for name, each in zip(names, wanted.figures, strict=True)},
        }
        for value, found in groups.values()
    ]
