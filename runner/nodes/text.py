"""Text: making it out of values, and CSV in and out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.expressions import as_text
from runner.engine.node import Step, node
from runner.graph.ports import Conversion, Port, PortType
from runner.graph.titles import titled
from runner.nodes.data import items_of, wrong_input

Delimiter = Literal["auto", ",", ";", "\t", "|"]
DELIMITERS = titled((",", "Comma (,)"), (";", "Semicolon (;)"), ("\t", "Tab"), ("|", "Bar (|)"))


class TemplateParameters(BaseModel):
    """The text."""

    model_config = ConfigDict(extra="forbid")

    template: Any = Field(
        title="Text",
        description="Text with expressions in double braces.",
        json_schema_extra={"widget": "text"},
    )


@node(
    "text.template",
    title="Text",
    category="Text",
    icon="type",
    known_as=("string", "format", "concatenate", "template"),
    parameters=TemplateParameters,
    outputs=(Port("out", PortType.TEXT),),
    examples=(
        {
            "title": "A sentence",
            "parameters": {"template": "Hello {{ input.name }}, you have {{ input.n }}."},
            "inputs": {"in": {"name": "Ada", "n": 2}},
            "outputs": {"out": "Hello Ada, you have 2."},
        },
        {"title": "Plain", "parameters": {"template": "done"}, "outputs": {"out": "done"}},
    ),
)
def template(step: Step) -> str:
    """Make a text, with the values of expressions in it."""
    return as_text(step.parameters.template)


class ParseParameters(BaseModel):
    """The form of the CSV text."""

    model_config = ConfigDict(extra="forbid")

    delimiter: Delimiter = Field(default="auto", title="Delimiter", json_schema_extra=DELIMITERS)
    header: bool = Field(default=True, title="First line names the fields")
    infer_types: bool = Field(
        default=True, title="Read numbers", description="Numbers, true and false; empty is null."
    )


def typed(text: str) -> Any:
    """Return the number, boolean or null that a cell means, or its text."""
    if text == "":
        return None
    if text in ("true", "false"):
        return text == "true"
    plain = text.removeprefix("-")
    # A number with leading zeros is a code, such as a postcode.
    if plain[:1].isdigit() and not (len(plain) > 1 and plain[0] == "0" and plain[1] != "."):
        try:
            return int(text) if plain.isdigit() and len(plain) < 16 else float(text)
        except ValueError:
            return text
    return text


@node(
    "csv.parse",
    title="Read CSV",
    category="Text",
    icon="table",
    known_as=("parse", "table", "spreadsheet"),
    parameters=ParseParameters,
    inputs=(Port("in", PortType.TEXT),),
    outputs=(Port("out", PortType.LIST),),
    converts=(
        Conversion(PortType.TEXT, (PortType.LIST,), "Parse CSV", "a,b\n1,x", [{"a": 1, "b": "x"}]),
    ),
    examples=(
        {
            "title": "With a header",
            "inputs": {"in": "city,t\nUlm,1.5\nBonn,\n"},
            "outputs": {"out": [{"city": "Ulm", "t": 1.5}, {"city": "Bonn", "t": None}]},
        },
        {
            "title": "Rows as lists",
            "parameters": {"header": False, "delimiter": ";", "infer_types": False},
            "inputs": {"in": "a;1"},
            "outputs": {"out": [["a", "1"]]},
        },
    ),
)
def parse(step: Step) -> list[Any]:
    """Read CSV text (RFC 4180) into a list of objects, or of lists where there is no header."""
    wanted: ParseParameters = step.parameters
    text = step.input
    if not isinstance(text, str):
        raise wrong_input(step, "a text")
    text = text.removeprefix("\ufeff")
    delimiter = wanted.delimiter
    if delimiter == "auto":
        first = text.split("\n", 1)[0]
        delimiter = max((",", ";", "\t", "|"), key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error as error:
        raise NodeError(f"The text is not CSV: {error}.", kind="input", permanent=True) from None
    read = typed if wanted.infer_types else str
    if not wanted.header:
        return [[read(cell) for cell in row] for row in rows]
    if not rows:
        return []
    names = rows[0]
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(names):
            raise NodeError(
                f"Row {number} has {len(row)} cells, but there are {len(names)} fields.",
                kind="input",
                permanent=True,
            )
        cells = [read(cell) for cell in row] + [None] * (len(names) - len(row))
        found.append(dict(zip(names, cells, strict=True)))
    return found


class WriteParameters(BaseModel):
    """The form of the CSV text."""

    model_config = ConfigDict(extra="forbid")

    delimiter: Literal[",", ";", "\t", "|"] = Field(
        default=",", title="Delimiter", json_schema_extra=DELIMITERS
    )
    header: bool = Field(default=True, title="First line names the fields")


def cell(value: Any) -> Any:
    """Return a value as a cell shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


@node(
    "csv.write",
    title="Write CSV",
    category="Text",
    icon="sheet",
    known_as=("table", "spreadsheet", "export"),
    parameters=WriteParameters,
    inputs=(Port("in", PortType.LIST),),
    outputs=(Port("out", PortType.TEXT),),
    converts=(Conversion(PortType.LIST, (PortType.TEXT,), "Write CSV", [{"a": 1}], "a\r\n1\r\n"),),
    examples=(
        {
            "title": "Objects",
            "inputs": {"in": [{"a": 1, "b": "x,y"}, {"a": 2, "c": True}]},
            "outputs": {"out": 'a,b,c\r\n1,"x,y",\r\n2,,true\r\n'},
        },
        {
            "title": "Without a header, for appending",
            "parameters": {"header": False},
            "inputs": {"in": [{"a": 1}]},
            "outputs": {"out": "1\r\n"},
        },
    ),
)
def write(step: Step) -> str:
    """Write a list of objects (or of lists) as CSV text (RFC 4180)."""
    items = items_of(step)
    names: dict[str, None] = {}
    for item in items:
        if isinstance(item, Mapping):
            names.update(dict.fromkeys(item))
    made = io.StringIO()
    writer = csv.writer(made, delimiter=step.parameters.delimiter)
    if names and step.parameters.header:
        writer.writerow(names)
    for item in items:
        if isinstance(item, Mapping):
            writer.writerow([cell(item.get(name)) for name in names])
        else:
            writer.writerow([cell(each) for each in (item if isinstance(item, list) else [item])])
    return made.getvalue()
