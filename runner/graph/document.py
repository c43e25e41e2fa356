"""The document `conductor/1`: a blueprint as one value, the same wherever it is kept."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from runner.graph.cases import MOST_CASES, TestCase
from runner.graph.exact import Number, Truth, Whole
from runner.graph.labels import Labels
from runner.graph.queueing import QueueSettings

FORMAT = "conductor/1"
NODE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
PORT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,63}")
EDGE = re.compile(r"\s*([^\s.]+)\.(.+?)\s*->\s*([^\s.]+)\.(.+?)\s*")

NodeId = Annotated[str, StringConstraints(pattern=rf"^{NODE_ID.pattern}$")]
Seconds = Annotated[Number, Field(gt=0, le=366 * 86400, allow_inf_nan=False)]
Coordinate = Annotated[Number, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]


class Edge(NamedTuple):
    """An edge from an output port to an input port; its text form is `a.out -> b.in`."""

    source: str
    output: str
    target: str
    input: str

    def __str__(self) -> str:
        return f"{self.source}.{self.output} -> {self.target}.{self.input}"

    @classmethod
    def parse(cls, text: object) -> Edge:
        """Read the text form. Raises ValueError for anything else."""
        if isinstance(text, Edge):
            return text
        found = EDGE.fullmatch(text) if isinstance(text, str) and len(text) <= 300 else None
        if found is None:
            raise ValueError("an edge is written as 'node.port -> node.port'")
        edge = cls(*found.groups())
        for name, pattern in zip(edge, (NODE_ID, PORT_NAME) * 2, strict=True):
            if not pattern.fullmatch(name):
                raise ValueError(f"{name!r} is not a name; an edge is 'node.port -> node.port'")
        return edge

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )


class Part(BaseModel):
    """A part of the document: unknown keys are refused, since a misspelt one would be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        # It never changes; pydantic would copy a default, with all that is in it, for each node.
        return self


class Retry(Part):
    """How often and how a failing step is tried again.

    `attempts` counts the first one; `delay` and `max_delay` are seconds;
    `kinds` names the kinds of error that are tried again (all but permanent ones by default).
    """

    attempts: Whole = Field(default=1, ge=1, le=100)
    backoff: Literal["exponential", "fixed"] = "exponential"
    delay: Number = Field(default=0.5, ge=0, le=86400, allow_inf_nan=False)
    max_delay: Number = Field(default=60.0, ge=0, le=86400, allow_inf_nan=False)
    kinds: list[str] | None = None


class Each(Part):
    """How a node is mapped over a list: that at its first input, or what `list` gives.

    `list` is an expression of what cannot change while the step runs: `input`,
    `inputs`, `run` and `vars`. `concurrency` items run at the same time, at most
    `rate` are begun in a second. `errors` says whether the first error stops the
    others (`stop`), or all are tried and the errors come out at the port `errors`
    (`collect`).
    """

    list: str | None = Field(default=None, max_length=10_000)
    concurrency: Whole = Field(default=10, ge=1, le=1000)
    rate: Number | None = Field(default=None, gt=0, le=10_000, allow_inf_nan=False)
    errors: Literal["stop", "collect"] = "stop"


class Rate(Part):
    """At most so many attempts a second, counted over all workers and runs.

    `burst` may follow each other at once after a rest. Nodes of one owner that
    name the same `shared` bucket, such as an account at a service, share it;
    else each node of a blueprint has its own.
    """

    per_second: Number = Field(gt=0, le=10_000, allow_inf_nan=False)
    burst: Whole = Field(default=1, ge=1, le=10_000)
    shared: str = Field(default="", max_length=100)


class NodeSettings(Part):
    """How a node is run, whatever its kind. `each: true` is an `Each` as it comes.

    `compensate` gives it a port of that name; what is drawn behind that undoes its steps.
    `rate` limits how often its attempts begin. A run with it is only taken by workers that have
    the `labels`.
    A `disabled` node passes nothing on; with `bypass` it is not run either, but what comes at
    its first input leaves at its first output.
    """

    retry: Retry = Retry()
    timeout: Seconds | None = None
    on_error: Literal["fail", "route", "continue"] = "fail"
    disabled: Truth = False
    bypass: Truth = False
    max_firings: Whole = Field(default=10_000, ge=1, le=10_000_000)
    at_most_once: Truth = False
    compensate: Truth = False
    each: Truth | Each = False
    rate: Rate | None = None
    labels: Labels = []

    @property
    def idle(self) -> bool:
        """Whether the node does nothing, whatever it passes on."""
        return self.disabled or self.bypass

    @property
    def mapped(self) -> Each | None:
        """How the node runs for each item of a list, None where it runs once."""
        if isinstance(self.each, Each):
            return self.each
        return Each() if self.each else None


