"""Triggers: where a run starts, emitting what started it."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from runner.engine.node import Step, node
from runner.graph.ports import Port, PortType
from runner.graph.titles import titled
from runner.nodes.paths import KIND, read_path
from runner.nodes.schemas import wrong_with


@node(
    "trigger.manual",
    title="Manual start",
    category="Triggers",
    icon="play",
    known_as=("begin", "button", "click", "inject"),
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
    path: str = Field(
        default="",
        max_length=200,
        title="Path",
        description="What follows the address, with names for its parts: /:customer/orders/:id. "
        "Empty: anything.",
    )
    response: Literal["at_once", "when_finished", "respond_node", "stream"] = Field(
        default="at_once",
        title="Answer",
        description="At once (202 with the run's id), when the run has finished (its outputs), "
        "by a Respond node, or as a stream of what the run tells.",
        json_schema_extra=titled(respond_node="By a Respond node", stream="As a stream"),
    )
    body_limit: int = Field(
        default=1_048_576,
        ge=0,
        le=67_108_864,
        title="Largest body",
        description="Bytes; a larger body is refused with 413, also one that is larger unpacked.",
    )
    body_schema: dict[str, Any] = Field(
        default_factory=dict,
        title="Body's schema",
        description="JSON Schema. A body that does not fit is refused with 422. Empty: any body.",
        json_schema_extra={"widget": "json", "literal": True},
    )

    once: Literal["never", "idempotency_key", "header", "body"] = Field(
        default="never",
        title="Take once",
        description="What tells a request that comes again: its Idempotency-Key, the header named "
        "below, or its method, path, query and body. It gets the first one's answer and starts no "
        "run.",
        json_schema_extra=titled(
            idempotency_key="By its Idempotency-Key",
            header="By a header",
            body="By what it asks and its body",
        ),
    )
    once_header: str = Field(
        default="",
        max_length=100,
        validate_default=True,
        title="Header that names the request",
        description="Such as X-GitHub-Delivery or webhook-id.",
    )
    once_for: float = Field(
        default=86_400,
        ge=300,
        le=2_592_000,
        title="Remember for",
        description="Seconds: 5 minutes to 30 days.",
        json_schema_extra={"widget": "duration"},
    )
    origins: list[str] = Field(
        default_factory=list,
        max_length=50,
        title="Pages that may call",
        description="Origins such as https://shop.example.com whose scripts may call and read the "
        "answer (CORS); * for all. Empty: none.",
    )

    @field_validator("body_schema")
    @classmethod
    def _schema(cls, value: dict[str, Any]) -> dict[str, Any]:
        if wrong := wrong_with(value):
            raise ValueError(wrong)
        return value

    @field_validator("path")
    @classmethod
    def _path(cls, value: str) -> str:
        read_path(value)
        return value

    @field_validator("origins")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"must be origins such as https://host:port; {origin[:80]!r} is none"
                )
        return value

    @field_validator("once_header")
    @classmethod
    def _header(cls, value: str, info: ValidationInfo) -> str:
        needed = info.data.get("once") == "header"
        if (needed or value) and not _HEADER.fullmatch(value):
            raise ValueError("must be the name of a header such as X-GitHub-Delivery")
        return value


REQUEST = {"method": "POST", "path": "", "query": {}, "headers": {}, "body": {"n": 1}}
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@node(
    KIND,
    title="Webhook",
    category="Triggers",
    icon="webhook",
    known_as=("receive", "callback", "endpoint", "HTTP in", "form"),
    trigger=True,
    parameters=WebhookParameters,
    outputs=(
        Port("out", PortType.OBJECT, description="method, path, params, query, headers, body"),
    ),
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
