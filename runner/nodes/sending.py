"""Messages to endpoints: signed, kept until they have arrived, and sent again until then."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.expressions import as_text
from runner.engine.messages import Message
from runner.engine.node import Step, node
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs
from runner.nodes.credentials import HEADER_NAME

# These say what is sent, and whether it was altered on its way.
OURS = ("connection", "content-length", "content-type", "host", "transfer-encoding", "user-agent")


class SendParameters(BaseModel):
    """What is sent, and to which endpoint."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = Field(
        min_length=1,
        max_length=100,
        title="Endpoint",
        description="Its name. It has the address and the secret; the admin and the API make one.",
    )
    type: str = Field(
        min_length=1,
        max_length=100,
        title="Type",
        description="What has happened, such as invoice.paid.",
    )
    data: Any = Field(
        default=None,
        title="Data",
        description="What is told about it. Empty: the input.",
        json_schema_extra={"widget": "json"},
    )
    headers: dict[str, Any] = Field(
        default_factory=dict,
        title="Headers",
        description="Beside those of the signature.",
        json_schema_extra={"widget": "key-value"},
    )
    wait: bool = Field(
        default=False,
        title="Wait until it has arrived",
        description="Without, the run goes on as soon as the message is kept.",
    )


class NotDelivered(NodeError):
    """The message has not arrived, and no further attempt is made."""

    code = "message_not_delivered"


class Unsendable(NodeError):
    """There is nobody who could send the message."""

    code = "no_messages"


@node(
    "webhook.send",
    title="Send a webhook",
    category="HTTP",
    icon="send",
    known_as=("notify", "push", "callback", "event"),
    parameters=SendParameters,
    outputs=(Port("out", PortType.OBJECT, description="id, status, attempts"),),
    effect=Effect.EXTERNAL,
    runs=Runs.ASYNC,
    examples=(
        {
            "title": "Without a site there is nobody who keeps the message",
            "parameters": {"endpoint": "Shop", "type": "invoice.paid", "data": {"id": 7}},
            "error": "no_messages",
        },
        {
            "title": "A header that is none",
            "parameters": {"endpoint": "Shop", "type": "a.b", "headers": {"no name": 1}},
            "error": "node_failed",
        },
    ),
)
async def send(step: Step) -> dict[str, Any]:
    """Send a message to an endpoint, signed by Standard Webhooks, until it has arrived.

    It is kept before the run goes on, and sent again for about 28 hours. A step that is
    repeated after a crash sends no second message.
    """
    wanted: SendParameters = step.parameters
    headers = {name: as_text(value) for name, value in wanted.headers.items()}
    for name, value in headers.items():
        _check_header(name, value)
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", wanted.type):
        raise NodeError(
            f"{wanted.type!r} is no type of a message: it is words of letters, digits, _ and -, "
            "joined by dots, such as invoice.paid.",
            kind="message",
            permanent=True,
        )
    host = step.resources.messages
    if host is None:
        raise Unsendable(
            "Nothing here can send messages: that needs a site, which keeps them.",
            kind="no_messages",
            permanent=True,
        )
    data = step.input if wanted.data is None else wanted.data
    sent = await host.hand_over(
        step, Message(wanted.endpoint, wanted.type, data, headers, wanted.wait)
    )
    if wanted.wait and sent.status == "waiting":
        told = f"the endpoint {wanted.endpoint} to take a message"
        step.park(waits_for={"kind": "message", "text": told, "message": sent.id})
    if wanted.wait and sent.status == "failed":
        raise NotDelivered(
            f"The message {sent.id} has not arrived: {sent.why}",
            kind="message",
            permanent=True,
            data={"id": sent.id, "attempts": sent.tries},
        )
    return {"id": sent.id, "status": sent.status, "attempts": sent.tries}


def _check_header(name: str, value: str) -> None:
    if not HEADER_NAME.fullmatch(name) or any(sign in value for sign in "\r\n\0"):
        raise NodeError(
            f"{name[:60]!r} is no header: a name is letters, digits and hyphens, "
            "a value is one line.",
            kind="message",
            permanent=True,
        )
    if name.lower() in OURS or name.lower().startswith("webhook-"):
        raise NodeError(
            f"The header {name!r} is set by Conductor; leave it out.",
            kind="message",
            permanent=True,
        )
