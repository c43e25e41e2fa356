"""The end of a run: when it comes, what is done before, and how what is left is told of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from runner.engine import events as e
from runner.engine.deadline import Deadline
from runner.engine.debug.debugger import Debugger
from runner.engine.keys import text_of
from runner.engine.record import Record

MOST_TOLD = 10  # frames that wait for one another, in the error that says so


class Ending:
    """Ends one run: early where something asks for it, else when nothing moves in it any more.

    A run that ends badly first cleans up: what it did is undone, and its frames run what they
    always run at their end. `changed` is set when the execution has to look at it.
    """

    def __init__(self, record: Record, changed: asyncio.Event, debugger: Debugger) -> None:
        self._record = record
        self._state = record.state
        self._settings = record.state.plan.document.settings
        self._changed = changed
        self._debugger = debugger
        self._deadline = Deadline(self.moment, self._cut_off)

    def close(self) -> None:
        """Ring for no time limit any more."""
        self._deadline.close()

    # --- asked for --------------------------------------------------------

    def ask(self, kind: str, data: dict[str, Any]) -> None:
        """Let the run end early, with such an event; the first who asks says with which."""
        self._record.ending = self._record.ending or (kind, data)
        self._changed.set()

    def resume(self) -> bool:
        """Go on with the end that the journal says has begun; say whether the run ends at once."""
        state = self._state
        if state.ending is None:
            return False
        self._record.ending = (state.ending["type"], state.ending["data"])
        if state.cleaning and (moment := self.moment()) is not None and moment <= time.time():
            self._cut_off()
        return not state.cleaning

    def is_wanted(self) -> bool:
        """Ask for the end where a failure or a Stop node wants it; say whether no step may begin.

        None may where the run ends early, but for those that clean up.
        """
        state = self._state
        if self._record.ending is not None:
            return not state.cleaning
        if state.failure and (state.stopped or self._settings.on_failure == "cancel"):
            self.ask(e.RUN_FAILED, {"error": state.failure})
        elif state.stopped:
            self.ask(e.RUN_SUCCEEDED, {})
        return self._record.ending is not None

    # --- time limits ------------------------------------------------------

    def moment(self) -> float | None:
        """Return when the run's time is up, or that of cleaning up; None: never, as it is now."""
        if not self._state.cleaning:
            return self._debugger.limit(self._settings.timeout)
        limit = self._settings.cleanup_timeout
        return None if limit is None else self._state.cleaning_since + limit

    def watch(self) -> None:
        """Wait for the moment when time is up, as it is now."""
        self._deadline.set()

    def _cut_off(self) -> None:
        if self._state.cleaning:
            took = f"Cleaning up took longer than {self._settings.cleanup_timeout:g} s."
            cut = {"code": "cleanup_timeout", "message": f"{took} It was cut off."}
            self._record.write(e.RUN_ENDING, None, {**(self._state.ending or {}), "cut": cut})
            self._changed.set()
            return
        message = f"The run took longer than {self._settings.timeout:g} s."
        self.ask(e.RUN_FAILED, {"error": {"code": "run_timeout", "message": message}})

    # --- when it comes ----------------------------------------------------

    def has_come(self) -> bool:
        """Say whether the run ends now, early; where it has to clean up before, begin that."""
        ending, state = self._record.ending, self._state
        if ending is None or state.cleaning:
            return False
        kind, data = ending
        if state.ending is None and state.has_to_clean_up(badly=kind != e.RUN_SUCCEEDED):
            told = {"type": kind, "data": data, "reason": _why(kind, data)}
            self._record.write(e.RUN_ENDING, None, told)
            self.watch()
            return False
        return True

    def goes_on(self) -> bool:
        """Say whether a run in which nothing moves or waits goes on all the same.

        It does where it has to undo what it did, which begins now, or where its frames wait for
        one another's locks: that fails it.
        """
        return self._cleans_up() or self._is_stuck()

    def _cleans_up(self) -> bool:
        state = self._state
        if self._record.ending is not None:
            return False
        if state.failure is None or not state.root.finished:
            return False
        self.ask(e.RUN_FAILED, {"error": state.failure})
        return not self.has_come()

    def _is_stuck(self) -> bool:
        locks = self._state.locks
        if not locks or self._record.ends:
            return False
        waiting = sorted(
            f"{it.path} waits for {text_of(it.told['key'], it.shared or 'run')}, "
            f"which {queue[0].path} has"
            for queue in locks.values()
            for it in queue[1:]
        )
        more = f"; and {len(waiting) - MOST_TOLD} more" if len(waiting) > MOST_TOLD else ""
        message = (
            f"Frames wait for one another: {'; '.join(waiting[:MOST_TOLD])}{more}. "
            "Take the keys in the same order everywhere."
        )
        self.ask(e.RUN_FAILED, {"error": {"code": "deadlock", "message": message}})
        return True

    def finish(self) -> None:
        """Write that the run ends: what is left of it is cancelled or skipped, and how it ended."""
        record, state, ending = self._record, self._state, self._record.ending
        if ending is not None:
            kind, data = ending
            reason = _why(kind, data)
            for path in list(state.open_steps()):
                told: dict[str, Any] = {"reason": reason}
                if state.ending is None:
                    # Whoever goes on from here must end the run like this, not continue it.
                    told["ending"] = {"type": kind, "data": data}
                record.write(e.STEP_CANCELLED, path, told)
        for node in state.never_reached:
            record.write(e.STEP_SKIPPED, node.id, {"reason": e.NEVER_REACHED})
        if ending is not None and kind != e.RUN_SUCCEEDED:
            errors = state.undo_errors
            record.write(kind, None, {**data, "undo_errors": errors} if errors else data)
        elif state.failure is not None:
            record.write(e.RUN_FAILED, None, {"error": state.failure})
        else:
            record.write(e.RUN_SUCCEEDED, None, {"outputs": state.results()})


def _why(kind: str, data: dict[str, Any]) -> str:
    """Say to the steps that a run's early end cancels why it ended."""
    if kind == e.RUN_SUCCEEDED:
        return "a Stop node ended the run"
    return data.get("reason") or f"the run failed: {data['error'].get('message', '')}"
