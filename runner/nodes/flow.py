"""Flow: which way tokens go, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.node import Outputs, Step, node
from runner.graph.known import Shape, passes
from runner.graph.literals import LITERAL
from runner.graph.ports import Port, PortType
from runner.graph.titles import titled

IN = (Port("in", required=False),)


def chosen_gives(parameters: Mapping[str, Any], came: Shape) -> Mapping[str, Shape]:
    """Say that what comes in goes out as it is, at whichever case."""
    cases = parameters.get("cases")
    names = (
        [it.get("name") for it in cases if isinstance(it, Mapping)]
        if isinstance(cases, list)
        else []
    )
    return dict.fromkeys((*(it for it in names if isinstance(it, str)), "default"), came)


class IfParameters(BaseModel):
    """The question."""

    model_config = ConfigDict(extra="forbid")

    condition: Any = Field(
        title="Condition",
        description="An expression; anything but false, null, 0 and empty means true.",
        json_schema_extra={"widget": "expression"},
    )


@node(
    "flow.if",
    title="If",
    category="Flow",
    icon="git-branch",
    known_as=("branch", "condition", "gate", "else"),
    parameters=IfParameters,
    inputs=IN,
    outputs=(Port("true"), Port("false")),
    gives=passes("true", "false"),
    one_of=lambda parameters, port: True,
    examples=(
        {
            "title": "More than 100",
            "parameters": {"condition": "{{ input.total > 100 }}"},
            "inputs": {"in": {"total": 120}},
            "outputs": {"true": {"total": 120}},
        },
        {
            "title": "Nothing there",
            "parameters": {"condition": "{{ input }}"},
            "inputs": {"in": []},
            "outputs": {"false": []},
        },
    ),
)
def if_(step: Step) -> Outputs:
    """Pass the input on at `true` or at `false`, as the condition says."""
    return Outputs({"true" if step.parameters.condition else "false": step.input})


class Case(BaseModel):
    """One way out."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        min_length=1, max_length=60, pattern=r"^[A-Za-z_][A-Za-z0-9_ -]*$", title="Name"
    )
    value: Any = Field(default=None, title="Value", description="What the value is compared with.")


class SwitchParameters(BaseModel):
    """The value and the ways out."""

    model_config = ConfigDict(extra="forbid")

    value: Any = Field(
        title="Value",
        description="An expression that gives what the cases are compared with.",
        json_schema_extra={"widget": "expression"},
    )
    cases: list[Case] = Field(default_factory=list, max_length=100, title="Cases")
    all_matching: bool = Field(
        default=False, title="All that match", description="Not just the first case that matches."
    )


CASES = [{"name": "push", "value": "push"}, {"name": "issue", "value": "issues"}]


@node(
    "flow.switch",
    title="Switch",
    category="Flow",
    icon="split",
    known_as=("case", "route", "router", "branch"),
    parameters=SwitchParameters,
    inputs=IN,
    outputs=(Port("default"),),
    ports_from="cases",
    gives=chosen_gives,
    one_of=lambda parameters, port: parameters.get("all_matching", False) is False,
    examples=(
        {
            "title": "By the kind of event",
            "parameters": {"value": "{{ input.event }}", "cases": CASES},
            "inputs": {"in": {"event": "issues"}},
            "outputs": {"issue": {"event": "issues"}},
        },
        {
            "title": "None of the cases",
            "parameters": {"value": "{{ input.event }}", "cases": CASES},
            "inputs": {"in": {"event": "star"}},
            "outputs": {"default": {"event": "star"}},
        },
    ),
)
def switch(step: Step) -> Outputs:
    """Pass the input on at the port of the case whose value is equal; at `default` if none is."""
    wanted: SwitchParameters = step.parameters
    matching = [case.name for case in wanted.cases if case.value == wanted.value]
    chosen = matching if wanted.all_matching else matching[:1]
    return Outputs(dict.fromkeys(chosen or ["default"], step.input))


