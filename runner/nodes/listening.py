"""The triggers that listen: to a folder of files."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from runner.engine.node import Step, node
from runner.graph.literals import LITERAL
from runner.graph.ports import Port, PortType

LISTENING = ("trigger.file",)


def shown(placeholder: str = "") -> dict[str, JsonValue]:
    """Return what a parameter of a listener has in common: nothing computes it."""
    extra: dict[str, JsonValue] = {**LITERAL}
    return {**extra, "placeholder": placeholder} if placeholder else extra


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
        json_schema_extra=LITERAL,
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


@node(
    "trigger.file",
    title="Watched folder",
    category="Triggers",
    icon="folder-input",
    trigger=True,
    parameters=FileParameters,
    outputs=(
        Port(
            "out",
            PortType.OBJECT,
            description="path (as file nodes take it), name, size (bytes), modified, event (new "
            "or changed)",
        ),
    ),
    examples=(
        {
            "title": "Each CSV file that is put into a folder",
            "parameters": {"folder": "inbox", "pattern": "*.csv"},
            "trigger": FILE,
            "outputs": {"out": FILE},
        },
        {
            "title": "Also when one changes, once it has rested for a minute",
            "parameters": {"folder": "inbox", "events": "new_and_changed", "settle": 60},
            "trigger": {**FILE, "event": "changed"},
            "outputs": {"out": {**FILE, "event": "changed"}},
        },
    ),
)
def file(step: Step) -> Any:
    """Start a run for each file that comes into a folder, once it is whole; emits what it is.

    One worker watches, whichever it is; each file starts one run.
    """
    return step.trigger
