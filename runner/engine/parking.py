"""Parked steps: what each waits for while no code of it runs, so that only events remember it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Whoever waits for less than this, in seconds, stays in memory: parking costs some commits.
STAYS = 5.0
# What a step is parked for between two attempts; nothing that comes from outside ends that.
RETRY = "retry"


class Parked(BaseException):
    """Unwinds the code of a node that parks its step; it is entered again when the step goes on.

    It is no error, so that code which handles errors lets it pass.
    """

    def __init__(self, until: float | None, waits_for: Mapping[str, Any]) -> None:
        super().__init__(until)
        self.until = until
        self.waits_for = waits_for


@dataclass(frozen=True, slots=True)
class Resumed:
    """Why a parked step goes on: something came for it, or its moment did (`timed_out`).

    `value` is what came last and `values` all that has come, in order; `until`
    and `waits_for` are what the step was parked with.
    """

    value: Any
    timed_out: bool
    values: tuple[Any, ...]
    until: float | None
    waits_for: Mapping[str, Any]


class Parking:
    """What the events say of a step's parking; `waiting` while it is parked.

    `until` is the moment that it waits for, and `limit` the end of the time
    that its attempt may take; both in seconds since the epoch. Where that came
    first, the attempt has `expired`.
    """

    __slots__ = ("expired", "limit", "timed_out", "until", "values", "waiting", "waits_for")

    def __init__(self) -> None:
        self.waiting = False
        self.until: float | None = None
        self.limit: float | None = None
        self.waits_for: Mapping[str, Any] = {}
        self.values: tuple[Any, ...] = ()
        self.timed_out = False
        self.expired = False

    def begin(self, data: Mapping[str, Any]) -> None:
        """Take a `step.waiting` in."""
        self.waiting = True
        self.until = data["until"]
        self.limit = data.get("limit")
        self.waits_for = data["for"]

    def end(self, data: Mapping[str, Any]) -> None:
        """Take a `step.resumed` in."""
        self.waiting = False
        match data["by"]:
            case "signal":
                self.values = (*self.values, data["value"])
            case "time":
                self.timed_out = True
            case "limit":
                self.expired = True

    @property
    def retries(self) -> bool:
        """Whether this is the pause before the step's next attempt."""
        return self.waits_for.get("kind") == RETRY

    @property
    def moment(self) -> float | None:
        """When the step goes on though nothing has come for it; None: never."""
        moments = [it for it in (self.until, self.limit) if it is not None]
        return min(moments) if moments else None

    @property
    def resumed(self) -> Resumed | None:
        """Why the step goes on; None while its code has not been entered again."""
        if self.waiting or not (self.values or self.timed_out):
            return None
        value = self.values[-1] if self.values and not self.timed_out else None
        return Resumed(value, self.timed_out, self.values, self.until, self.waits_for)
