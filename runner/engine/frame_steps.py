"""What frames ask of whoever executes the run: they are opened, tried again, decided, and ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from runner.engine import events as e
from runner.engine.attempts import delay_before_retry, wants_retry
from runner.engine.errors import EngineError
from runner.engine.expressions import compile_expression
from runner.engine.firing import Firing
from runner.engine.frames import Opened, Repeat
from runner.engine.frames.undoing import with_undo_errors
from runner.engine.prepared import Prepared
from runner.engine.record import Record
from runner.engine.step import StepRun
from runner.engine.turns import waits_for
from runner.engine.values import not_json
from runner.engine.work import Failure, wrap


class FrameSteps:
    """The steps of one run that are frames."""

    def __init__(
        self,
        record: Record,
        prepared: tuple[Prepared, ...],
        step_of: Callable[[Firing, float], StepRun],
    ) -> None:
        self._record = record
        self._state = record.state
        self._prepared = prepared
        self._step_of = step_of
        # Whether several moments came at once, and not all of them were seen to.
        self._more_due = False

    def open(self, firing: Firing) -> None:
        """Start a frame with what its node's code says, once its parameters are evaluated."""
        began = time.time()
        step = self._step_of(firing, began)
        try:
            step.parameters = self._prepared[firing.node.index].evaluate(step)
            told = firing.node.type.work(step)
            if told.get("spread") and (step.resources.items is None or self._state.debug):
                # Nobody could run the items elsewhere, or somebody wants to look at them here.
                told = {key: value for key, value in told.items() if key != "spread"}
            if wrong := not_json(told):
                raise EngineError(f"{firing.node.id} cannot go through {wrong}.")
        except Exception as error:
            self._fail(firing, wrap(error), began)
            return
        # What was evaluated is recorded, so that nothing is evaluated anew after a crash.
        started = {"attempt": firing.attempt, "inputs": firing.refs, "frame": told}
        self._record.write(e.STEP_STARTED, firing.path, started)
        if firing.opened is not None and firing.opened.holder is not None:
            self._record.write(e.STEP_WAITING, firing.path, waits_for(firing.opened))

    @property
    def asks(self) -> bool:
        """Whether a frame asks for something that can be done now."""
        state = self._state
        return bool(
            state.halted
            or state.turned
            or state.emitting
            or state.deciding
            or state.closing
            or self._more_due
        )

    def answer(self) -> None:
        """Do the next of what frames ask for; cancelling goes before all else."""
        state = self._state
        if state.halted:
            for path, reason in state.open_in_halted():
                self._record.cancel(path, reason)
        elif state.turned:
            self._record.write(e.STEP_RESUMED, state.turned[0], {"by": "key"})
        elif state.emitting:
            path, outputs = state.emitting[0]
            self._record.write(e.STEP_EMITTED, path, {"outputs": outputs})
        elif state.deciding:
            self._decide(state.deciding[0])
        elif state.closing:
            self._close(state.closing[0])
        else:
            # Before anything else begins in a frame whose time is up as well.
            self.ring()

    def next_moment(self) -> float | None:
        """Return when a frame is out of time, or is tried again (seconds since the epoch)."""
        return min(self._state.timers.values(), default=None)

    def ring(self) -> None:
        """Do what is due by now."""
        self._more_due = False
        now = time.time()
        for path in [path for path, moment in self._state.timers.items() if moment <= now]:
            if self._state.halted:
                # What lies in a frame whose time is up is cancelled, not tried again.
                self._more_due = True
                return
            firing = self._state.running[path]
            if firing.opened is None:
                self.open(firing)
                continue
            seconds = firing.opened.limit
            error = {
                "code": "timeout",
                "message": f"The frame took longer than {seconds:g} s.",
                "kind": "timeout",
                "node": firing.node.id,
            }
            data = {"reason": "its time was up", "error": error}
            self._record.write(e.STEP_CANCELLING, path, data)

    def _decide(self, path: str) -> None:
        firing = self._state.running[path]
        opened = firing.opened
        assert isinstance(opened, Repeat)
        names = self._step_of(firing, time.time()).names
        value, index = opened.value, opened.round - 1
        try:
            found = compile_expression(opened.until or "").evaluate(
                {**names, "input": value, "item": value, "index": index}
            )
        except Exception as error:
            shown = {**wrap(error).to_json(), "node": firing.node.id}
            self._record.write(e.STEP_CANCELLING, path, {"reason": str(error), "error": shown})
        else:
            self._record.write(e.STEP_DECIDED, path, {"round": index, "done": bool(found)})

    def _close(self, path: str) -> None:
        firing = self._state.running[path]
        opened = firing.opened
        assert opened is not None
        began = firing.started or time.time()
        if opened.withdrawn is not None:
            self._record.cancel(path, opened.withdrawn)
        elif opened.failure is not None:
            self._fail(firing, _failure(firing, opened), began)
        elif opened.chosen is not None:
            self._record.succeed(firing, opened.chosen, began)
        else:
            self._record.succeed(firing, opened.outputs(), began)

    def _fail(self, firing: Firing, failure: Failure, began: float) -> None:
        policy = firing.node.settings.retry
        if wants_retry(policy, failure, firing.attempt):
            delay = delay_before_retry(policy, failure, firing.attempt)
            told = {"attempt": firing.attempt, "delay": round(delay, 3), "error": failure.to_json()}
            self._record.write(e.STEP_RETRYING, firing.path, told)
        else:
            self._record.fail(firing, failure, began)


def _failure(firing: Firing, opened: Opened) -> Failure:
    """Return what a frame fails with: the error of the step at the innermost place."""
    error: dict[str, Any] = opened.failure or {}
    data = {"step": error.get("step", firing.path), **(error.get("data") or {})}
    told = with_undo_errors({**error, "data": data}, opened.undo_errors)
    # What was permanent for a step inside need not be for the frame as a whole.
    return replace(Failure.from_json(told), permanent=False)
