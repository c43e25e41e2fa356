"""Port types and which of them may be joined by an edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class PortType(StrEnum):
    """The type of the values that pass through a port."""

    ANY = "any"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    LIST = "list"
    FILE = "file"

    def accepts(self, source: PortType) -> bool:
        """Say whether an input of this type takes an edge from an output of type `source`.

        `any` on either side is compatible with everything: the value is only
        known when the run reaches it.
        """
        return PortType.ANY in (self, source) or self is source


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed place where an edge begins (output) or ends (input).

    `multiple` marks an input whose edges are told apart (`flow.join`); any
    other input merges the tokens of all its edges. A `required` input must get
    a token, or the node is skipped.
    """

    name: str
    type: PortType = PortType.ANY
    required: bool = True
    multiple: bool = False
    title: str = ""
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the port as the API and the editor see it."""
        return {
            "name": self.name,
            "type": self.type.value,
            "required": self.required,
            "multiple": self.multiple,
            "title": self.title or self.name,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a node makes of a value of one type for inputs that take another.

    With `parameters` the node takes `source` at its first input and gives what any of `targets`
    takes at its first output; `title` says it to people. `sample` and `gives` are a value and what
    becomes of it, which is tried as a test.
    """

    source: PortType
    targets: tuple[PortType, ...]
    title: str
    sample: Any
    gives: Any
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what the editor needs to offer it."""
        return {
            "source": self.source.value,
            "targets": [target.value for target in self.targets],
            "title": self.title,
            "parameters": dict(self.parameters),
        }
