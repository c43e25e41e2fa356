"""The answer to the caller of a webhook."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.expressions import as_text
from runner.engine.node import Outputs, Step, node
from runner.graph.ports import Port, PortType


class RespondParameters(BaseModel):
    """The answer."""

    model_config = ConfigDict(extra="forbid")

    status: int = Field(
        default=200, ge=200, le=599, title="Status", description="HTTP status code."
    )
    headers: dict[str, Any] = Field(
        default_factory=dict, title="Headers", json_schema_extra={"widget": "key-value"}
    )
    body: Any = Field(
        default="{{ input }}",
        title="Body",
        description="Text is sent as it is, anything else as JSON. Empty: the input.",
        json_schema_extra={"widget": "json"},
    )
    file: Any = Field(
        default=None,
        title="File",
        description="Sent instead of a body, byte for byte: a file of a form, an attachment, or "
        "another object with base64 (filename, content_type); or base64 alone, as Read file gives.",
    )


@node(
    "webhook.respond",
    title="Respond",
    category="HTTP",
    icon="reply",
    known_as=("response", "reply", "return"),
    parameters=RespondParameters,
    outputs=(Port("out"), Port("response", PortType.OBJECT, description="What was answered.")),
    examples=(
        {
            "title": "Answer with a text",
            "parameters": {"status": 201, "body": "made {{ input.id }}"},
            "inputs": {"in": {"id": 7}},
            "outputs": {
                "out": {"id": 7},
                "response": {"status": 201, "headers": {}, "body": "made 7"},
            },
        },
        {
            "title": "Answer with the input",
            "inputs": {"in": {"ok": True}},
            "outputs": {
                "out": {"ok": True},
                "response": {"status": 200, "headers": {}, "body": {"ok": True}},
            },
        },
        {
            "title": "Answer with a file",
            "parameters": {"file": "{{ input.body.photo }}"},
            "inputs": {"in": {"body": {"photo": {"filename": "a.png", "base64": "iVBORw=="}}}},
            "outputs": {
                "out": {"body": {"photo": {"filename": "a.png", "base64": "iVBORw=="}}},
                "response": {
                    "status": 200,
                    "headers": {},
                    "file": {"filename": "a.png", "base64": "iVBORw=="},
                },
            },
        },
    ),
)
def respond(step: Step) -> Outputs:
    """Answer the webhook's caller: status, headers, and body or file; the run goes on after it."""
    wanted: RespondParameters = step.parameters
    headers = {name: as_text(value) for name, value in wanted.headers.items()}
    answer: dict[str, Any] = {"status": wanted.status, "headers": headers}
    if "file" in wanted.model_fields_set:
        answer["file"] = wanted.file
    else:
        answer["body"] = step.input if "body" not in wanted.model_fields_set else wanted.body
    return Outputs({"out": step.input, "response": answer})
