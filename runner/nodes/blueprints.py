"""Blueprints of blueprints: run another one, start after others, start when one has failed."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.blueprints import Call, Child
from runner.engine.errors import NodeError
from runner.engine.node import Outputs, Step, node
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs


class CallParameters(BaseModel):
    """Which blueprint, with what, and whether its end is waited for."""

    model_config = ConfigDict(extra="forbid")

    blueprint: str = Field(
        min_length=1,
        max_length=200,
        title="Blueprint",
        description="Its published version is run. In a file it can stand by its name.",
        json_schema_extra={"widget": "blueprint"},
    )
    inputs: dict[str, Any] | None = Field(
        default=None,
        title="Inputs",
        description="By the names that it declares. Empty: what comes in, if that is an object.",
        json_schema_extra={"widget": "blueprint-inputs"},
    )
    wait: bool = Field(
        default=True,
        title="Wait for its end",
        description="Without, the run goes on at once and only knows the id of the other.",
    )
    outputs: list[str] = Field(
        default_factory=list,
        max_length=50,
        title="Outputs with a port",
        description="Outputs of the other blueprint that get a port of their own here.",
        json_schema_extra={"widget": "blueprint-outputs"},
    )
    cancel: bool = Field(
        default=True,
        title="Cancel it with this run",
        description="Whether its run is cancelled when this one is, or when the step gives up.",
    )
    recursive: bool = Field(
        default=False,
        title="May lead back here",
        description="Allows calls that go round in a circle, down to the site's depth limit.",
    )


@node(
    "blueprint.call",
    title="Run a blueprint",
    category="Flow",
    icon="workflow",
    known_as=("sub-workflow", "subflow", "subgraph", "function", "macro", "child"),
    parameters=CallParameters,
    outputs=(
        Port("out", PortType.OBJECT, description="Its outputs; {run} where nobody waits."),
        Port("run", PortType.TEXT, description="The id of its run."),
    ),
    ports_from="outputs",
    effect=Effect.EXTERNAL,
    runs=Runs.ASYNC,
    examples=(
        {
            "title": "Without a host there is nobody who could run it",
            "parameters": {"blueprint": "Invoice", "inputs": {"order": "{{ input.id }}"}},
            "inputs": {"in": {"id": 7}},
            "error": "no_blueprints",
        },
        {
            "title": "Started, not waited for",
            "parameters": {"blueprint": "Invoice", "wait": False},
            "inputs": {"in": {"order": 7}},
            "error": "no_blueprints",
        },
    ),
)
async def call(step: Step) -> Outputs:
    """Run another blueprint's published version as a child run; emits its outputs.

    If it fails, so does the step, with the child's error in `data`.
    """
    host = step.resources.blueprints
    if host is None:
        raise Uncallable("Nothing here can run other blueprints: they need a site, or a host.")
    wanted: CallParameters = step.parameters
    given = wanted.inputs
    if given is None and isinstance(step.input, dict):
        given = step.input
    child = await host.start(step, Call(wanted.blueprint, given, wanted.cancel))
    if not wanted.wait:
        return Outputs({"out": {"run": child.run}, "run": child.run})
    child = await host.ended(step, child)
    if child.status != "succeeded":
        raise ChildFailed(
            _said(child),
            kind=f"child_{child.status}",
            data={
                "run": child.run,
                "blueprint": child.blueprint,
                "status": child.status,
                "error": dict(child.error),
            },
        )
    own = {name: child.outputs[name] for name in wanted.outputs if name in child.outputs}
    # The first is what others read as its last output, whichever outputs have a port.
    return Outputs({"out": dict(child.outputs), **own, "run": child.run})


_SAID = {"failed": "failed: ", "cancelled": "been cancelled: "}
# Of a longer way of calls, its beginning and its end are named.
MOST_CALLS = 8


def _said(child: Child) -> str:
    """Say how a child run ended: the way of calls once, then the error at its end."""
    way, status, error = [child.blueprint], child.status, child.error
    while error.get("kind") == "child_failed" and isinstance(found := error.get("data"), dict):
        if not (isinstance(found.get("blueprint"), str) and isinstance(found.get("error"), dict)):
            break
        way.append(found["blueprint"])
        status, error = found.get("status", status), found["error"]
    names = [
        repr(name) + (f" ({count} times)" if count > 1 else "")
        for name, count in ((name, len(list(same))) for name, same in groupby(way))
    ]
    if (left := len(names) - MOST_CALLS) > 0:
        names[MOST_CALLS // 2 : -MOST_CALLS // 2] = [f"… {left} more …"]
    return f"The run of {' → '.join(names)} has {_SAID[status]}{error.get('message', '')}"


class Uncallable(NodeError):
    """There is nobody who could run other blueprints."""

    code = "no_blueprints"

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="no_blueprints", permanent=True)


class ChildFailed(NodeError):
    """The child run has not succeeded."""

    code = "child_failed"


ERROR = {
    "run": "0193a1c4-0000-7000-8000-000000000001",
    "blueprint": {"id": "5f4d2c1b-0000-4000-8000-000000000001", "name": "Orders", "version": 3},
    "ended": "failed",
    "error": {"code": "http_500", "message": "The server answered 500.", "step": "charge"},
    "step": "charge",
    "inputs": "/api/runs/0193a1c4-0000-7000-8000-000000000001/",
    "link": "https://conductor.example/runs/0193a1c4-0000-7000-8000-000000000001/",
}


@node(
    "trigger.error",
    title="Error of a blueprint",
    category="Triggers",
    icon="siren",
    known_as=("catch", "exception", "failure"),
    trigger=True,
    outputs=(
        Port(
            "out",
            PortType.OBJECT,
            description="run, blueprint, ended, error, step, inputs (where to read them), link",
        ),
    ),
    examples=(
        {"title": "A run failed", "trigger": ERROR, "outputs": {"out": ERROR}},
        {
            "title": "A run took too long",
            "trigger": {**ERROR, "ended": "timed_out", "step": None},
            "outputs": {"out": {**ERROR, "ended": "timed_out", "step": None}},
        },
    ),
)
def error(step: Step) -> Any:
    """Start the run when a run of another blueprint ends badly which names this one for that."""
    return step.trigger


class AfterParameters(BaseModel):
    """After which blueprints, and how they have to end."""

    model_config = ConfigDict(extra="forbid")

    blueprints: list[str] = Field(
        min_length=1,
        max_length=50,
        title="Blueprints",
        description="Their published versions count, drafts do not.",
        json_schema_extra={"widget": "blueprints"},
    )
    wants: Literal["all", "any"] = Field(
        default="all",
        title="After",
        description="All of them (the last end of each counts, and only once), or any of them.",
    )
    ended: Literal["succeeded", "failed", "any"] = Field(
        default="succeeded", title="That have", description="Which ends count."
    )
    window: int | float | None = Field(
        default=None,
        gt=0,
        le=366 * 86400,
        title="Within",
        description="Seconds between the first and the last end, where all are wanted. "
        "Empty: however long.",
    )


RUNS = [
    {
        "run": "0193a1c4-0000-7000-8000-000000000002",
        "blueprint": "Import",
        "status": "succeeded",
        "outputs": {"rows": 12},
    }
]


@node(
    "trigger.blueprint",
    title="After other blueprints",
    category="Triggers",
    icon="list-end",
    known_as=("chain", "follow"),
    trigger=True,
    parameters=AfterParameters,
    outputs=(
        Port(
            "out",
            PortType.OBJECT,
            description="runs: run, blueprint, status and outputs of each, in the order named",
        ),
    ),
    examples=(
        {
            "title": "After an import",
            "parameters": {"blueprints": ["Import"]},
            "trigger": {"runs": RUNS},
            "outputs": {"out": {"runs": RUNS}},
        },
        {
            "title": "Whenever one of two has failed",
            "parameters": {"blueprints": ["Import", "Export"], "wants": "any", "ended": "failed"},
            "trigger": {"runs": [{**RUNS[0], "status": "failed", "outputs": None}]},
            "outputs": {"out": {"runs": [{**RUNS[0], "status": "failed", "outputs": None}]}},
        },
    ),
)
def after(step: Step) -> Any:
    """Start the run when runs of other blueprints have ended: all of them, or any."""
    return step.trigger
