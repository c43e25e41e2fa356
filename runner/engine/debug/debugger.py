"""The debugger: does what somebody asks of a run, and says which step may begin while it is on.

A pause stops the world: no step of any branch begins. What is under way goes on to its end, and
what frames do with it (emit, begin their next round, end) is done. The run's own time limit and
those of frames stand still meanwhile; time-outs of steps under way and the moments of waits do not.
A run that fails or is stopped ends although it is paused, and what cleans up is not held.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from runner.engine import events as e
from runner.engine.debug.breakpoints import breakpoints_of
from runner.engine.debug.state import Debugging
from runner.engine.debug.tokens import token_of
from runner.engine.firing import Firing
from runner.engine.parking import STAYS
from runner.engine.record import Record
from runner.engine.tasks import Tasks
from runner.graph.problems import DocumentInvalid

# What the debugger can be asked to do with a run.
PAUSE, CONTINUE, STEP, BREAKPOINTS, EDIT = "pause", "continue", "step", "breakpoints", "edit"


class Debugger:
    """The debugger of one run, which may not be on."""

    def __init__(self, record: Record, tasks: Tasks, told: Callable[[], None]) -> None:
        self._record = record
        self._state = record.state
        self._tasks = tasks
        # Called when the run has paused, or goes on.
        self._told = told
        # What was asked before the execution had begun.
        self._early: list[tuple[Mapping[str, Any], str | None]] = []
        self._begun = False

    # --- what may begin ---------------------------------------------------

    @property
    def paused(self) -> bool:
        """Whether nothing may begin now."""
        debug = self._state.debug
        return debug is not None and debug.paused

    @property
    def stays(self) -> float | None:
        """Until when a paused run stays in memory; None once it may rest."""
        # Whoever steps through a run asks for the next step soon.
        debug = self._state.debug
        if debug is None or not debug.paused:
            return None
        moment = debug.since + STAYS
        return moment if moment > time.time() else None

    def pause_if_due(self) -> None:
        """Write which breakpoints the run has come to, and that it pauses now, if it does."""
        debug, state = self._state.debug, self._state
        if debug is None or debug.off or self._record.ending is not None:
            return
        while debug.hits:
            self._record.write(e.BREAKPOINT_HIT, None, debug.hits[0].to_json())
        if debug.due and not debug.paused and state.started is not None:
            where = {} if debug.where is None else {"step": debug.where}
            self._write(e.RUN_PAUSED, {"reason": debug.due, **where})

    def next(self) -> Firing | None:
        """Return the step that begins next, while the debugger is on; None where none may now."""
        debug, state = self._state.debug, self._state
        assert debug is not None
        self.pause_if_due()
        if debug.paused:
            return None
        firing = self._candidate(debug)
        if firing is None or firing.skip is not None or firing.fault is not None:
            return firing
        if self._record.ending is None and (hits := debug.before(firing)):
            for hit in hits:
                self._record.write(e.BREAKPOINT_HIT, None, hit.to_json())
            self.pause_if_due()
            return None
        if inputs := debug.edited_inputs(firing):
            self._record.write(e.STEP_EDITED, firing.path, {"inputs": inputs})
        return state.ready.get(firing.path)

    def _candidate(self, debug: Debugging) -> Firing | None:
        ready = self._state.ready
        if debug.target is None:
            return next(iter(ready.values()), None)
        if debug.target in ready:
            return ready[debug.target]
        inside = f"{debug.target}["
        for path, firing in ready.items():
            if path.startswith(inside) and "/" in path[len(inside) :]:
                return firing
        # What is stepped over may wait for what is outside of it.
        return None if self._tasks.running else next(iter(ready.values()), None)

    def close(self) -> None:
        """Tell nobody any more that the run has paused, or goes on."""
        self._told = _nobody

    # --- what is asked ----------------------------------------------------

    def begin(self) -> None:
        """Do what was asked before the execution had begun."""
        self._begun = True
        for asked, signal in self._early:
            self._do(asked, signal)
        self._early.clear()

    def ask(self, asked: Mapping[str, Any], signal: str | None) -> bool:
        """Take a command; see `Execution.debug`."""
        if signal is not None and signal in self._state.signals:
            return True
        if self._record.closed or self._state.status is not None:
            return False
        if self._begun:
            self._do(asked, signal)
            return True
        if signal is None or all(known != signal for _, known in self._early):
            self._early.append((asked, signal))
        return False

    def _do(self, asked: Mapping[str, Any], signal: str | None) -> None:
        told: dict[str, Any] = {"by": asked["by"]} if asked.get("by") else {}
        if signal is not None:
            # Also what comes too late has come.
            self._state.signals.add(signal)
            told["signal"] = signal
        debug = self._state.debug
        if self._record.ending is not None or (debug is not None and debug.off):
            return
        match asked["do"]:
            case "pause" if not self.paused:
                self._write(e.RUN_PAUSED, {"reason": "asked", **told})
            case "continue" if self._holds(asked):
                self._write(e.RUN_CONTINUED, told)
            case "step" if self._holds(asked):
                self._write(e.RUN_CONTINUED, {**self._step(asked), **told})
            case "breakpoints":
                self._set_breakpoints(asked["breakpoints"], told)
            case "edit" if self.paused:
                self._edit(asked["token"], asked["value"], told)
        self._tasks.changed.set()

    def _holds(self, asked: Mapping[str, Any]) -> bool:
        """Say whether the run is in the pause that is meant: somebody else may have ended that."""
        debug = self._state.debug
        meant = asked.get("pause")
        return debug is not None and debug.paused and meant in (None, debug.pause)

    def _step(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Say what one step is: of the step named, or of the one that would begin next."""
        ready = self._state.ready
        path = asked.get("path")
        firing = ready.get(path) if path else None
        if firing is None:
            firing = next((it for it in ready.values() if it.skip is None), None)
        if firing is None:
            return {"step": "one"}
        over = asked.get("over") and firing.node.spec.begins
        return {"step": "over" if over else "one", "path": firing.path}

    def _set_breakpoints(self, given: Any, told: dict[str, Any]) -> None:
        try:
            found = breakpoints_of(self._state.plan, given)
        except DocumentInvalid:
            return
        self._write(e.BREAKPOINTS_SET, {"breakpoints": found, **told})

    def _edit(self, token: str, value: Any, told: dict[str, Any]) -> None:
        held = token_of(self._state, token)
        if held is not None and held.refuses(value) is None:
            where = {"node": held.node.id, "port": held.port.name, "step": None}
            if held.firing is not None:
                where["step"] = held.firing.path
            self._write(e.TOKEN_EDITED, {"token": token, "value": value, **where, **told})

    def _write(self, kind: str, data: dict[str, Any]) -> None:
        self._record.write(kind, None, data)
        if kind in (e.RUN_PAUSED, e.RUN_CONTINUED):
            self._told()

    # --- time -------------------------------------------------------------

    def limit(self, seconds: float | None) -> float | None:
        """Return when the run's time limit ends, which does not count while it is paused."""
        state, debug = self._state, self._state.debug
        if not seconds or (debug is not None and debug.paused):
            return None
        stood = debug.seconds if debug is not None else 0.0
        return (state.started or time.time()) + seconds + stood


def _nobody() -> None:
    """Do nothing: the run has ended."""
