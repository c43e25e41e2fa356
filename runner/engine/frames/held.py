"""Iterations that were begun beyond the limit of their frame, and go on when others have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Opened

if TYPE_CHECKING:
    from runner.engine.firing import Firing
    from runner.engine.state import RunState


class Held:
    """What could happen next in one iteration, kept from the state until it may."""

    def __init__(self) -> None:
        self.ready: dict[str, Firing] = {}
        self.closing: list[str] = []
        self.deciding: list[str] = []
        self.emitting: list[tuple[str, dict[str, Any]]] = []
        self.timed: list[Opened] = []

    def release(self, state: RunState) -> None:
        """Let it happen; the time of frames inside counts from now on."""
        state.ready.update(self.ready)
        state.closing += self.closing
        state.deciding += self.deciding
        state.emitting += self.emitting
        for opened in self.timed:
            assert opened.limit is not None
            opened.deadline = state.timers[opened.firing.path] = state.now + opened.limit


def hold(state: RunState, scopes: list[Iteration]) -> dict[int | str, Held]:
    """Take what could happen next in these iterations of one frame out of the state, by place."""
    held: dict[int | str, Held] = {scope.place: Held() for scope in scopes}
    among = {id(scope) for scope in scopes}

    def of(firing: Firing) -> Held | None:
        scope: Any = firing.scope
        while isinstance(scope, Iteration):
            if id(scope) in among:
                return held[scope.place]
            if not isinstance(scope.holder, Opened):
                return None
            scope = scope.holder.firing.scope
        return None

    for path, firing in list(state.ready.items()):
        if (at := of(firing)) is not None:
            at.ready[path] = state.ready.pop(path)
    for path, firing in state.running.items():
        at = of(firing)
        if at is None:
            continue
        if state.timers.pop(path, None) is not None and firing.opened is not None:
            at.timed.append(firing.opened)
        for asks, kept in ((state.closing, at.closing), (state.deciding, at.deciding)):
            if path in asks:
                asks.remove(path)
                kept.append(path)
        at.emitting += [it for it in state.emitting if it[0] == path]
    moved = {path for at in held.values() for path, _ in at.emitting}
    state.emitting = [it for it in state.emitting if it[0] not in moved]
    return held
