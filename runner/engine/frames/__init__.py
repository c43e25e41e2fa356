"""Frames that are open: which of their insides run, and when each is over.

All of it follows from events, so it is the same after a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.engine.frames.for_each import ForEach
from runner.engine.frames.group import Group, Race
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Opened
from runner.engine.frames.repeat import Repeat
from runner.engine.frames.trying import Try

if TYPE_CHECKING:
    from runner.engine.firing import Firing
    from runner.engine.state import RunState

MODES: dict[str, type[Opened]] = {
    "each": ForEach,
    "repeat": Repeat,
    "try": Try,
    "race": Race,
    "group": Group,
}


def open_frame(state: RunState, firing: Firing, told: dict[str, Any], since: float) -> Opened:
    """Return the inside of a frame, as its node's code told it in `step.started`."""
    return MODES[told.get("mode", "each")](state, firing, told, since)


__all__ = ["MODES", "ForEach", "Group", "Iteration", "Opened", "Repeat", "open_frame"]
