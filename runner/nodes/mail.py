"""The trigger that listens to a mailbox."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runner.engine.node import Step
from runner.graph.literals import LITERAL
from runner.graph.titles import titled
from runner.nodes.listening import connection_field
from runner.nodes.starting import begin_field, shown, starts_runs

LARGEST = 25  # MB of a mail, the most that may be asked for


def _only(how: str, header: str, example: str) -> Any:
    """Return a parameter that lets mails through by a part of one of their headers."""
    return Field(
        default="",
        title=f"Only {how}",
        description=f"A part of the {header}; capitals do not count.",
        max_length=200,
        json_schema_extra=shown(f"e.g. {example}"),
    )


class EmailParameters(BaseModel):
    """Which mails of which mailbox start runs, and what becomes of them there."""

    model_config = ConfigDict(extra="forbid")

    connection: str = connection_field("office")
    folder: str = Field(
        default="INBOX",
        title="Folder",
        description="As the server names it; levels are parted by its own sign, often / or a dot.",
        min_length=1,
        max_length=500,
        json_schema_extra=shown("e.g. INBOX"),
    )
    begin: Literal["new", "all"] = begin_field("folder")
    unseen: bool = Field(
        default=False,
        title="Only unread ones",
        description="Whether mails are left out that somebody has read before they are taken.",
        json_schema_extra=LITERAL,
    )
    sender: str = _only("from", "sender's name or address", "@example.com")
    subject: str = _only("about", "subject", "order")
    after: Literal["leave", "seen", "move"] = Field(
        default="leave",
        title="Then",
        description="What becomes of a mail whose run is kept: it stays as it is, counts as read, "
        "or goes to another folder.",
        json_schema_extra={
            **LITERAL,
            **titled(leave="Leave it as it is", seen="Mark it as read", move="Move it"),
        },
    )
    move_to: str = Field(
        default="",
        title="Move it to",
        description="The other folder; it is made where it is missing.",
        max_length=500,
        json_schema_extra=shown("e.g. Done"),
    )
    largest: int = Field(
        default=10,
        ge=1,
        le=LARGEST,
        title="Largest mail",
        description="MB; of a larger one come only its headers.",
        json_schema_extra=LITERAL,
    )

    @model_validator(mode="after")
    def _knows_where_to(self) -> EmailParameters:
        if (self.after == "move") != bool(self.move_to):
            raise ValueError("a mail that is moved needs another folder, and only such a one does")
        if self.move_to == self.folder:
            raise ValueError("a mail cannot be moved to the folder in which it is")
        return self


MAIL = {
    "uid": 17,
    "folder": "INBOX",
    "message_id": "<7a1c@shop.example>",
    "subject": "Order 4711",
    "from": {"name": "Ada", "address": "ada@shop.example"},
    "to": [{"name": "", "address": "orders@example.com"}],
    "cc": [],
    "reply_to": [],
    "date": "2027-03-29T09:00:00+02:00",
    "received": "2027-03-29T09:00:04+02:00",
    "text": "Two chairs, please.",
    "html": "",
    "attachments": [
        {
            "filename": "order.csv",
            "content_type": "text/csv",
            "size": 12,
            "inline": False,
            "base64": "Y2hhaXIsMgo=",
        }
    ],
    "headers": {"x-priority": "1"},
    "size": 2210,
    "problem": "",
}


@starts_runs(
    "trigger.email",
    title="E-mail",
    icon="mail",
    known_as=("mail", "IMAP", "inbox"),
    parameters=EmailParameters,
    emits="uid, folder, message_id, subject, from (name, address), to, cc and reply_to (lists of "
    "them), date, received, text, html, attachments (filename, content_type, size, inline, "
    "base64), headers (by small names; one that comes several times is a list), size (bytes), "
    "problem (what of it could not be read)",
    examples=(
        ("Each mail that comes", {"connection": "office"}, MAIL),
        (
            "Unread orders, which go to another folder then",
            {
                "connection": "office",
                "unseen": True,
                "subject": "order",
                "after": "move",
                "move_to": "Done",
            },
            MAIL,
        ),
    ),
)
def email(step: Step) -> Any:
    """Start a run for each mail that comes into a folder of a mailbox (IMAP); emits it.

    What then becomes of a mail in the mailbox happens when its run is kept.
    """
    return step.trigger
