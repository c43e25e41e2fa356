"""What the graph must know of a node type: its ports, parameters and effect, not its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from runner.graph.known import Gives
from runner.graph.ports import Conversion, Port, PortType


class Effect(StrEnum):
    """What a step does to the world outside the run."""

    PURE = "pure"  # recomputed freely
    IDEMPOTENT = "idempotent"  # may be repeated
    EXTERNAL = "external"  # checkpointed before anything depends on it


class Runs(StrEnum):
    """Where a node's code runs."""

    INLINE = "inline"  # in the scheduler's own turn: pure and over in microseconds
    ASYNC = "async"  # a task on the event loop
    THREAD = "thread"  # a worker thread, for blocking calls


# Of parameters as the drawing has them and an output port: whether it is one of those of which a
# step emits at exactly one.
OneOf = Callable[[Mapping[str, Any], str], bool]


class NoParameters(BaseModel):
    """The parameter model of a node type that has none."""

    model_config = {"extra": "forbid"}


@cache
def _schema_of(parameters: type[BaseModel]) -> Mapping[str, Any]:
    # Making it takes longer than most pages.
    return parameters.model_json_schema()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """The declaration of a node type; palette, form, docs, validation and API derive from it.

    A frame has ports inside too: tokens begin at `begins` and end at `ends`. A token at one of its
    `controls` does not fire it, but acts on what is open of it.
    `ports_from` names a list parameter whose items each add an output port
    (an item's `name`, or the item itself where it is a string); these come
    before the ports of `outputs`. `trigger` marks types that start runs and
    hence have no inputs. The `error` output port is not declared: every node
    whose settings say `on_error: route` has it. `gives` says which fields what it gives out has,
    as far as that is certain before it runs. `one_of` tells the output ports of which each step
    emits at exactly one, so that what is behind two of them never both happens. `converts` says
    between which types it is offered as a converter, where an edge between them is refused.
    `known_as` are words by which people look for it who know it from elsewhere under another name.
    """

    kind: str
    version: int = 1
    title: str
    category: str
    icon: str
    description: str
    known_as: tuple[str, ...] = ()
    parameters: type[BaseModel] = NoParameters
    inputs: tuple[Port, ...] = (Port("in", required=False),)
    outputs: tuple[Port, ...] = (Port("out"),)
    begins: tuple[Port, ...] = ()
    ends: tuple[Port, ...] = ()
    controls: tuple[Port, ...] = ()
    ports_from: str | None = None
    effect: Effect = Effect.PURE
    runs: Runs = Runs.INLINE
    trigger: bool = False
    examples: tuple[Mapping[str, Any], ...] = field(default=())
    gives: Gives | None = None
    one_of: OneOf | None = None
    converts: tuple[Conversion, ...] = ()

    @property
    def required_parameters(self) -> frozenset[str]:
        """The parameters without which the node cannot run, by the names that drawings use."""
        fields = self.parameters.model_fields.items()
        return frozenset(field.alias or name for name, field in fields if field.is_required())

    def output_ports(self, parameters: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return the output ports that a node with these (unevaluated) parameters has."""
        if self.ports_from is None:
            return self.outputs
        items = parameters.get(self.ports_from)
        names: list[str] = []
        for item in items if isinstance(items, list) else []:
            name = item.get("name") if isinstance(item, Mapping) else item
            if isinstance(name, str) and name and name not in names:
                names.append(name)
        fixed = {port.name for port in self.outputs}
        return (*(Port(name, PortType.ANY) for name in names if name not in fixed), *self.outputs)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of the parameters."""
        return _schema_of(self.parameters)

    def to_json(self) -> dict[str, Any]:
        """Return the declaration as `GET /api/node-types/` shows it."""
        return {
            "kind": self.kind,
            "version": self.version,
            "title": self.title,
            "category": self.category,
            "icon": self.icon,
            "description": self.description,
            "parameters": self.schema,
            "inputs": [port.to_json() for port in (*self.inputs, *self.ends, *self.controls)],
            "outputs": [port.to_json() for port in (*self.outputs, *self.begins)],
            "begins": [port.name for port in self.begins],
            "ends": [port.name for port in self.ends],
            "controls": [port.name for port in self.controls],
            "ports_from": self.ports_from,
            "effect": self.effect.value,
            "runs": self.runs.value,
            "trigger": self.trigger,
            "examples": [dict(example) for example in self.examples],
            "known_as": list(self.known_as),
            "converts": [conversion.to_json() for conversion in self.converts],
        }
