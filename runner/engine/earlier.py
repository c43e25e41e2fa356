"""An earlier run as a new one sees it: what each step got and read, and which events it left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.engine import events as e
from runner.engine.apart import reads_in
from runner.engine.events import Event
from runner.engine.firing import Firing
from runner.engine.frames import ForEach, Iteration, Opened, Repeat
from runner.engine.reads import Reads
from runner.engine.state import RunState
from runner.graph.plan import Plan

ENDED_WELL = frozenset({e.STEP_SUCCEEDED, e.STEP_FAILED})
STOOD_IN = ("pinned", "mocked")
UNDOES = "[compensate]/"
# What happens to a frame beyond what happens inside it, and does not follow from that alone.
_OF_FRAMES = frozenset({e.STEP_STARTED, e.STEP_RETRYING, e.STEP_DECIDED, e.STEP_CANCELLING})


@dataclass(frozen=True, slots=True)
class Origin:
    """An earlier run: its id, the plan that it executed, and all its events."""

    run: str
    plan: Plan
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Why a step of the earlier run is not taken over."""

    step: str
    code: str
    reason: str


@dataclass(slots=True)
class OldStep:
    """A step of the earlier run, as far as it went.

    `inputs` and `read` are digests of what its outputs can depend on, when the event `since` came;
    of a frame `inside` has
    what was open, one for each attempt, and `decided` a digest of what each of its decisions
    (by event number) depended on.
    """

    firing: Firing
    inputs: str
    read: str
    since: int
    events: list[Event] = field(default_factory=list)
    items: dict[int, Event] = field(default_factory=dict)
    inside: list[Opened] = field(default_factory=list)
    decided: dict[int, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its step path."""
        return self.firing.path

    @property
    def end(self) -> Event | None:
        """The event that ended it, if any did."""
        return self.events[-1] if self.events and self.events[-1].type in e.STEP_ENDS else None

    @property
    def order(self) -> int:
        """The number of its last event, by which what ended first is taken over first."""
        return self.events[-1].seq if self.events else 0

    @property
    def skipped(self) -> bool:
        """Whether it did nothing: the engine decides anew whether it is skipped."""
        return self.end is not None and self.end.type == e.STEP_SKIPPED

    @property
    def undoes(self) -> bool:
        """Whether it was run to undo another one."""
        return UNDOES in self.firing.path


class Earlier:
    """The steps of an earlier run, by path, and which of its frames must go on inside.

    `undone` has the steps that were undone, with the number of the event with which that began;
    `skips` has why steps were skipped, and nodes that were never reached.
    """

    def __init__(self, origin: Origin, asked: frozenset[str]) -> None:
        self.steps: dict[str, OldStep] = {}
        self.undone: dict[str, int] = {}
        self.skips: dict[str, str] = {}
        self._fold(origin)
        # The frames, and the iterations of them, that hold something which must run again.
        self.marred: set[str | tuple[str, int | str]] = set()
        self._touched: dict[str, set[Any]] = {}
        for step in self.steps.values():
            if self.ended_badly(step) is None:
                for opened, place in frames_around(step.firing):
                    self._touched.setdefault(opened.path, set()).add(place)
            since = self.undone.get(step.path)
            again = step.path in asked or any(key in _data(step.end) for key in STOOD_IN)
            if again or since is not None:
                for opened, place in frames_around(step.firing):
                    end = self.steps[opened.firing.path].end
                    if again or end is None or (since or 0) > end.seq:
                        self.marred |= {opened.firing.path, (opened.path, place)}

    def _fold(self, origin: Origin) -> None:
        state = RunState(origin.plan)
        reads = reads_in(origin.plan)
        steps = self.steps
        for event in origin.events:
            path = event.step
            if path is None:
                state.apply(event)
                continue
            if event.type == e.STEP_SKIPPED:
                self.skips[path] = event.data.get("reason") or e.NEVER_REACHED
            if UNDOES in path:
                for undone in _undone(path):
                    self.undone.setdefault(undone, event.seq)
            if path[-1:] == "]":
                whole, index = item_of(path)
                if whole in steps:
                    if event.type in ENDED_WELL:
                        steps[whole].items[index] = event
                    elif event.type == e.STEP_EMITTED:
                        steps[whole].events.append(event)
                state.apply(event)
                continue
            firing = state.running.get(path) or state.ready.get(path)
            step = steps.get(path)
            if firing is not None and (event.type in _OF_FRAMES or event.type in e.STEP_ENDS):
                read = reads[firing.node.id]
                if step is None:
                    values = digest(values_read(state, firing, read))
                    inputs = digest(firing.inputs)
                    step = steps[path] = OldStep(firing, inputs, values, event.seq)
                if event.type == e.STEP_DECIDED:
                    step.decided[event.seq] = decides_on(state, firing, read)
            if step is not None and _is_kept(step, event):
                step.events.append(event)
            state.apply(event)
            if step is not None and "frame" in event.data and event.type == e.STEP_STARTED:
                assert step.firing.opened is not None
                step.inside.append(step.firing.opened)

    def ended_badly(self, step: OldStep) -> Repeated | None:
        """Say why what became of the step cannot be taken over, where it cannot."""
        path, end = step.path, step.end
        if end is None or end.type == e.STEP_CANCELLED:
            return Repeated(path, "unfinished", "It had not ended.")
        if end.type == e.STEP_FAILED and end.data["handled"] == "fail":
            return Repeated(path, "failed", "It failed.")
        if end.type not in ENDED_WELL:
            return Repeated(path, "skipped", "It was skipped.")
        if any(key in end.data for key in STOOD_IN):
            return Repeated(path, "stood_in", "Its outputs were pinned or mocked.")
        if path in self.undone:
            return Repeated(path, "undone", "What it had done was undone.")
        return None

    def is_outdated(self, step: OldStep) -> bool:
        """Say whether it was itself taken over although its node or its values had changed."""
        return any((it.data.get("reused") or {}).get("outdated") for it in step.events)

    def places(self, frame: OldStep) -> list[int]:
        """Return the places of the items that a For each had done something of, in order."""
        return sorted(self._touched.get(frame.inside[-1].path, ()))

    def places_done(self, frame: OldStep) -> list[int]:
        """Return the places of the items that a For each had done, in order."""
        opened = frame.inside[-1]
        assert isinstance(opened, ForEach)
        return [it for it in sorted(opened.results) if (opened.path, it) not in self.marred]


def frames_around(firing: Firing) -> Iterator[tuple[Opened, int | str]]:
    """Yield the open frames that a firing lies in, innermost first, and in which iteration."""
    scope = firing.scope
    while isinstance(scope, Iteration) and isinstance(scope.holder, Opened):
        yield scope.holder, scope.place
        scope = scope.holder.firing.scope


def values_read(state: RunState, firing: Firing, reads: Reads) -> dict[str, Any]:
    """Return what a step's result can depend on besides its inputs."""
    scope = firing.scope
    found: dict[str, Any] = {}
    if reads.all_nodes:
        found["nodes"] = dict(scope.values)
    elif reads.nodes:
        found["nodes"] = {name: scope.values.get(name) for name in reads.nodes}
    if reads.run:
        found["run"] = state.inputs
    if reads.vars:
        found["vars"] = state.plan.document.vars
    if reads.item and isinstance(scope, Iteration):
        found["item"] = [scope.item, scope.index]
    return found


def decides_on(state: RunState, firing: Firing, reads: Reads) -> str:
    """Return a digest of what a frame's next decision depends on."""
    opened = firing.opened
    assert isinstance(opened, Repeat)
    return digest([opened.value, opened.round, values_read(state, firing, reads)])


def item_of(path: str) -> tuple[str, int]:
    """Return the step that an item belongs to, and the item's place in the list."""
    whole, _, place = path[:-1].rpartition("[")
    return whole, int(place)


def digest(value: Any) -> str:
    """Return a short text that is the same for equal JSON values only."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _is_kept(step: OldStep, event: Event) -> bool:
    if event.type in (e.STEP_EMITTED, e.STEP_LISTED) or event.type in e.STEP_ENDS:
        return True
    opened = step.firing.opened
    if event.type == e.STEP_RESUMED and opened is not None:
        # It had its key then, which no other run's frame had.
        return bool(opened.shared)
    if not step.firing.node.spec.begins or event.type not in _OF_FRAMES:
        return False
    # How a frame is cancelled follows from what is around it, but not that its time was up.
    return event.type != e.STEP_CANCELLING or "error" in event.data


def _undone(path: str) -> Iterator[str]:
    place = path.find(UNDOES)
    while place >= 0:
        yield path[:place]
        place = path.find(UNDOES, place + 1)


def _data(event: Event | None) -> dict[str, Any]:
    return event.data if event is not None else {}