class JoinParameters(BaseModel):
    """What to wait for."""

    model_config = ConfigDict(extra="forbid")

    wait_for: Literal["all", "first", "n", "possible"] = Field(
        default="all",
        title="Wait for",
        description="All edges; the first (later ones are swallowed); n of them; or all that can "
        "still come. A branch that can no longer come is not waited for.",
        json_schema_extra={
            **LITERAL,
            **titled(
                all="All edges",
                first="The first",
                n="n of them",
                possible="All that can still come",
            ),
        },
    )
    count: int = Field(
        default=1, ge=1, title="How many", description="For n.", json_schema_extra=LITERAL
    )
    late: Literal["swallow", "block", "cancel"] = Field(
        default="swallow",
        title="The others",
        description="For the first, or n: the tokens that come later are swallowed; or they are, "
        "and no second round begins before all have come; or the steps that lead only here are "
        "cancelled.",
        json_schema_extra={
            **LITERAL,
            **titled(
                swallow="Are swallowed",
                block="Are waited for, then swallowed",
                cancel="Are cancelled",
            ),
        },
    )


@node(
    "flow.join",
    title="Join",
    category="Flow",
    icon="merge",
    known_as=("merge", "combine", "synchronize", "all", "sequence"),
    parameters=JoinParameters,
    inputs=(Port("in", multiple=True, description="One token from each edge."),),
    outputs=(Port("out", PortType.LIST, description="The values, in the order of the edges."),),
    examples=(
        {"title": "Two branches", "edges": {"in": [1, 2]}, "outputs": {"out": [1, 2]}},
        {
            "title": "The first of two",
            "parameters": {"wait_for": "first"},
            "edges": {"in": ["fast", "slow"]},
            "outputs": {"out": ["fast"]},
        },
    ),
)
def join(step: Step) -> Any:
    """Wait for the tokens of several edges and pass them on as one list."""
    return step.inputs["in"]


class OutputParameters(BaseModel):
    """The output's name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        default="",
        max_length=64,
        title="Name",
        description="Empty: the node's own name.",
        json_schema_extra=LITERAL,
    )


@node(
    "flow.output",
    title="Output",
    category="Flow",
    icon="flag",
    known_as=("return", "result", "end"),
    parameters=OutputParameters,
    inputs=IN,
    gives=passes("out"),
    examples=(
        {
            "title": "A result",
            "parameters": {"name": "total"},
            "inputs": {"in": 3},
            "outputs": {"out": 3},
        },
        {"title": "Named like the node", "inputs": {"in": "x"}, "outputs": {"out": "x"}},
    ),
)
def output(step: Step) -> Any:
    """Make what arrives an output of the run, under this name."""
    return step.input


@node(
    "flow.stop",
    title="Stop",
    category="Flow",
    icon="circle-stop",
    known_as=("end", "exit", "terminate", "finish"),
    parameters=OutputParameters,
    inputs=IN,
    outputs=(),
    examples=(
        {"title": "Enough", "inputs": {"in": "found"}, "outputs": {}},
        {
            "title": "With a name",
            "parameters": {"name": "found"},
            "inputs": {"in": 3},
            "outputs": {},
        },
    ),
)
def stop(step: Step) -> Outputs:
    """End the run here as succeeded, and cancel the rest; what arrives becomes an output of it."""
    return Outputs()


class FailParameters(BaseModel):
    """The reason."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(default="The blueprint has failed on purpose.", title="Message")


@node(
    "flow.fail",
    title="Fail",
    category="Flow",
    icon="octagon-x",
    known_as=("throw", "raise", "exception", "assert", "stop and error"),
    parameters=FailParameters,
    inputs=IN,
    outputs=(),
    examples=(
        {
            "title": "With a reason",
            "parameters": {"message": "No stock for {{ input.item }}"},
            "inputs": {"in": {"item": "tea"}},
            "error": "node_failed",
            "message": "No stock for tea",
        },
        {"title": "Just fail", "error": "node_failed"},
    ),
)
def fail(step: Step) -> None:
    """Fail the run here, with a message."""
    raise NodeError(step.parameters.message, kind="failed", permanent=True)
