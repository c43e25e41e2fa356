"""The triggers that listen: to a folder, and to servers that the operator has named."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from runner.engine.node import Step
from runner.graph.literals import LITERAL
from runner.graph.titles import titled
from runner.nodes.starting import begin_field, shown, starts_runs

LISTENING = (
    "trigger.file",
    "trigger.redis",
    "trigger.mqtt",
    "trigger.postgres",
    "trigger.email",
)

# The schemes of the connections to which a kind listens; what speaks to them, and its extra.
SCHEMES = {
    "trigger.redis": ("redis", "rediss"),
    "trigger.mqtt": ("mqtt", "mqtts"),
    "trigger.postgres": ("postgresql",),
    "trigger.email": ("imap", "imaps"),
}
EXTRAS = {
    "trigger.redis": ("redis", "redis"),
    "trigger.mqtt": ("paho.mqtt", "mqtt"),
    "trigger.postgres": ("psycopg", "postgres"),
    "trigger.email": ("imapclient", "mail"),
}


def connection_field(example: str) -> Any:
    """Return the parameter that names the connection."""
    return Field(
        title="Connection",
        description="The name that the operator has given to the server.",
        min_length=1,
        max_length=40,
        json_schema_extra=shown(f"e.g. {example}"),
    )


class FileParameters(BaseModel):
    """Which files of which folder start runs."""

    model_config = ConfigDict(extra="forbid")

    folder: str = Field(
        title="Folder",
        description="Below the blueprints' folder; it is made where it is missing.",
        min_length=1,
        max_length=1000,
        json_schema_extra=shown("e.g. inbox"),
    )
    pattern: str = Field(
        default="*",
        title="Files",
        description="Names such as *.csv; those that begin with a dot never count.",
        min_length=1,
        max_length=200,
        json_schema_extra=shown("e.g. *.csv"),
    )
    recursive: bool = Field(
        default=False,
        title="Folders in it, too",
        json_schema_extra=LITERAL,
    )
    events: Literal["new", "new_and_changed"] = Field(
        default="new",
        title="Start for",
        description="New files, or also those that change after they were taken.",
        json_schema_extra={
            **LITERAL,
            **titled(new="New files", new_and_changed="New and changed files"),
        },
    )
    settle: int = Field(
        default=2,
        ge=0,
        le=3600,
        title="At rest for",
        description="Seconds for which size and time of a file stay as they are before it counts "
        "as whole.",
        json_schema_extra=LITERAL,
    )
    existing: bool = Field(
        default=False,
        title="Those that are there already",
        description="Whether files start runs that are in the folder when this is published.",
        json_schema_extra=LITERAL,
    )


FILE = {
    "path": "inbox/orders.csv",
    "name": "orders.csv",
    "size": 1204,
    "modified": "2027-03-29T07:00:00+00:00",
    "event": "new",
}


@starts_runs(
    "trigger.file",
    title="Watched folder",
    icon="folder-input",
    known_as=("directory", "upload"),
    parameters=FileParameters,
    emits="path (as file nodes take it), name, size (bytes), modified, event (new or changed)",
    examples=(
        ("Each CSV file that is put into a folder", {"folder": "inbox", "pattern": "*.csv"}, FILE),
        (
            "Also when one changes, once it has rested for a minute",
            {"folder": "inbox", "events": "new_and_changed", "settle": 60},
            {**FILE, "event": "changed"},
        ),
    ),
)
def file(step: Step) -> Any:
    """Start a run for each file that comes into a folder, once it is whole; emits what it is.

    One worker watches, whichever it is; each file starts one run.
    """
    return step.trigger


class RedisParameters(BaseModel):
    """Which stream or channel of which Redis server starts runs."""

    model_config = ConfigDict(extra="forbid")

    connection: str = connection_field("orders")
    source: Literal["stream", "channel"] = Field(
        default="stream",
        title="Listen to",
        description="A stream keeps what comes until it was taken; of a channel (pub/sub) is lost "
        "what comes while nobody listens.",
        json_schema_extra=LITERAL,
    )
    name: str = Field(
        title="Its name",
        min_length=1,
        max_length=500,
        json_schema_extra=shown("e.g. orders"),
    )
    begin: Literal["new", "all"] = begin_field("stream")


ENTRY = {"stream": "orders", "id": "1806303600000-0", "fields": {"total": "12.5"}, "base64": []}
PUBLISHED = {"channel": "news", "data": "hello", "encoding": "utf-8"}


@starts_runs(
    "trigger.redis",
    title="Redis",
    icon="layers",
    known_as=("queue", "stream", "subscribe"),
    parameters=RedisParameters,
    emits="of a stream: stream, id, fields, base64 (names of fields that are no "
    "text); of a channel: channel, data, encoding (utf-8 or base64)",
    examples=(
        ("Each entry of a stream", {"connection": "orders", "name": "orders"}, ENTRY),
        (
            "What is published on a channel",
            {"connection": "orders", "source": "channel", "name": "news"},
            PUBLISHED,
        ),
    ),
)
def redis(step: Step) -> Any:
    """Start a run for each entry of a Redis stream, or each message of a channel; emits it.

    An entry is acknowledged when its run is kept.
    """
    return step.trigger


class MqttParameters(BaseModel):
    """Which topics of which MQTT broker start runs."""

    model_config = ConfigDict(extra="forbid")

    connection: str = connection_field("plant")
    topic: str = Field(
        title="Topic",
        description="+ stands for one level, # at the end for all that follow.",
        min_length=1,
        max_length=1000,
        json_schema_extra=shown("e.g. plant/+/temperature"),
    )
    qos: Literal[0, 1] = Field(
        default=1,
        title="Quality of service",
        description="1: the broker keeps what comes until it was taken; 0: what comes while nobody "
        "listens is lost.",
        json_schema_extra={
            **LITERAL,
            **titled((0, "0, at most once"), (1, "1, at least once")),
        },
    )
    retained: bool = Field(
        default=False,
        title="Retained messages, too",
        description="Whether what the broker has kept of earlier starts runs when it is first "
        "listened to.",
        json_schema_extra=LITERAL,
    )

    @field_validator("topic")
    @classmethod
    def _is_a_filter(cls, topic: str) -> str:
        levels = topic.split("/")
        wrong = any(("#" in it or "+" in it) and len(it) > 1 for it in levels)
        if wrong or "#" in levels[:-1] or "\x00" in topic:
            raise ValueError("a + must stand alone between slashes, a # alone at the end")
        return topic


ARRIVED = {
    "topic": "plant/1/temperature",
    "payload": "21.5",
    "encoding": "utf-8",
    "qos": 1,
    "retained": False,
}


@starts_runs(
    "trigger.mqtt",
    title="MQTT",
    icon="radio-tower",
    known_as=("broker", "subscribe", "IoT"),
    parameters=MqttParameters,
    emits="topic, payload, encoding (utf-8, or base64 where it is no text), qos, retained",
    examples=(
        (
            "Each temperature of a plant",
            {"connection": "plant", "topic": "plant/+/temperature"},
            ARRIVED,
        ),
        (
            "All that a broker has, bytes that are no text in base64",
            {"connection": "plant", "topic": "#", "retained": True},
            {**ARRIVED, "payload": "/w==", "encoding": "base64", "retained": True},
        ),
    ),
)
def mqtt(step: Step) -> Any:
    """Start a run for each message of an MQTT topic; emits it.

    With quality of service 1 a message is acknowledged when its run is kept.
    """
    return step.trigger


class PostgresParameters(BaseModel):
    """Which channel of which PostgreSQL database starts runs."""

    model_config = ConfigDict(extra="forbid")

    connection: str = connection_field("shop")
    channel: str = Field(
        title="Channel",
        description="As NOTIFY names it; capitals count.",
        min_length=1,
        max_length=63,
        json_schema_extra=shown("e.g. orders"),
    )


NOTIFIED = {"channel": "orders", "payload": '{"id": 17}', "pid": 4711}


@starts_runs(
    "trigger.postgres",
    title="PostgreSQL",
    icon="database",
    known_as=("SQL", "database", "subscribe"),
    parameters=PostgresParameters,
    emits="channel, payload (a text), pid (of the sender)",
    examples=(
        (
            "Each order that a trigger of the database tells of",
            {"connection": "shop", "channel": "orders"},
            NOTIFIED,
        ),
        (
            "A notification without a text",
            {"connection": "shop", "channel": "refresh"},
            {**NOTIFIED, "channel": "refresh", "payload": ""},
        ),
    ),
)
def postgres(step: Step) -> Any:
    """Start a run for each NOTIFY of a PostgreSQL channel; emits it.

    PostgreSQL keeps none of them: what is sent while nobody listens is lost.
    """
    return step.trigger
