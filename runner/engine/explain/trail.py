"""Where a run has been: the last firing of each node, and the last iteration of each frame."""

from __future__ import annotations

from collections.abc import Iterable

from runner.engine import events as e
from runner.engine.account import node_of, scope_of
from runner.engine.events import Event
from runner.engine.sight import frames_in
from runner.engine.state import RunState
from runner.graph.frames import around
from runner.graph.plan import Plan, PlanNode

UNDOING = "[compensate]"


class Trail:
    """What has to be known of a run before it is told in which of its scopes to look.

    The events are gone through once, and once more where the run has not ended. However long the
    run goes on, what is kept is not more than what is drawn, and what moves (in `state`).
    """

    def __init__(self, plan: Plan, events: Iterable[Event]) -> None:
        self.plan = plan
        self._last: dict[str, str] = {}
        # By the frames that it lies in, outermost first, the scope that moved last.
        self._scopes: dict[tuple[str, ...], str] = {(): ""}
        self._scope = ""
        ended = RunState(plan)
        for event in events:
            if event.step is None:
                if event.type in e.RUN_ENDS or event.type in (e.RUN_QUEUED, e.RUN_STARTED):
                    ended.apply(event)
            elif event.data.get("reason") != e.NEVER_REACHED:
                self._follow(event.step)
        # Nothing moves in a run that has ended, so its state need not be made of all its events.
        self.state = ended if ended.status is not None else RunState.fold(plan, events)
        for path in self.state.ready:
            self._follow(path)

    def _follow(self, path: str) -> None:
        if path[-1] == "]":
            return
        self._last[node_of(path)] = path
        scope = scope_of(path)
        if scope == self._scope:
            return
        self._scope = scope
        if UNDOING in scope:
            # What undoes a frame is not inside it.
            return
        while scope:
            self._scopes[tuple(frames_in(scope))] = scope
            scope = scope_of(scope)

    def scope_of(self, node: PlanNode) -> str:
        """Return where a node fired last, or is about to; else the innermost scope around it."""
        if (path := self._last.get(node.id)) is not None:
            return scope_of(path)
        frames = frames_around(self.plan, node)
        while tuple(frames) not in self._scopes:
            frames.pop()
        return self._scopes[tuple(frames)]


def frames_around(plan: Plan, node: PlanNode) -> list[str]:
    """Return the frames that hold a node, the outermost first."""
    found = reversed(around(plan.document, node.frame))
    return [frame for frame in found if frame is not None]
