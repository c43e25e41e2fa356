"""From one form of a value to another: what an expression gives, and JSON in and out."""

from __future__ import annotations

import json
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.node import Step, node
from runner.graph.known import Shape, shape_of_literal
from runner.graph.ports import Conversion, Port, PortType
from runner.nodes.data import wrong_input


class ValueParameters(BaseModel):
    """The value."""

    model_config = ConfigDict(extra="forbid")

    value: Any = Field(
        title="Value",
        description="An expression, such as {{ input.address.city }}.",
        json_schema_extra={"widget": "expression"},
    )


def value_gives(parameters: Any, came: Shape) -> dict[str, Shape]:
    """Say which fields the value has for certain."""
    return {"out": shape_of_literal(parameters.get("value"), came)}


@node(
    "data.value",
    title="Value",
    category="Data",
    icon="variable",
    known_as=("constant", "literal", "variable", "code", "function", "expression", "make"),
    parameters=ValueParameters,
    gives=value_gives,
    converts=(
        Conversion(
            PortType.LIST,
            (PortType.OBJECT, PortType.TEXT, PortType.NUMBER, PortType.BOOLEAN),
            "First item",
            [{"id": 7}, {"id": 8}],
            {"id": 7},
            {"value": "{{ input[0] }}"},
        ),
        Conversion(
            PortType.OBJECT,
            (PortType.LIST,),
            "List of it alone",
            {"id": 7},
            [{"id": 7}],
            {"value": "{{ [input] }}"},
        ),
        Conversion(
            PortType.NUMBER,
            (PortType.LIST,),
            "List of it alone",
            7,
            [7],
            {"value": "{{ [input] }}"},
        ),
        Conversion(
            PortType.TEXT,
            (PortType.NUMBER,),
            "Text to number",
            "1.50",
            1.5,
            {"value": "{{ number(input) }}"},
        ),
    ),
    examples=(
        {
            "title": "A part of what comes in",
            "parameters": {"value": "{{ input.address.city }}"},
            "inputs": {"in": {"address": {"city": "Ulm"}}},
            "outputs": {"out": "Ulm"},
        },
        {
            "title": "The first item of a list",
            "parameters": {"value": "{{ input[0] }}"},
            "inputs": {"in": [3, 4]},
            "outputs": {"out": 3},
        },
    ),
)
def value(step: Step) -> Any:
    """Emit what an expression gives: a part of the input, an item, or something made of it."""
    return step.parameters.value


@node(
    "json.parse",
    title="Parse JSON",
    category="Text",
    icon="braces",
    known_as=("decode", "JSON"),
    inputs=(Port("in", PortType.TEXT),),
    converts=(
        Conversion(
            PortType.TEXT,
            (PortType.OBJECT, PortType.LIST),
            "Parse JSON",
            '{"id": 7}',
            {"id": 7},
        ),
    ),
    examples=(
        {"title": "An object", "inputs": {"in": '{"id": 7}'}, "outputs": {"out": {"id": 7}}},
        {
            "title": "No JSON",
            "inputs": {"in": "id=7"},
            "error": "node_failed",
            "message": "The text is not JSON: ",
        },
    ),
)
def parse(step: Step) -> Any:
    """Read JSON text: emits the object, list or other value that it holds."""
    if not isinstance(step.input, str):
        raise wrong_input(step, "a text")
    try:
        return orjson.loads(step.input)
    except json.JSONDecodeError as error:
        raise NodeError(f"The text is not JSON: {error}.", kind="input", permanent=True) from None


class WriteParameters(BaseModel):
    """The form of the text."""

    model_config = ConfigDict(extra="forbid")

    indent: bool = Field(default=False, title="Indented", description="With lines, for people.")


@node(
    "json.write",
    title="Write JSON",
    category="Text",
    icon="braces",
    known_as=("stringify", "encode", "serialize"),
    parameters=WriteParameters,
    outputs=(Port("out", PortType.TEXT),),
    converts=(
        Conversion(PortType.OBJECT, (PortType.TEXT,), "Write JSON", {"id": 7}, '{"id":7}'),
        Conversion(PortType.LIST, (PortType.TEXT,), "Write JSON", [1, None], "[1,null]"),
        Conversion(PortType.NUMBER, (PortType.TEXT,), "Number to text", 1.5, "1.5"),
        Conversion(PortType.BOOLEAN, (PortType.TEXT,), "Yes or no to text", True, "true"),
    ),
    examples=(
        {
            "title": "An object",
            "inputs": {"in": {"id": 7, "city": "Köln"}},
            "outputs": {"out": '{"id":7,"city":"Köln"}'},
        },
        {
            "title": "For people",
            "parameters": {"indent": True},
            "inputs": {"in": [1]},
            "outputs": {"out": "[\n  1\n]"},
        },
    ),
)
def write(step: Step) -> str:
    """Write a value as JSON text."""
    style = orjson.OPT_INDENT_2 if step.parameters.indent else 0
    return orjson.dumps(step.input, option=style).decode()
