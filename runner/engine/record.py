"""The record of a run: what happens is written to its journal and folded into its state at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from runner.engine import events as e
from runner.engine.events import Event
from runner.engine.firing import Firing
from runner.engine.journal import Journal
from runner.engine.state import RunState
from runner.engine.work import Failure


class Record:
    """Writes the events of one run.

    `ending` is how the run is about to end, once something has ended it early;
    from when it is `closed` nothing is written, whatever left-over code still does.
    Where it is given a moment `at` (seconds since the epoch), all happens then.
    """

    def __init__(self, state: RunState, journal: Journal, at: float | None = None) -> None:
        self.state = state
        self.journal = journal
        self.at = at
        self.ending: tuple[str, dict[str, Any]] | None = None
        self.closed = False
        # Whoever runs steps as tasks says here how the task of a cancelled one is stopped.
        self.stop_task: Callable[[str], None] = _no_task

    @property
    def ends(self) -> bool:
        """Whether the run ends early, and nothing has to run before."""
        return self.ending is not None and not self.state.cleaning

    def close(self) -> None:
        """Write nothing any more."""
        self.closed = True
        self.stop_task = _no_task

    def write(self, kind: str, step: str | None, data: dict[str, Any]) -> None:
        """Write an event that happens now, or at the record's one moment."""
        state = self.state
        moment = time.time() if self.at is None else self.at
        event = Event(state.seq + 1, moment, kind, step, data)
        self.journal.append(event)
        state.apply(event)
        if state.overtaken:
            self.cancel_overtaken()

    def cancel(self, step: str, reason: str) -> None:
        """End a step as cancelled, and its task."""
        self.stop_task(step)
        self.write(e.STEP_CANCELLED, step, {"reason": reason})

    def cancel_overtaken(self) -> None:
        """Cancel the late steps of joins that have fired, before anything else can come from them.

        Their events must follow at once: so does a fold know that none is missing.
        """
        while self.state.overtaken:
            scope, join = self.state.overtaken.pop(0)
            for path in self.state.late_steps(scope, join):
                reason = f"{join.id} has what it waits for"
                firing = self.state.running.get(path)
                if firing is not None and firing.opened is not None:
                    # A frame ends when its inside has.
                    self.write(e.STEP_CANCELLING, path, {"reason": reason})
                else:
                    self.cancel(path, reason)

    def write_from_step(self, kind: str, step: str, data: dict[str, Any]) -> None:
        """Write what a step's own code says, while the step is under way."""
        # Cancelled code that goes on all the same must not write into an ended run.
        state = self.state
        if (
            not self.closed
            and state.status is None
            and (whole(step) in state.running or step in state.ready)
        ):
            self.write(kind, step, data)

    def succeed(self, firing: Firing, outputs: dict[str, Any], began: float) -> None:
        """End a step that began at a moment (seconds since the epoch) with its outputs by port."""
        data = {
            "outputs": outputs,
            "inputs": firing.refs,
            "duration": max(0.0, round(time.time() - began, 6)),
        }
        if firing.started is None:
            data["started"] = began
        self.write(e.STEP_SUCCEEDED, firing.path, data)

    def fail(self, firing: Firing, failure: Failure, began: float) -> None:
        """End a step with a failure, which goes where the node's settings say."""
        handled = firing.node.settings.on_error
        shown = {**failure.to_json(), "node": firing.node.id}
        data: dict[str, Any] = {
            "error": shown,
            "handled": handled,
            "inputs": firing.refs,
            "duration": max(0.0, round(time.time() - began, 6)),
        }
        if handled == "route":
            data["outputs"] = {"error": {"data": {}, **shown}}
        elif handled == "continue" and firing.node.outputs:
            data["outputs"] = {firing.node.outputs[0].name: None}
        self.write(e.STEP_FAILED, firing.path, data)

    def refuse(self, firing: Firing) -> bool:
        """End a step that is not to be run; say whether it was one.

        It is skipped, has fired too often, or its node is bypassed.
        """
        if firing.skip is not None:
            self.write(e.STEP_SKIPPED, firing.path, {"reason": firing.skip})
            return True
        if firing.fault is not None:
            self.fail(
                firing, Failure("too_many_firings", firing.fault, permanent=True), time.time()
            )
            return True
        if firing.node.passes is not None:
            data = {**passed_on(firing), "started": time.time()}
            self.write(e.STEP_SUCCEEDED, firing.path, data)
            return True
        return False


def passed_on(firing: Firing) -> dict[str, Any]:
    """Return what the end of a bypassed node's step says: the value at its first input goes on."""
    inputs, port = firing.inputs, firing.node.passes
    value = next((inputs[it.name] for it in firing.node.spec.inputs if it.name in inputs), None)
    outputs = {port: value} if port else {}
    return {"outputs": outputs, "inputs": firing.refs, "duration": 0.0, "bypassed": True}


def _no_task(step: str) -> None:
    """Stop nothing: the step has no task."""


def whole(path: str) -> str:
    """Return the step that an item belongs to; any other step is its own."""
    return path[: path.rindex("[")] if path[-1:] == "]" else path
