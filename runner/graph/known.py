"""What is known of the values at ports before any run: which fields objects have for certain.

Nothing is guessed. What a node gives out is only known where its type says how (`gives` of its
declaration) and nothing about the drawing puts it in doubt, such as an edge of unknown origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.graph.document import Document, Edge, Node
    from runner.graph.plan import Types


@dataclass(frozen=True, slots=True)
class Fields:
    """An object that has these fields and no others; None stands for a value of any form."""

    of: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Items:
    """A list whose items are all of this form."""

    of: Shape


Shape = Fields | Items | None
# Of parameters as the drawing has them and the shape at the first input: a shape for each port.
Gives = Callable[[Mapping[str, Any], Shape], Mapping[str, Shape]]

_PATH = re.compile(r"\{\{\s*(input(?:\s*\.\s*[A-Za-z_]\w*)*)\s*\}\}")
# A drawing that is deeper is not followed to its beginning.
DEEPEST = 200


def passes(*ports: str) -> Gives:
    """Return what says that a node passes what came in on as it is, at these ports."""
    return lambda parameters, came: dict.fromkeys(ports, came)


def either(one: Shape, other: Shape) -> Shape:
    """Return the shape of a value that may be of either."""
    if isinstance(one, Fields) and isinstance(other, Fields):
        names = [*one.of, *(name for name in other.of if name not in one.of)]
        return Fields({name: _both(one, other, name) for name in names})
    if isinstance(one, Items) and isinstance(other, Items):
        return Items(either(one.of, other.of))
    return None


def _both(one: Fields, other: Fields, name: str) -> Shape:
    return either(one.of[name], other.of[name]) if name in one.of and name in other.of else None


def shape_of_literal(value: Any, came: Shape = None) -> Shape:
    """Return the shape of a parameter's value, in which expressions may stand.

    Of those only a path into what came in (`{{ input.address }}`) is followed.
    """
    if isinstance(value, Mapping):
        return Fields({str(key): shape_of_literal(part, came) for key, part in value.items()})
    if isinstance(value, str) and (path := _PATH.fullmatch(value.strip())):
        found = came
        for name in path[1].split(".")[1:]:
            found = found.of.get(name.strip()) if isinstance(found, Fields) else None
        return found
    return None


def shape_of_schema(schema: Any) -> Shape:
    """Return the shape that a JSON schema prescribes; None where it leaves any freedom."""
    if not isinstance(schema, Mapping):
        return None
    properties = schema.get("properties")
    closed = schema.get("additionalProperties") is False
    if schema.get("type") == "object" and closed and isinstance(properties, Mapping):
        return Fields({name: shape_of_schema(part) for name, part in properties.items()})
    if schema.get("type") == "array" and "items" in schema:
        return Items(shape_of_schema(schema["items"]))
    return None


class Known:
    """The shapes of the values in one drawing."""

    def __init__(self, document: Document, types: Types) -> None:
        self._document = document
        self._types = types
        self._arriving: dict[tuple[str, str], list[Edge]] = {}
        for edge in document.edges:
            self._arriving.setdefault((edge.target, edge.input), []).append(edge)
        self._found: dict[str, Mapping[str, Shape]] = {}
        self._open: set[str] = set()

    @property
    def inputs(self) -> Shape:
        """Return the shape of the run's inputs; a drawing that declares none takes any."""
        declared = self._document.inputs
        if not declared:
            return None
        return Fields({name: shape_of_schema(it) for name, it in declared.items()})

    def input(self, name: str) -> Shape:
        """Return the shape of `input` in a node's expressions."""
        node = self._document.nodes.get(name)
        typed = self._types.get(node.kind) if node is not None else None
        if node is None or typed is None:
            return None
        if typed.spec.trigger:
            return self.inputs
        came = self._at_input(name, node)
        if node.settings.mapped is None:
            return came
        if node.settings.mapped.list is not None or not isinstance(came, Items):
            return None
        return came.of

    def item(self, name: str) -> Shape:
        """Return the shape of `item` in a node's expressions, by the For each around it."""
        node = self._document.nodes.get(name)
        frame = node.frame if node is not None else None
        if frame is None or frame not in self._document.nodes:
            return None
        return self.gives(frame).get("item")

    def output(self, name: str) -> Shape:
        """Return the shape of `nodes["…"]`: where a node has several ports, they must agree."""
        node = self._document.nodes.get(name)
        typed = self._types.get(node.kind) if node is not None else None
        if node is None or typed is None or node.settings.on_error == "route":
            return None
        given = self.gives(name)
        found = [given.get(port.name) for port in typed.spec.output_ports(node.parameters)]
        return found[0] if found and all(it == found[0] for it in found) else None

    def gives(self, name: str) -> Mapping[str, Shape]:
        """Return the shapes that a node emits, by port; ports that are left out may give any."""
        if name in self._found:
            return self._found[name]
        if name in self._open or len(self._open) > DEEPEST:
            # Round a loop nothing is certain.
            return {}
        self._open.add(name)
        found = self._given(name)
        self._open.discard(name)
        if not self._open:
            # What was asked for in the middle of a loop is not the whole truth.
            self._found[name] = found
        return found

    def _given(self, name: str) -> Mapping[str, Shape]:
        node = self._document.nodes[name]
        typed = self._types.get(node.kind)
        if typed is None or node.pin is not None or node.promoted or node.settings.disabled:
            return {}
        if node.settings.mapped is not None or node.settings.on_error == "continue":
            return {}
        if typed.spec.trigger:
            # Others than a start by hand or by the API bring what they bring.
            return {"out": self.inputs} if node.kind == "trigger.manual" else {}
        came = self._at_input(name, node)
        if node.settings.bypass:
            return {typed.spec.outputs[0].name: came} if typed.spec.outputs else {}
        if typed.spec.gives is None:
            return {}
        return typed.spec.gives(node.parameters, came)

    def _at_input(self, name: str, node: Node) -> Shape:
        spec = self._types[node.kind].spec
        if not spec.inputs:
            return self.inputs
        port = spec.inputs[0]
        edges = self._arriving.get((name, port.name), [])
        shapes = [self.gives(it.source).get(it.output) for it in edges if self._is_there(it)]
        if port.multiple or not shapes or len(shapes) < len(edges):
            return None
        found = shapes[0]
        for shape in shapes[1:]:
            found = either(found, shape)
        return found

    def _is_there(self, edge: Edge) -> bool:
        return edge.source in self._document.nodes