class Node(Part):
    """One step drawn on the canvas. A parameter is a literal or an expression (`{{ … }}`).

    `pin` is what it emits in runs of the draft instead of being run: output port to value.
    `frame` is the node that holds this one.
    """

    kind: str = Field(min_length=1, max_length=100)
    title: str = Field(default="", max_length=200)
    parameters: dict[str, Any] = Field(default_factory=dict)
    promoted: list[str] = Field(default_factory=list)
    settings: NodeSettings = NodeSettings()
    pin: dict[str, Any] | None = None
    frame: NodeId | None = None


class BlueprintSettings(Part):
    """How a run of the blueprint is run; `timeout` is seconds for the whole run.

    `cleanup_timeout` is seconds for what cleans up and undoes once it ends early; None: any.
    `error_blueprint` is the id or the name of a blueprint that is started when a
    run ends in one of the ways of `error_blueprint_for`. `queue` says how runs queue; only
    workers that have the `labels` take them.
    """

    timeout: Seconds | None = None
    cleanup_timeout: Seconds | None = 3600
    on_failure: Literal["cancel", "finish"] = "cancel"
    concurrency: Whole | None = Field(default=None, ge=1, le=100_000)
    error_blueprint: str = Field(default="", max_length=200)
    error_blueprint_for: list[Literal["failed", "crashed", "timed_out", "cancelled"]] = Field(
        default=["failed", "crashed", "timed_out"]
    )
    queue: QueueSettings = QueueSettings()
    labels: Labels = []


class Route(Part):
    """How an edge is drawn: by way of points, or as a link: by its name at both ends."""

    points: list[tuple[Coordinate, Coordinate]] = Field(default_factory=list, max_length=100)
    name: str = Field(default="", max_length=60)


class Note(Part):
    """A note on the canvas, in canvas units."""

    id: str = Field(default="", max_length=64)
    text: str = Field(default="", max_length=20_000)
    x: Coordinate = 0
    y: Coordinate = 0
    width: Number = Field(default=240, ge=1, le=1e5)
    height: Number = Field(default=120, ge=1, le=1e5)
    color: str = Field(default="", max_length=30)


class Document(Part):
    """A whole blueprint. `inputs` maps a name to a JSON schema, with `required` beside it.

    `layout` says where nodes stand, `collapsed` which frames are drawn without what they hold,
    `routes` how edges are drawn, by their text form; none has to do with how the blueprint runs.
    """

    format: Literal["conductor/1"] = "conductor/1"
    name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=20_000)
    inputs: dict[str, dict[str, Any]] = Field(default_factory=dict)
    vars: dict[str, Any] = Field(default_factory=dict)
    settings: BlueprintSettings = BlueprintSettings()
    nodes: dict[NodeId, Node] = Field(default_factory=dict)
    edges: list[Edge] = Field(default_factory=list)
    layout: dict[NodeId, tuple[Coordinate, Coordinate]] = Field(default_factory=dict)
    collapsed: list[NodeId] = Field(default_factory=list)
    routes: dict[str, Route] = Field(default_factory=dict)
    notes: list[Note] = Field(default_factory=list)
    tests: list[TestCase] = Field(default_factory=list, max_length=MOST_CASES)

    @field_validator("routes")
    @classmethod
    def _edges_of_routes(cls, routes: dict[str, Route]) -> dict[str, Route]:
        kept = {}
        for text, route in routes.items():
            try:
                kept[str(Edge.parse(text))] = route
            except ValueError as error:
                raise ValueError(f"{text[:80]!r} names no edge: {error}") from None
        return kept

    @field_validator("inputs")
    @classmethod
    def _input_names(cls, inputs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, schema in inputs.items():
            if not NODE_ID.fullmatch(name):
                raise ValueError(
                    f"the input name {name!r} is not a name (letters, digits, _ and -)"
                )
            if not isinstance(schema.get("required", False), bool):
                raise ValueError(f"'required' of the input {name!r} must be true or false")
        return inputs
