"""Values that a node's expressions may expect before any run, for whoever writes them.

They are pins, defaults and examples, and `ANY` where only the name of a field is known. No run
ever sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from runner.graph.document import Document, Edge
from runner.graph.frames import begins_inside
from runner.graph.known import Fields, Items, Known, Shape
from runner.graph.plan import Types

ANY: Final = object()
_BLANK: Mapping[str, Any] = {
    "string": "", "number": 0, "integer": 0, "boolean": False, "array": [], "null": None,
}  # fmt: skip


def pinned_names(document: Document, node: str) -> dict[str, Any]:
    """Return what a node's expressions can read of pins: `input` and `nodes`."""
    pins = {name: it.pin for name, it in document.nodes.items() if it.pin}
    names: dict[str, Any] = {
        "nodes": {name: next(iter(pin.values())) for name, pin in pins.items()}
    }
    edges = _arriving(document, node)
    for edge in edges:
        if edge.input == edges[0].input and edge.output in pins.get(edge.source, {}):
            names["input"] = pins[edge.source][edge.output]
    return names


def expected_names(
    document: Document, types: Types, node: str, *, examples: bool
) -> dict[str, Any]:
    """Return the names of a node's expressions with values such as may come.

    What is certain is always there; `examples` of node types stand in for the rest.
    """
    known = Known(document, types)
    inputs = {name: _of_schema(schema) for name, schema in document.inputs.items()}
    nodes = {
        name: _given(document, types, known, name, None, examples=examples)
        for name in _before(document, node)
    }
    item = _of_shape(known.item(node))
    return {
        "input": _input(document, types, known, node, inputs, examples=examples),
        "inputs": {edge.input: ANY for edge in _arriving(document, node)},
        "nodes": {name: value for name, value in nodes.items() if name != node},
        "run": {"id": "", "inputs": inputs, "started": 0.0},
        "vars": dict(document.vars),
        "now": 0.0,
        **({"item": item, "index": 0} if item is not ANY or document.nodes[node].frame else {}),
    }


def _arriving(document: Document, node: str) -> list[Edge]:
    return [edge for edge in document.edges if edge.target == node]


def _before(document: Document, node: str) -> list[str]:
    """Return the nodes from which edges lead here, also to the frames around."""
    arriving: dict[str, set[str]] = {}
    for edge in document.edges:
        arriving.setdefault(edge.target, set()).add(edge.source)
    found: set[str] = set()
    todo = [node]
    while todo:
        name = todo.pop()
        frame = document.nodes[name].frame if name in document.nodes else None
        for before in arriving.get(name, set()) | ({frame} if frame else set()):
            if before not in found:
                found.add(before)
                todo.append(before)
    return [name for name in document.nodes if name in found]


def _input(
    document: Document,
    types: Types,
    known: Known,
    node: str,
    inputs: Mapping[str, Any],
    *,
    examples: bool,
) -> Any:
    typed = types.get(document.nodes[node].kind)
    if typed is not None and typed.spec.trigger:
        return dict(inputs)
    found = _of_shape(known.input(node))
    for edge in _arriving(document, node):
        source = document.nodes.get(edge.source)
        if source is None or begins_inside(types, document, edge):
            continue
        if found is ANY or source.kind == "trigger.manual":
            return _given(document, types, known, edge.source, edge.output, examples=examples)
    return found


def _given(
    document: Document,
    types: Types,
    known: Known,
    name: str,
    port: str | None,
    *,
    examples: bool,
) -> Any:
    """Return what a node may give at a port, or what it is called by its name."""
    node = document.nodes[name]
    if node.pin:
        return next(iter(node.pin.values())) if port is None else node.pin.get(port, ANY)
    if node.kind == "trigger.manual" and document.inputs:
        return {name: _of_schema(schema) for name, schema in document.inputs.items()}
    shape = known.output(name) if port is None else known.gives(name).get(port)
    found = _of_shape(shape)
    typed = types.get(node.kind)
    if found is not ANY or typed is None or not examples or node.settings.mapped is not None:
        return found
    for example in typed.spec.examples:
        outputs = example.get("outputs") or {}
        if port is None and outputs:
            return next(iter(outputs.values()))
        if port in outputs:
            return outputs[port]
    return ANY


def _of_shape(shape: Shape) -> Any:
    if isinstance(shape, Fields):
        return {name: _of_shape(part) for name, part in shape.of.items()}
    return [_of_shape(shape.of)] if isinstance(shape, Items) else ANY


def _of_schema(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return ANY
    if "default" in schema:
        return schema["default"]
    examples, kind = schema.get("examples"), schema.get("type")
    if isinstance(examples, list) and examples:
        return examples[0]
    if kind == "object" and isinstance(schema.get("properties"), Mapping):
        return {name: _of_schema(part) for name, part in schema["properties"].items()}
    if kind == "array" and "items" in schema:
        return [_of_schema(schema["items"])]
    return _BLANK.get(kind, ANY) if isinstance(kind, str) else ANY
