"""What the events say of a run under a debugger: a part of the fold, so recovery knows it too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.engine import events as e
from runner.engine.debug.breakpoints import Breakpoint
from runner.engine.debug.tokens import token_of
from runner.engine.events import Event

if TYPE_CHECKING:
    from runner.engine.firing import Firing
    from runner.engine.state import RunState


# The ends with which a step has done nothing.
IDLE_ENDS = frozenset({e.STEP_SKIPPED, e.STEP_CANCELLED})


@dataclass(frozen=True, slots=True)
class Hit:
    """A breakpoint that a run has come to, and the step that brought it there."""

    at: Breakpoint
    step: str

    def to_json(self) -> dict[str, Any]:
        """Return the data of the event that says so."""
        return {"breakpoint": self.at.to_json(), "step": self.step}


@dataclass(frozen=True, slots=True)
class Edit:
    """A token that got another value and has not fired its node yet; `ref` is where it is from.

    Of a token that a step already holds, `path` is that step.
    """

    port: str
    path: str | None
    node: int
    prefix: str
    ref: list[str]

    def is_of(self, firing: Firing) -> bool:
        """Say whether the step has this token."""
        if self.path is not None:
            return firing.path == self.path
        return (
            firing.node.index == self.node
            and firing.scope.prefix == self.prefix
            and self.ref in firing.refs.get(self.port, ())
        )


class Debugging:
    """A run under a debugger.

    While it is `paused`, no step begins; `since` says since when, and `seconds`
    how long it has been so before; `pause` is the number of the event of that pause, and `at`
    the breakpoint that it is for. `due` is why it has to pause at once, and
    `hits` are the breakpoints it has come to of which no event says so yet. It
    is `stepping` until the step `target` (none: any) begins or, where it steps
    `over` a frame, until that has ended.
    """

    __slots__ = (
        "_edges", "_nodes", "at", "breakpoints", "due", "edits", "hits", "off", "over", "passed",
        "pause", "paused", "reason", "seconds", "since", "stepping", "target", "where",
    )  # fmt: skip

    def __init__(self, breakpoints: Iterable[Mapping[str, str]] = (), *, paused: bool = False):
        self.paused = False
        self.pause: int | None = None
        self.reason = ""
        self.where: str | None = None
        self.at: Breakpoint | None = None
        self.since = 0.0
        self.seconds = 0.0
        self.due = "start" if paused else ""
        self.stepping = False
        self.target: str | None = None
        self.over = False
        self.hits: list[Hit] = []
        # The steps that were held before they began, and need not be held again.
        self.passed: set[str] = set()
        self.edits: list[Edit] = []
        # Once the run ends, what cleans up is not held.
        self.off = False
        self._set(breakpoints)

    def _set(self, breakpoints: Iterable[Mapping[str, str]]) -> None:
        self.breakpoints = tuple(Breakpoint.from_json(each) for each in breakpoints)
        self._nodes = {(it.node, it.when): it for it in self.breakpoints if it.edge is None}
        self._edges: dict[tuple[str, str], list[Breakpoint]] = {}
        for each in self.breakpoints:
            if each.edge is not None:
                source = (each.edge.source, each.edge.output)
                self._edges.setdefault(source, []).append(each)

    # --- what the run does ------------------------------------------------

    def notice(self, state: RunState, event: Event) -> None:
        """Look at an event before the state takes it in."""
        kind, path = event.type, event.step
        if path is None or self.off:
            if kind in e.RUN_ENDS or kind == e.RUN_ENDING:
                self._release(state, event.time)
                self.off = True
            return
        base = path[: path.rindex("[")] if path[-1:] == "]" else path
        firing = state.running.get(base) or state.ready.get(base)
        if firing is None:
            return
        ended = kind in e.STEP_ENDS
        if self.stepping and path == base and (ended or kind == e.STEP_STARTED):
            self._step(state, firing, ended=ended)
        if kind in (e.STEP_EDITED, e.STEP_STARTED) or (ended and path == base):
            self.edits = [it for it in self.edits if not it.is_of(firing)]
        if ended and path == base:
            self.passed.discard(path)
        # What another run did is no news.
        if "reused" in event.data or firing.scope.halted or kind in IDLE_ENDS:
            return
        at = self._nodes.get((firing.node.id, "after"))
        if at is not None and ended and path == base:
            self.hits.append(Hit(at, base))
        # Items hand in what they have through their step; only what they emit leaves at once.
        if path == base or kind == e.STEP_EMITTED:
            for port in event.data.get("outputs") or () if self._edges else ():
                for at in self._edges.get((firing.node.id, port), ()):
                    self.hits.append(Hit(at, base))

    def _step(self, state: RunState, firing: Firing, *, ended: bool) -> None:
        if self.target is None:
            over = firing.path in state.ready and firing.skip is None
        else:
            over = firing.path == self.target and (ended or not self.over)
        if over:
            self.stepping = self.over = False
            self.target, self.where = None, firing.path
            self.due = self.due or "step"

    def before(self, firing: Firing) -> list[Hit]:
        """Return the breakpoints that hold a step before it begins, where it was not held yet."""
        if self.off or firing.path in self.passed:
            return []
        found = []
        if (at := self._nodes.get((firing.node.id, "before"))) is not None:
            found.append(Hit(at, firing.path))
        if self._edges:
            found += self._from_frames(firing)
        return found

    def _from_frames(self, firing: Firing) -> list[Hit]:
        """Return the hits of the edges that begin at the inside of a frame.

        No event tells of a token there, so it is met where it fires its node.
        """
        found = []
        for port, refs in firing.refs.items():
            for path, output in refs:
                holder = firing.node.frame
                if holder is None or not firing.scope.prefix.startswith(f"{path}["):
                    continue
                for at in self._edges.get((holder, output), ()):
                    if at.edge is not None and at.edge[2:] == (firing.node.id, port):
                        found.append(Hit(at, firing.path))
        return found

    # --- what the debugger does -------------------------------------------

    def take(self, state: RunState, event: Event) -> None:
        """Take an event of the debugger's own in."""
        kind, data = event.type, event.data
        if signal := data.get("signal"):
            state.signals.add(signal)
        if kind == e.RUN_PAUSED:
            self.paused, self.since, self.due = True, event.time, ""
            self.pause = event.seq
            self.reason, self.where = data["reason"], data.get("step")
            if self.reason != "breakpoint":
                self.at = None
            self.stepping = self.over = False
            self.target = None
        elif kind == e.RUN_CONTINUED:
            self._release(state, event.time)
            step = data.get("step")
            self.stepping = step is not None
            self.over = step == "over"
            self.target = data.get("path")
            if self.target is not None:
                self.passed.add(self.target)
        elif kind == e.BREAKPOINT_HIT:
            at = Breakpoint.from_json(data["breakpoint"])
            hit = Hit(at, data["step"])
            if hit in self.hits:
                self.hits.remove(hit)
            if hit.step in state.ready:
                self.passed.add(hit.step)
            if not self.paused:
                self.due, self.where, self.at = "breakpoint", hit.step, at
        elif kind == e.BREAKPOINTS_SET:
            self._set(data["breakpoints"])
        elif kind == e.TOKEN_EDITED:
            self._edit(state, data)

    def _edit(self, state: RunState, data: Mapping[str, Any]) -> None:
        token = token_of(state, data["token"])
        if token is not None:
            token.put(data["value"])
            path = token.firing.path if token.firing is not None else None
            node, prefix = token.node.index, token.scope.prefix
            self.edits.append(Edit(token.port.name, path, node, prefix, list(token.ref or ())))

    def edited_inputs(self, firing: Firing) -> dict[str, Any]:
        """Return the inputs of a step that were edited, and of which no event of its says so."""
        ports = {it.port for it in self.edits if it.is_of(firing)}
        return {port: firing.inputs[port] for port in ports if port in firing.inputs}

    def _release(self, state: RunState, now: float) -> None:
        """Go on: the time limits of the run and of frames stood still while it was paused."""
        if not self.paused:
            return
        stood = max(0.0, now - self.since)
        self.seconds += stood
        for path in state.timers:
            state.timers[path] += stood
        self.paused, self.reason, self.where = False, "", None
        self.pause = self.at = None


def debugged(state: RunState, event: Event) -> None:
    """Take an event of the debugger's into the state; any run may come under one at any time."""
    if state.debug is None:
        state.debug = Debugging()
    state.debug.take(state, event)
