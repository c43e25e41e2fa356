"""Rule 10 as the reference interpreter has it: a step calls a run, and waits for its end or not.

What is called gets nothing from outside but its inputs and, if need be, a cancel. So what becomes
of it is known as soon as it begins, and is worked out anew where it is cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass

from runner.engine import NodeError
from tests.engine.callees import DISMISSED, GAVE_UP, dismissed_after, id_of, is_of
from tests.engine.drawn_moments import moment
from tests.engine.reference_frames import Frames
from tests.engine.reference_parts import Outcome, Step, Value


@dataclass(eq=False)
class Called:
    """A run that was called: what becomes of it, and when it ends."""

    run: str
    path: str  # of the step that has called it
    blueprint: str
    inputs: Value
    begins: float
    cancels: bool  # where the step gives up
    outcome: Outcome | None = None
    ends: float = 0.0
    dismissed: float | None = None  # when somebody cancels it, if it has not ended by then
    told: bool = False  # the step knows how it ended
    given_up: bool = False  # by the step; another attempt that gives up does not cancel it again
    stillborn: bool = False  # the step gave up as it began


class Calls(Frames):
    """The runs that a run calls."""

    run_id: str
    called: dict[str, Called]

    def run_called(self, called: Called, cancelled_at: float | None) -> tuple[Outcome, float]:
        """Run what a step calls, from now on; return what becomes of it, and when it ends."""
        raise NotImplementedError

    def placed(self, path: str) -> str:
        """Return a step's path, and before it the run, if that was called by another."""
        return path if self.run_id == "r" else f"{self.run_id}/{path}"

    def call(self, step: Step, index: int | None, number: int) -> float:
        """Call what an attempt of a step wants; return how many seconds the attempt takes."""
        view = self.view(step, index, number)
        told = view.parameters
        given = told.inputs
        if given is None and isinstance(view.input, dict):
            given = view.input
        run = id_of(self.run_id, view.path, number)
        called = Called(run, view.path, told.blueprint, given or {}, self.now, told.cancel)
        if (after := dismissed_after(called.blueprint, run)) is not None:
            called.dismissed = self.now + after
        self.finish(called, called.dismissed, DISMISSED)
        self.called[run] = called
        return called.ends - self.now if told.wait else moment(run, 1)

    def finish(self, called: Called, cancelled_at: float | None, why: str) -> None:
        called.outcome, called.ends = self.run_called(called, cancelled_at)
        if called.outcome.status == "cancelled":
            called.outcome.error = {"code": "cancelled", "message": why}

    def give_up_called(self, path: str) -> None:
        for called in self.called.values():
            if not is_of(called.path, path):
                continue
            called.stillborn |= self.now == called.begins
            dismissed = called.dismissed is not None and called.dismissed <= self.now
            over = called.told or called.given_up or called.ends <= self.now
            if called.cancels and not (over or dismissed):
                called.given_up = True
                self.finish(called, self.now, GAVE_UP)

    def answer_of_called(self, step: Step, index: int | None, number: int) -> dict[str, Value]:
        """Return what a call gives, now that its time has come."""
        view = self.view(step, index, number)
        run = id_of(self.run_id, view.path, number)
        called = self.called[run]
        if not view.parameters.wait:
            return {"out": {"run": run}, "run": run}
        called.told = True
        outcome = called.outcome
        assert outcome is not None
        if outcome.status == "succeeded":
            return {"out": dict(outcome.outputs), "run": run}
        error = outcome.error or {}
        raise _ChildFailed(called, outcome.status, error)

    def became_of_called(self) -> dict[str, Outcome]:
        """Return what became of all runs that this one called, and of those that they called."""
        found: dict[str, Outcome] = {}
        for called in self.called.values():
            assert called.outcome is not None
            if not called.stillborn:
                found |= {called.run: called.outcome, **called.outcome.called}
        return found


class _ChildFailed(NodeError):
    code = "child_failed"

    def __init__(self, called: Called, status: str, error: dict[str, Value]) -> None:
        way, last = [called.blueprint], (status, error)
        while last[1].get("kind") == "child_failed":
            inner = last[1]["data"]
            way.append(inner["blueprint"])
            last = inner["status"], inner["error"]
        names = " → ".join(repr(it) for it in way)
        how = {"failed": "failed", "cancelled": "been cancelled"}[last[0]]
        message = f"The run of {names} has {how}: {last[1].get('message', '')}"
        told = {"run": called.run, "blueprint": called.blueprint, "status": status, "error": error}
        super().__init__(message, kind=f"child_{status}", data=told)
