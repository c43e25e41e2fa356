"""Waiting: for a moment, for a call from outside, or for people to agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from runner.engine.errors import NodeError
from runner.engine.node import Outputs, Step, node
from runner.graph.known import passes
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs
from runner.timetable.moments import moment_of, zone_of

IN = (Port("in", required=False),)
WEEK = 604_800
# The longest that can be said in seconds: 366 days. A date may be later.
LONGEST = 31_622_400
DURATION: dict[str, JsonValue] = {"widget": "duration"}
ZONES: dict[str, JsonValue] = {"widget": "zone"}
# The form shows both as one field: a date in a zone.
MOMENT: dict[str, JsonValue] = {"widget": "moment", "zone": "time_zone"}
UNTIL = (
    "A date or a time, such as 2027-03-28 (its beginning), 2027-03-28T09:00 or "
    "2027-03-28T09:00+02:00. It counts instead of the seconds."
)
ZONE = (
    "Of a date or time that names none. Where clocks are set forward, a time in the gap is as much "
    "later; where they are set back, the first of the two counts."
)


class Moment(BaseModel):
    """Until when."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(
        default=1,
        ge=0,
        le=LONGEST,
        title="Seconds",
        allow_inf_nan=False,
        json_schema_extra=DURATION,
    )
    time_zone: str = Field(
        default="UTC", title="Time zone", description=ZONE, json_schema_extra=ZONES
    )
    until: str = Field(default="", title="Until", description=UNTIL, json_schema_extra=MOMENT)

    @field_validator("time_zone")
    @classmethod
    def _is_a_place(cls, name: str) -> str:
        zone_of(name)
        return name

    @field_validator("until")
    @classmethod
    def _is_a_moment(cls, text: str, info: ValidationInfo) -> str:
        if text:
            moment_of(text, info.data.get("time_zone", "UTC"))
        return text

    def after(self, began: float) -> float:
        """Return the moment, of a step that began at this one (seconds since the epoch)."""
        return moment_of(self.until, self.time_zone) if self.until else began + self.seconds


@node(
    "flow.wait",
    title="Wait",
    category="Flow",
    icon="timer",
    known_as=("delay", "sleep", "pause", "timer"),
    parameters=Moment,
    inputs=IN,
    runs=Runs.ASYNC,
    gives=passes("out"),
    examples=(
        {
            "title": "A moment",
            "parameters": {"seconds": 0.01},
            "inputs": {"in": 1},
            "outputs": {"out": 1},
        },
        {
            "title": "As long as it says",
            "parameters": {"seconds": "{{ input.pause }}"},
            "inputs": {"in": {"pause": 0}},
            "outputs": {"out": {"pause": 0}},
        },
        {
            "title": "Until a date, which has passed",
            "parameters": {"until": "{{ input.due }}", "time_zone": "Europe/Berlin"},
            "inputs": {"in": {"due": "2026-01-15"}},
            "outputs": {"out": {"due": "2026-01-15"}},
        },
    ),
)
async def wait(step: Step) -> Any:
    """Pass the input on after so many seconds, or at a moment; at once where that has passed.

    A wait of more than some seconds parks the run: it needs no memory, and
    goes on after restarts.
    """
    await step.wait_until(step.parameters.after(step.started))
    return step.input


class Deadline(Moment):
    """Until when somebody may answer: a week, where nothing is said."""

    seconds: float = Field(
        default=WEEK,
        ge=0,
        le=LONGEST,
        title="Seconds",
        allow_inf_nan=False,
        json_schema_extra=DURATION,
    )


@node(
    "flow.receive",
    title="Wait for a call",
    category="Flow",
    icon="webhook",
    known_as=("callback", "resume", "webhook", "event", "message"),
    parameters=Deadline,
    inputs=IN,
    outputs=(
        Port(
            "out", PortType.OBJECT, description="The request: method, path, query, headers, body."
        ),
        Port("address", PortType.TEXT, description="Where to call; emitted before it waits."),
        Port("timeout", description="The input, where nobody has called in time."),
    ),
    one_of=lambda parameters, port: port != "address",
    effect=Effect.EXTERNAL,
    runs=Runs.ASYNC,
    examples=(
        {
            "title": "Nobody calls in time",
            "parameters": {"seconds": 0},
            "inputs": {"in": {"order": 7}},
            "outputs": {"timeout": {"order": 7}},
        },
        {
            "title": "Until a date, which has passed",
            "parameters": {"until": "2026-01-15T12:00", "time_zone": "Europe/Berlin"},
            "inputs": {"in": 1},
            "outputs": {"timeout": 1},
        },
    ),
)
async def receive(step: Step) -> Any:
    """Wait for a call at an address of this step's own, which holds for one call, until its time.

    The address is emitted at `address` before it waits, so that it can be sent
    to whoever shall call. Opened in a browser it asks before it goes on.
    """
    back = step.resumed
    if back is None:
        until = step.parameters.after(step.started)
        step.emit("address", _address(step, until))
        step.park(until, {"kind": "call", "text": "a call at its address"})
    if back.timed_out:
        return Outputs(timeout=step.input)
    return back.value


