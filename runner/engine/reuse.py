"""Which steps of an earlier run a new one can take over, and the events that it begins with.

Both runs are folded in lock-step: a firing of the new run that had the same node, the same values
and read the same values in the earlier one gets the outputs from there, as an event that says so.
What that event leads to is looked at in the same way, so a step is taken over only where all that
it came from is. No clock, no I/O, no Django.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.engine import events as e
from runner.engine.errors import EngineError
from runner.engine.events import Event
from runner.engine.reads import Reads, reads_of
from runner.engine.scope import Firing
from runner.engine.stand_ins import stand_in_event
from runner.engine.state import RunState
from runner.graph.plan import Plan, PlanNode

ENDED_WELL = frozenset({e.STEP_SUCCEEDED, e.STEP_FAILED})
STOOD_IN = ("pinned", "mocked")


class RerunImpossible(EngineError):
    """The run cannot be repeated in this way."""

    code = "rerun_impossible"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Origin:
    """An earlier run: its id, the plan that it executed, and all its events."""

    run: str
    plan: Plan
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Again:
    """What is run again whatever is known of it.

    `steps` are step paths, `nodes` are nodes of which every step runs again;
    `inputs` gives steps other values, port by port. Where `trusting`, steps
    that do not come after these are taken over although their nodes have been
    changed since.
    """

    steps: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trusting: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """Why a step of the earlier run is not taken over."""

    step: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """The events that the new run begins with, and what became of each step of the earlier one.

    `reused` maps a step of the new run to that of the earlier one.
    """

    events: list[Event]
    reused: dict[str, str]
    repeated: list[Repeated]


@dataclass(slots=True)
class OldStep:
    """A step of the earlier run, as far as it went."""

    firing: Firing
    inputs: str
    read: str
    events: list[Event] = field(default_factory=list)
    items: dict[int, Event] = field(default_factory=dict)

    @property
    def end(self) -> Event | None:
        """The event that ended it, if any did."""
        return self.events[-1] if self.events and self.events[-1].type in e.STEP_ENDS else None

    @property
    def skipped(self) -> bool:
        """Whether it did nothing: the engine decides anew whether it is skipped."""
        return self.end is not None and self.end.type == e.STEP_SKIPPED


def reuse(
    plan: Plan, origin: Origin, queued: Event, again: Again | None = None, *, started: float
) -> Reuse:
    """Return how a run of `plan` begins that was accepted with `queued`.

    Its `run.started` and all reused steps carry the moment `started`, in
    seconds since the epoch. Raises RerunImpossible where a step that is to run
    again with other inputs is not reached by reused steps alone.
    """
    return _Beginning(plan, origin, again or Again(), started).of(queued)


class _Beginning:
    def __init__(self, plan: Plan, origin: Origin, again: Again, started: float) -> None:
        self.plan = plan
        self.origin = origin
        self.again = again
        self.started = started
        self.state = RunState(plan)
        self.events: list[Event] = []
        self.reads = {node.id: reads_of(node) for node in plan.nodes}
        self.old_run_inputs = ""
        self.old = self._old_steps()
        self.items_again: dict[str, set[int]] = {}
        for path in again.steps:
            if path[-1:] == "]":
                whole, index = _item(path)
                self.items_again.setdefault(whole, set()).add(index)
        self.alike: dict[tuple[str, str, str], deque[OldStep]] = {}
        for step in self.old.values():
            path = step.firing.path
            asked = path in again.steps or path in self.items_again
            if self._ended_badly(step) is None and not asked:
                key = (step.firing.node.id, step.inputs, step.read)
                self.alike.setdefault(key, deque()).append(step)
        self.changes = {node.id: self._change(node) for node in plan.nodes}
        self.used: dict[str, str] = {}
        self.reused: dict[str, str] = {}
        self.unlike: dict[str, Repeated] = {}
        self.edited: set[str] = set()
        self.seen: set[str] = set()
        self.todo: list[tuple[int, int, str, str, dict[str, Any]]] = []

    # --- the earlier run --------------------------------------------------

    def _old_steps(self) -> dict[str, OldStep]:
        state = RunState(self.origin.plan)
        reads = {node.id: reads_of(node) for node in self.origin.plan.nodes}
        steps: dict[str, OldStep] = {}
        for event in self.origin.events:
            path = event.step
            if path is not None and path[-1:] == "]":
                whole, index = _item(path)
                if whole in steps and event.type in ENDED_WELL:
                    steps[whole].items[index] = event
            elif path is not None and (event.type == e.STEP_STARTED or event.type in e.STEP_ENDS):
                firing = state.ready.get(path) or state.running.get(path)
                if firing is not None and path not in steps:
                    read = _digest(_read(state, reads[firing.node.id]))
                    steps[path] = OldStep(firing, _digest(firing.inputs), read)
            if path in steps and (event.type == e.STEP_EMITTED or event.type in e.STEP_ENDS):
                steps[path].events.append(event)
            state.apply(event)
        return steps

    def _change(self, node: PlanNode) -> tuple[str, str] | None:
        """Say what of the node is not as it was, of that which its outputs depend on."""
        place = self.origin.plan.index.get(node.id)
        if place is None:
            return "node_new", "The earlier run had no such node."
        was = self.origin.plan.nodes[place]
        if node.spec.begins:
            return "frame", "A frame runs again as a whole."
        if was.spec.kind != node.spec.kind:
            return "kind_changed", f"It was a {was.spec.kind}, and is a {node.spec.kind}."
        begun = next((it for it in self.origin.events if it.type == e.RUN_STARTED), None)
        versions = begun.data.get("versions", {}) if begun is not None else {}
        version = versions.get(was.spec.kind, 1)
        if version != node.spec.version:
            return (
                "version_changed",
                f"The node type {node.spec.kind} was of version {version}, "
                f"and is of {node.spec.version}.",
            )
        for key in sorted({*was.parameters, *node.parameters}):
            if _digest(was.parameters.get(key)) != _digest(node.parameters.get(key)):
                return "parameters_changed", f"Its parameter {key!r} was changed."
        if was.promoted != node.promoted:
            return "parameters_changed", "Other parameters of it are input ports."
        for key in ("on_error", "disabled", "each"):
            if getattr(was.settings, key, None) != getattr(node.settings, key, None):
                return "settings_changed", f"Its setting {key!r} was changed."
        return None

    # --- the new run ------------------------------------------------------

    def of(self, queued: Event) -> Reuse:
        self._apply(queued)
        versions = self.plan.versions
        self._write(e.RUN_STARTED, None, {"versions": dict(versions)} if versions else {})
        self._look()
        while self.todo:
            _, _, path, kind, data = heapq.heappop(self.todo)
            self._write(kind, path, data)
            self._look()
        for path in self.again.inputs:
            if path not in self.edited:
                raise RerunImpossible(
                    "step_not_reached",
                    f"The step {path!r} cannot get other inputs: what comes before it must run "
                    "again first. Run from an earlier step.",
                )
        repeated = [
            self._why_not(step)
            for path, step in self.old.items()
            if path not in self.used and not step.skipped
        ]
        return Reuse(self.events, self.reused, repeated)

    def _apply(self, event: Event) -> None:
        self.events.append(event)
        self.state.apply(event)

    def _write(self, kind: str, path: str | None, data: dict[str, Any]) -> None:
        self._apply(Event(self.state.seq + 1, self.started, kind, path, data))

    def _look(self) -> None:
        """Look at the firings that the last event made ready."""
        new: list[str] = []
        for path in reversed(self.state.ready):
            if path in self.seen:
                break
            new.append(path)
        for path in reversed(new):
            self.seen.add(path)
            self._look_at(self.state.ready[path])

    def _push(self, order: int, path: str, kind: str, data: dict[str, Any]) -> None:
        heapq.heappush(self.todo, (order, len(self.todo) + len(self.events), path, kind, data))

    def _look_at(self, firing: Firing) -> None:
        path, node = firing.path, firing.node
        before = self.old.get(path)
        order = before.events[-1].seq if before is not None and before.events else 0
        if firing.skip is not None:
            self._push(order, path, e.STEP_SKIPPED, {"reason": firing.skip})
            if before is not None:
                self.used.setdefault(path, path)
        elif firing.fault is not None:
            return
        elif path in self.again.inputs:
            self._push(order, path, e.STEP_EDITED, {"inputs": dict(self.again.inputs[path])})
            self.edited.add(path)
        elif path in self.again.steps or node.id in self.again.nodes:
            return
        elif path in self.items_again:
            self._take_items(firing, self.old[path], order)
        elif stand_in := self.state.stand_ins.get(node.id):
            if "error" not in stand_in:
                kind, data = stand_in_event(firing, stand_in)
                self._push(order, path, kind, data)
        elif step := self._match(firing):
            self.used[step.firing.path] = path
            self.reused[path] = step.firing.path
            for event in step.events:
                self._push(event.seq, path, event.type, self._taken(firing, step, event))
        elif before is not None and before.items and self._is_as_before(firing, before):
            self._take_items(firing, before, order)

    def _take_items(self, firing: Firing, step: OldStep, order: int) -> None:
        """Take over the items of a fan-out that had ended; the step itself gathers them anew."""
        if not self._is_as_before(firing, step):
            return
        asked = self.items_again.get(firing.path)
        for index, event in sorted(step.items.items()):
            if asked is None:
                # What failed runs again, what had succeeded does not.
                if event.type == e.STEP_FAILED:
                    continue
            elif index in asked or (
                event.type == e.STEP_FAILED and event.data.get("handled") == "fail"
            ):
                continue
            path, was = f"{firing.path}[{index}]", f"{step.firing.path}[{index}]"
            self.reused[path] = was
            origin = event.data.get("reused") or {"run": self.origin.run, "step": was}
            self._push(order, path, event.type, {**event.data, "reused": origin})

    def _is_as_before(self, firing: Firing, step: OldStep) -> bool:
        node = firing.node.id
        return (
            self.changes[node] is None
            and step.inputs == _digest(firing.inputs)
            and step.read == _digest(_read(self.state, self.reads[node]))
        )

    def _taken(self, firing: Firing, step: OldStep, event: Event) -> dict[str, Any]:
        origin = event.data.get("reused") or {"run": self.origin.run, "step": step.firing.path}
        data = {key: value for key, value in event.data.items() if key != "started"}
        if event.type in e.STEP_ENDS:
            data |= {"inputs": firing.refs, "started": self.started}
        return {**data, "reused": origin}

    def _match(self, firing: Firing) -> OldStep | None:
        """Return the step of the earlier run whose result holds for this firing."""
        node, path = firing.node.id, firing.path
        same = self.old.get(path)
        if same is not None and (same.firing.node.id != node or path in self.used):
            same = None
        sound = same is not None and self._ended_badly(same) is None
        if self.again.trusting and same is not None and sound and self._ports_fit(firing, same):
            return same
        inputs = _digest(firing.inputs)
        read = _digest(_read(self.state, self.reads[node]))
        if self.changes[node] is None:
            # The step of the same name first, then whichever had the same values.
            if same is not None and sound and (same.inputs, same.read) == (inputs, read):
                return same
            others = self.alike.get((node, inputs, read), deque())
            while others:
                step = others.popleft()
                if step.firing.path not in self.used:
                    return step
        if same is not None:
            if same.inputs != inputs:
                code, reason = "inputs_changed", "Other values come in."
            else:
                code, reason = "reads_changed", "Values that its expressions read were changed."
            self.unlike[path] = Repeated(path, code, reason)
        return None

    def _ports_fit(self, firing: Firing, step: OldStep) -> bool:
        ports = {port.name for port in firing.node.outputs}
        return all(ports >= set(event.data.get("outputs") or {}) for event in step.events)

    def _ended_badly(self, step: OldStep) -> Repeated | None:
        path, end = step.firing.path, step.end
        if end is None or end.type == e.STEP_CANCELLED:
            return Repeated(path, "unfinished", "It had not ended.")
        if end.type == e.STEP_FAILED and end.data["handled"] == "fail":
            return Repeated(path, "failed", "It failed.")
        if end.type not in ENDED_WELL:
            return Repeated(path, "skipped", "It was skipped.")
        if any(key in end.data for key in STOOD_IN):
            return Repeated(path, "stood_in", "Its outputs were pinned or mocked.")
        return None

    def _why_not(self, step: OldStep) -> Repeated:
        path, node = step.firing.path, step.firing.node.id
        if node not in self.plan.index:
            return Repeated(path, "node_gone", "The drawing has no such node any more.")
        if path in self.again.inputs:
            return Repeated(path, "edited", "It gets other inputs.")
        if path in self.items_again:
            return Repeated(path, "asked", "Some of its items are to run again.")
        if path in self.again.steps or node in self.again.nodes:
            return Repeated(path, "asked", "It is to run again.")
        if node in self.state.stand_ins:
            return Repeated(path, "stood_in", "Its outputs are pinned or mocked.")
        if (bad := self._ended_badly(step)) is not None:
            return bad
        if (change := self.changes[node]) is not None:
            return Repeated(path, *change)
        if (unlike := self.unlike.get(path)) is not None:
            return unlike
        return Repeated(path, "after_repeated", "It comes after a step that runs again.")


def _item(path: str) -> tuple[str, int]:
    """Return the step that an item belongs to, and the item's place in the list."""
    whole, _, place = path[:-1].rpartition("[")
    return whole, int(place)


def _read(state: RunState, reads: Reads) -> dict[str, Any]:
    """Return what a step's result can depend on besides its inputs."""
    found: dict[str, Any] = {}
    if reads.all_nodes:
        found["nodes"] = dict(state.root.values)
    elif reads.nodes:
        found["nodes"] = {name: state.root.values.get(name) for name in reads.nodes}
    if reads.run:
        found["run"] = state.inputs
    if reads.vars:
        found["vars"] = state.plan.document.vars
    return found


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
