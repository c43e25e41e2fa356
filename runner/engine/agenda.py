"""What a new run takes over of an earlier one, in the order in which it happened there."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any, NamedTuple

from runner.engine import events as e
from runner.engine.firing import Firing
from runner.engine.record import whole
from runner.engine.state import RunState

# Not an event: a firing that is to be looked at when those before it have come.
LOOK = "look"


class Due(NamedTuple):
    """An event that is to be written; `was` is the step of the earlier run that it comes from."""

    order: int
    number: int
    path: str
    kind: str
    data: dict[str, Any]
    was: str | None = None


class Agenda:
    """Events of steps that are open, by their numbers in the earlier run.

    What happens to a frame waits until what is inside has come so far that it can happen.
    """

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._due: list[Due] = []
        self._pushed = 0
        self._early: dict[str, deque[Due]] = {}

    def push(
        self, order: int, path: str, kind: str, data: dict[str, Any], was: str | None = None
    ) -> None:
        """Have an event of this step written in its turn."""
        self._pushed += 1
        heapq.heappush(self._due, Due(order, self._pushed, path, kind, data, was))

    def next(self) -> tuple[Due, Firing] | None:
        """Return what is to be written next, and its firing; None where nothing is left."""
        state = self._state
        self._recall()
        while self._due:
            due = heapq.heappop(self._due)
            path = whole(due.path)
            firing = state.running.get(path) or state.ready.get(path)
            if firing is None:
                # Something else has ended it meanwhile.
                continue
            frame = firing.node.spec.begins and due.was is not None
            if frame and (path in self._early or not self._is_time(firing, due.kind)):
                self._early.setdefault(path, deque()).append(due)
                continue
            return due, firing
        return None

    def ends_well(self, path: str) -> list[Due]:
        """Take out what is due of a step and its items, where the step ends well with that."""
        due = sorted(it for it in self._due if whole(it.path) == path and it.kind != LOOK)
        if not due or due[-1].kind != e.STEP_SUCCEEDED or due[-1].was is None:
            return []
        taken = {it.number for it in due}
        self._due = [it for it in self._due if it.number not in taken]
        heapq.heapify(self._due)
        return due

    def _recall(self) -> None:
        """Put back what frames ask for by now."""
        if not self._early:
            return
        state = self._state
        for asking in [*(it for it, _ in state.emitting), *state.deciding, *state.closing]:
            for due in self._early.pop(asking, ()):
                heapq.heappush(self._due, due)

    def _is_time(self, firing: Firing, kind: str) -> bool:
        state, path, opened = self._state, firing.path, firing.opened
        if kind == e.STEP_STARTED:
            return opened is None
        if kind == e.STEP_EMITTED:
            return any(it == path for it, _ in state.emitting)
        if kind == e.STEP_DECIDED:
            return path in state.deciding
        if kind in (e.STEP_CANCELLING, e.STEP_RESUMED):
            return opened is not None
        return opened is None or path in state.closing