def _address(step: Step, until: float) -> str:
    outside = step.resources.outside
    if outside is None:
        # In a plain script nobody can call; `Execution.resume` takes the step's path.
        return f"resume:{step.run_id}/{step.path}"
    return outside.address(step.run_id, step.path, step.attempt, until)


class ApprovalParameters(Deadline):
    """What is asked, who is asked, and until when."""

    # Validation asks for it; what expressions give is checked when the step runs.
    needs_one_of: ClassVar[tuple[str, ...]] = ("users", "groups")

    title: str = Field(min_length=1, max_length=200, title="Title")
    note: str = Field(
        default="", max_length=10_000, title="Note", json_schema_extra={"widget": "text"}
    )
    value: Any = Field(
        default=None,
        title="Value",
        description="What those who are asked are shown; where empty, nothing.",
        json_schema_extra={"widget": "expression"},
    )
    users: list[str] = Field(default_factory=list, max_length=100, title="Users")
    groups: list[str] = Field(
        default_factory=list,
        max_length=20,
        title="Groups",
        description="Whoever is in one of them when they decide.",
    )
    quorum: int = Field(default=1, ge=1, le=100, title="How many must approve")
    rejections: int = Field(default=1, ge=1, le=100, title="How many reject it")

    def check(self) -> None:
        """Raise NodeError where those who are asked cannot decide."""
        known, needed = len(set(self.users)), self.quorum + self.rejections - 1
        if not self.users and not self.groups:
            said = "Nobody is asked; name users or groups who may approve."
        elif not self.groups and needed > known:
            said = (
                f"With {known} to decide it may remain open: where {self.quorum} must approve and "
                f"{self.rejections} reject it, at least {needed} must be asked."
            )
        else:
            return
        raise NodeError(said, kind="people", permanent=True)


def verdict(
    decisions: Sequence[Mapping[str, Any]], quorum: int, rejections: int
) -> Literal["approved", "rejected"] | None:
    """Say what decisions amount to, in their order; None while it is open."""
    approved = rejected = 0
    for decision in decisions:
        approved += decision["decision"] == "approve"
        rejected += decision["decision"] == "reject"
        if approved >= quorum:
            return "approved"
        if rejected >= rejections:
            return "rejected"
    return None


@node(
    "flow.approval",
    title="Approval",
    category="Flow",
    icon="user-check",
    known_as=("human", "confirm", "review", "ask", "form"),
    parameters=ApprovalParameters,
    inputs=IN,
    outputs=(
        Port("approved", PortType.OBJECT, description="The value, and who decided what when."),
        Port("rejected", PortType.OBJECT, description="The same."),
        Port("expired", PortType.OBJECT, description="The same, where too few decided in time."),
        Port("asked", PortType.OBJECT, description="Who is asked, and where; emitted at once."),
    ),
    one_of=lambda parameters, port: port != "asked",
    effect=Effect.EXTERNAL,
    runs=Runs.ASYNC,
    examples=(
        {
            "title": "Nobody decides in time",
            "parameters": {"title": "Refund?", "users": ["anna"], "value": 120, "seconds": 0},
            "outputs": {"expired": {"decision": "expired", "value": 120, "decisions": []}},
        },
        {
            "title": "Too few are asked",
            "parameters": {"title": "Refund?", "users": "{{ input }}", "quorum": 2},
            "inputs": {"in": ["anna"]},
            "error": "node_failed",
            "message": "With 1 to decide it may remain open",
        },
    ),
)
async def approval(step: Step) -> Outputs:
    """Wait until enough people approve, or reject, or the time is over.

    Those who are asked see the title, the note and the value, at the site's
    page of approvals; they need not see the blueprint. Each decides once.
    """
    back = step.resumed
    if back is None:
        told: ApprovalParameters = step.parameters
        told.check()
        outside = step.resources.outside
        if outside is not None and (wrong := await outside.unknown(told.users, told.groups)):
            raise NodeError(wrong, kind="people", permanent=True)
        people = {"users": told.users, "groups": told.groups}
        page = outside.approval(step.run_id, step.path, step.attempt) if outside else None
        step.emit("asked", {"title": told.title, "page": page, **people})
        offer = told.model_dump(include={"title", "note", "value", "quorum", "rejections"})
        waits_for = {"kind": "approval", **offer, **people}
        step.park(told.after(step.started), {**waits_for, "text": _wanted(waits_for, [])})
    asked, decisions = back.waits_for, list(back.values)
    found: str | None = verdict(decisions, asked["quorum"], asked["rejections"])
    if found is None and not back.timed_out:
        step.park(back.until, {**asked, "text": _wanted(asked, decisions)})
    found = found or "expired"
    return Outputs({found: {"decision": found, "value": asked["value"], "decisions": decisions}})


def _wanted(asked: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]]) -> str:
    """Say whose approval is waited for."""
    names = [*asked["users"], *(f"the group {name}" for name in asked["groups"])]
    who = f"{', '.join(names[:-1])} or {names[-1]}" if names[1:] else names[0]
    approved = sum(decision["decision"] == "approve" for decision in decisions)
    return f"an approval by {who} ({approved} of {asked['quorum']})"
