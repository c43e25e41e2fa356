"""Triggers: where a run starts, emitting what started it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.node import Step, node
from runner.graph.ports import Port, PortType


@node(
    "trigger.manual",
    title="Manual start",
    category="Triggers",
    icon="play",
    trigger=True,
    outputs=(Port("out", PortType.ANY, description="The run's inputs."),),
    examples=(
        {
            "title": "Start with inputs",
            "trigger": {"name": "Ada"},
            "outputs": {"out": {"name": "Ada"}},
        },
        {"title": "Start with nothing", "trigger": {}, "outputs": {"out": {}}},
    ),
)
def manual(step: Step) -> Any:
    """Start the run by hand, by the API or from the command line; emits the run's inputs."""
    return step.trigger


class WebhookParameters(BaseModel):
    """What the address accepts and how it answers."""

    model_config = ConfigDict(extra="forbid")

    methods: list[Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]] = Field(
        default=["POST"], min_length=1, title="Methods", description="The HTTP methods accepted."
    )
    response: Literal["at_once", "when_finished", "respond_node"] = Field(
        default="at_once",
        title="Answer",
        description="At once (202 with the run's id), when the run has finished (its outputs), "
        "or by a Respond node.",
    )
    body_limit: int = Field(
        default=1_048_576,
        ge=0,
        le=67_108_864,
        title="Largest body",
        description="Bytes; a larger body is refused with 413.",
    )


REQUEST = {"method": "POST", "path": "", "query": {}, "headers": {}, "body": {"n": 1}}


@node(
    "trigger.webhook",
    title="Webhook",
    category="Triggers",
    icon="webhook",
    trigger=True,
    parameters=WebhookParameters,
    outputs=(Port("out", PortType.OBJECT, description="method, path, query, headers, body"),),
    examples=(
        {"title": "A posted object", "trigger": REQUEST, "outputs": {"out": REQUEST}},
        {
            "title": "Only GET, answered when finished",
            "parameters": {"methods": ["GET"], "response": "when_finished"},
            "trigger": {**REQUEST, "method": "GET", "body": None},
            "outputs": {"out": {**REQUEST, "method": "GET", "body": None}},
        },
    ),
)
def webhook(step: Step) -> Any:
    """Start the run when something calls the blueprint's address; emits the request."""
    return step.trigger
