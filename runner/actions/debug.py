"""Debug a run: see where it is held, and have it pause, go on, or take another value.

What is asked reaches the run as a signal, whichever process executes it and whatever ends
meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from runner import stopping
from runner.actions.history import history_of_run
from runner.actions.rerun import is_own
from runner.engine import RunState
from runner.engine.debug.breakpoints import breakpoints_of
from runner.engine.debug.debugger import BREAKPOINTS, CONTINUE, EDIT, PAUSE, STEP
from runner.engine.debug.tokens import token_of, tokens_of
from runner.journal.encoding import encode
from runner.models import Run, Signal, time_ordered_id
from runner.queue import signals
from runner.queue.plans import plan_of

# Runs that somebody has started to watch them may have breakpoints.
OF_PEOPLE = frozenset({"manual", "api", "cli"})
LARGE = 64 * 1024  # bytes of a value, as JSON, that is only shown alone
PATIENCE = 3.0  # seconds that whoever asks waits for it to be done
LOOK_EVERY = 0.02


class DebugRefused(Exception):
    """The debugger cannot do this with the run. `status` is that of an HTTP answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Debugged:
    """A run as its journal has it, up to the event `at`."""

    run: Run
    state: RunState

    @classmethod
    def of(cls, run: Run) -> Debugged:
        """Read a run. Raises JournalDamaged, and DocumentInvalid where it cannot run any more."""
        events = history_of_run(run)
        return cls(run, RunState.fold(plan_of(run.drawing_id), events))

    @property
    def paused(self) -> bool:
        """Whether no step may begin now."""
        debug = self.state.debug
        return debug is not None and debug.paused

    def to_json(self, token: str | None = None) -> dict[str, Any]:
        """Return what the API shows: with all tokens, or with one and its value, however large."""
        debug, state = self.state.debug, self.state
        going = state.status is None
        held = debug if debug is not None and debug.paused else None
        return {
            "run": str(self.run.pk),
            "at": state.seq,
            "status": state.status or self.run.shown_status,
            "paused": self.paused,
            "pause": held and held.pause,
            "reason": held.reason if held else "",
            "step": held and held.where,
            "breakpoint": held.at.to_json() if held and held.at else None,
            "held": [path for path, it in state.ready.items() if it.skip is None and going],
            "breakpoints": [] if debug is None else [it.to_json() for it in debug.breakpoints],
            "tokens": [
                _shown(it.to_json(), alone=token is not None)
                for it in (tokens_of(state) if going else ())
                if token in (None, it.id)
            ],
        }


def settled(run: Run, seconds: float) -> Debugged:
    """Return the run once it is paused or over, or as it is after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = Debugged.of(run)
        while not (found.paused or found.state.status) and time.monotonic() < deadline:
            if stopping.pause(LOOK_EVERY):
                return found
            run.refresh_from_db()
            if run.last_seq > found.state.seq:
                break
        else:
            return found


def pause(run: Run, by: str) -> bool:
    """Ask a run to pause; say whether it has by now. Raises DebugRefused."""
    return _ask(run, {"do": PAUSE, "by": by})


def go_on(run: Run, by: str, pause: int | None = None) -> bool:
    """Ask a paused run to go on; say whether it does by now. Raises DebugRefused.

    `pause` is the number of the pause that is meant: of two who ask at the same time for the same
    one, the second must not end the next.
    """
    _paused(run, pause)
    return _ask(run, {"do": CONTINUE, "pause": pause, "by": by})


def step(
    run: Run,
    by: str,
    path: str | None = None,
    *,
    over: bool = False,
    pause: int | None = None,
) -> bool:
    """Ask a paused run for one step, the next or the one named; say whether it has begun.

    Stepping `over` a frame does all that is in it; `pause` is as of `go_on`. Raises DebugRefused.
    """
    found = _paused(run, pause)
    if path is not None and path not in found.state.ready:
        held = ", ".join(found.state.ready) or "none is"
        message = f"The step {path!r} is none of those that are held: {held}."
        raise DebugRefused(422, "unknown_step", message)
    return _ask(run, {"do": STEP, "path": path, "over": over, "pause": pause, "by": by})


def set_breakpoints(run: Run, given: list[Any], by: str) -> bool:
    """Give a run these breakpoints instead of its own; say whether it has them by now.

    Raises DebugRefused, and DocumentInvalid for a place that the drawing does not have.
    """
    if run.trigger not in OF_PEOPLE:
        message = f"A run that was started by {run.trigger} has no breakpoints; pause it instead."
        raise DebugRefused(409, "breakpoints_not_allowed", message)
    found = breakpoints_of(plan_of(run.drawing_id), given)
    return _ask(run, {"do": BREAKPOINTS, "breakpoints": found, "by": by})


def edit_token(run: Run, token: str, value: Any, by: User) -> bool:
    """Give a token of a paused run another value; say whether it has it by now.

    Where this is not the owner's doing, the owner answers no longer for the run.
    Raises DebugRefused, also where the port does not take such a value.
    """
    held = token_of(_paused(run).state, token)
    if held is None:
        message = f"There is no token {token!r} in flight; it may have gone on."
        raise DebugRefused(422, "unknown_token", message)
    if wrong := held.refuses(value):
        raise DebugRefused(422, "token_refused", wrong)
    if not is_own(run.blueprint, by):
        _mark_edited(run)
    return _ask(run, {"do": EDIT, "token": token, "value": value, "by": by.get_username()})


def _mark_edited(run: Run) -> None:
    """Write that a run is edited, and what gets its result, before the value comes."""
    above: Run | None = run
    while above is not None:
        Run.objects.filter(pk=above.pk).update(edited=True)
        above = above.parent if above.parent_step else None


def _paused(run: Run, pause: int | None = None) -> Debugged:
    _check_goes_on(run)
    found = Debugged.of(run)
    if not found.paused:
        raise DebugRefused(409, "not_paused", "The run is not paused. Pause it first.")
    if pause not in (None, found.state.debug and found.state.debug.pause):
        message = "The run has gone on meanwhile, and paused again. Look where it is now."
        raise DebugRefused(409, "another_pause", message)
    return found


def _check_goes_on(run: Run) -> None:
    if run.status in signals.OVER:
        raise DebugRefused(409, "run_is_over", f"The run is over: it has {run.status}.")


def _ask(run: Run, asked: Mapping[str, Any]) -> bool:
    _check_goes_on(run)
    try:
        signal = signals.send(run.pk, "", str(time_ordered_id()), dict(asked))
    except signals.RunOver:
        run.refresh_from_db()
        raise DebugRefused(409, "run_is_over", f"The run is over: it has {run.status}.") from None
    deadline = time.monotonic() + PATIENCE
    while not (done := Signal.objects.filter(pk=signal.pk, reached=True).exists()):
        if time.monotonic() > deadline:
            break
        time.sleep(LOOK_EVERY)
    return done


def _shown(token: dict[str, Any], *, alone: bool) -> dict[str, Any]:
    size = len(encode(token["value"]).encode())
    large = size > LARGE and not alone
    origin = token.pop("source")
    value = None if large else token["value"]
    return {**token, "origin": origin, "size": size, "large": large, "value": value}
