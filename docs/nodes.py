"""Writes docs/reference/nodes.md from the declarations of the built-in node types.

Run it with `python docs/nodes.py`; a test compares the page with what it would write.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from runner.graph import NodeSpec, Port
from runner.nodes import GROUP, node_types

PAGE = Path(__file__).resolve().parent / "reference" / "nodes.md"
HEAD = f"""\
# Node types

The built-in node types, by category as in the palette. This page is written by
`python docs/nodes.py` from their declarations; `GET /api/node-types/` gives the same as JSON.
Packages add more through the entry points `{GROUP}`: see
[Write a node](../how-to/write-a-node.md).

Each node has the settings that [the document](document.md) describes, and with
`on_error: route` an output `error`. A parameter is a literal or holds
[expressions](expressions.md); one without a default must be given.
"""
EFFECTS = {
    "pure": "none: it is computed again when needed",
    "idempotent": "idempotent: may be repeated",
    "external": "external: its result is stored before anything depends on it",
}
RUNS = {
    "inline": "at once, in the scheduler's turn",
    "async": "beside others, waiting costs nothing",
    "thread": "in a thread",
}


def written() -> str:
    """Return the page."""
    types = [declared.spec for declared in node_types().values() if is_ours(declared.work)]
    parts = [HEAD, *contents(types)]
    for category, specs in groupby(types, key=lambda spec: spec.category):
        parts.append(f"## {category}\n")
        for spec in specs:
            parts.extend(section(spec))
    return "\n".join(parts)


def is_ours(work: Any) -> bool:
    """Say whether a node type is built in: what else is installed here is not told."""
    return str(work.__module__).startswith("runner.nodes.")


def contents(types: list[NodeSpec]) -> Iterator[str]:
    """Yield the table of all node types."""
    yield "| kind | title | does |\n| --- | --- | --- |"
    for spec in types:
        does = spec.description.partition(". ")[0].rstrip(".")
        yield f"| [`{spec.kind}`](#{anchor(spec.kind)}) | {spec.title} | {cell(does)} |"
    yield ""


def anchor(kind: str) -> str:
    """Return the address of a kind's heading on the page."""
    return kind.replace(".", "")


def section(spec: NodeSpec) -> Iterator[str]:
    """Yield what is told of one node type."""
    yield f"### {spec.kind}\n"
    yield f"**{spec.title}.** {spec.description}\n"
    if spec.known_as:
        yield f"Also found as: {', '.join(spec.known_as)}.\n"
    yield f"Effect: {EFFECTS[spec.effect]}. Runs: {RUNS[spec.runs]}.\n"
    yield "| port | type | |\n| --- | --- | --- |"
    for way, ports in (
        ("input", spec.inputs),
        ("output", spec.outputs),
        ("inside, output", spec.begins),
        ("inside, input", spec.ends),
    ):
        for port in ports:
            yield f"| {way} `{port.name}` | {port.type} | {cell(said_of(way, port))} |"
    if spec.ports_from:
        yield f"| outputs | any | one for each of the parameter `{spec.ports_from}`, by its name |"
    yield ""
    schema = spec.parameters.model_json_schema()
    rows = list(parameters(schema, schema.get("$defs", {})))
    if rows:
        yield "| parameter | type | default | |\n| --- | --- | --- | --- |"
        yield from rows
        yield ""
    for conversion in spec.converts:
        targets = " or ".join(f"`{target}`" for target in conversion.targets)
        how = f" with {as_json(dict(conversion.parameters))}" if conversion.parameters else ""
        yield f"Offered from `{conversion.source}` to {targets}{how}: *{conversion.title}*.\n"
    if spec.examples:
        yield from example(spec, spec.examples[0])


def said_of(way: str, port: Port) -> str:
    """Return what else is to be said of a port."""
    words = []
    if way == "input":
        words.append("required" if port.required else "optional")
        if port.multiple:
            words.append("tells its edges apart")
    return ". ".join([*([", ".join(words)] if words else []), *filter(None, [port.description])])


def parameters(schema: Mapping[str, Any], known: Mapping[str, Any], of: str = "") -> Iterator[str]:
    """Yield a row for each parameter, and for each field within one."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        inner = field.get("items", field)
        inner = known.get(inner.get("$ref", "").rpartition("/")[2])
        default = "" if name in required else as_json(field.get("default"))
        if "default_factory" in field or ("default" not in field and name not in required):
            default = {"array": "`[]`", "object": "`{}`"}.get(field.get("type", ""), "")
        words = [field.get("title", ""), field.get("description", "")]
        said = ". ".join(filter(None, words))
        yield f"| `{of}{name}` | {cell(type_of(field))} | {default} | {cell(said)} |"
        if inner is not None:
            many = "[]" if "items" in field else ""
            yield from parameters(inner, known, f"{of}{name}{many}.")


def type_of(field: Mapping[str, Any]) -> str:
    """Return a parameter's type in words, with its choices or bounds."""
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"]).replace("\t", "\\t")
    if "anyOf" in field:
        return " or ".join(type_of(one) for one in field["anyOf"])
    kind = field.get("type", "object" if "$ref" in field else "any")
    if kind == "array":
        inner = type_of(field.get("items", {}))
        return "list" if inner == "any" else f"list of {inner}"
    word = {"string": "text", "integer": "whole number"}.get(kind, kind)
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    above = "above " if "exclusiveMinimum" in field else "from "
    if high is not None and low is not None:
        return f"{word} {above}{low:,} to {high:,}"
    return word if low is None else f"{word} {above}{low:,}"


def example(spec: NodeSpec, shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield an example: the node, what it gets, and what it gives."""
    yield f"Example: {shown['title'][0].lower()}{shown['title'][1:]}.\n"
    drawn: dict[str, Any] = {"kind": spec.kind}
    if shown.get("parameters"):
        drawn["parameters"] = shown["parameters"]
    text = yaml.safe_dump(drawn, sort_keys=False, allow_unicode=True, width=90)
    yield f"```yaml\n{text}```\n"
    if "trigger" in shown:
        yield f"- started with {as_json(shown['trigger'])}"
    for port, value in shown.get("inputs", {}).items():
        yield f"- `{port}` gets {as_json(value)}"
    for port, values in shown.get("edges", {}).items():
        yield f"- `{port}` gets {', '.join(map(as_json, values))}, by an edge each"
    for name, content in shown.get("files", {}).items():
        yield f"- the file `{name}` holds {as_json(content)}"
    for port, value in shown.get("outputs", {}).items():
        yield f"- `{port}` gives {as_json(value)}"
    for port, value in shown.get("outputs_include", {}).items():
        yield f"- `{port}` gives {as_json(value)}, and more"
    if "error" in shown:
        message = f": {shown['message']}" if "message" in shown else ""
        yield f"- fails as `{shown['error']}`{message}"
    yield ""


def as_json(value: Any) -> str:
    """Return a value as JSON in code marks."""
    return f"`{cell(json.dumps(value, ensure_ascii=False))}`"


def cell(text: str) -> str:
    """Return a text as a cell of a table takes it."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
