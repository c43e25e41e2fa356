"""Which steps of an earlier run a new one can take over, and the events that it begins with.

Both runs are folded in lock-step: a firing of the new run that had the same node, the same values
and read the same values in the earlier one gets the outputs from there, as an event that says so.
What that event leads to is looked at in the same way, so a step is taken over only where all that
it came from is. A frame that is as it was is repeated event by event, with whatever was caught in
it; in any other the steps are looked at one by one. No clock, no I/O, no Django.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

from runner.engine import events as e
from runner.engine.again import Again, RerunImpossible, passes, refuse_superseded, refuse_useless
from runner.engine.agenda import LOOK, Agenda, Due
from runner.engine.apart import drawn, inside, reads_in
from runner.engine.changes import Changes
from runner.engine.earlier import (
    UNDOES,
    Earlier,
    OldStep,
    Origin,
    Repeated,
    decides_on,
    digest,
    frames_around,
    item_of,
    values_read,
)
from runner.engine.events import Event
from runner.engine.firing import Firing
from runner.engine.frames import ForEach, Iteration, Opened
from runner.engine.journal import MemoryJournal
from runner.engine.record import Record, passed_on
from runner.engine.stand_ins import stand_in_event
from runner.engine.state import RunState
from runner.graph.plan import Plan


@dataclass(frozen=True, slots=True)
class Reuse:
    """The events that the new run begins with, and what became of each step of the earlier one.

    `reused` maps a step of the new run to that of the earlier one.
    """

    events: list[Event]
    reused: dict[str, str]
    repeated: list[Repeated]


class Was(NamedTuple):
    """The name that a firing had in the earlier run, and whether all around it is as it was."""

    path: str
    intact: bool


def reuse(
    plan: Plan, origin: Origin, queued: Event, again: Again | None = None, *, started: float
) -> Reuse:
    """Return how a run of `plan` begins that was accepted with `queued`.

    Its `run.started` and all reused steps carry the moment `started`, in
    seconds since the epoch. Raises RerunImpossible where a step that is to run
    again is of no use for that, or gets other inputs and is not reached by
    reused steps alone.
    """
    return _Beginning(plan, origin, again or Again(), started).of(queued)


class _Beginning:
    def __init__(self, plan: Plan, origin: Origin, again: Again, started: float) -> None:
        self.plan = plan
        self.origin = origin
        self.again = again
        self.started = started
        self.state = RunState(plan)
        self.journal = MemoryJournal()
        self.record = Record(self.state, self.journal, at=started)
        self.reads = reads_in(plan)
        self.items_again: dict[str, set[int]] = {}
        for path in again.steps:
            if path[-1:] == "]":
                listed, index = item_of(path)
                self.items_again.setdefault(listed, set()).add(index)
        self.asked = frozenset({*again.steps, *again.inputs, *self.items_again})
        self.earlier = Earlier(origin, self.asked)
        self.old = self.earlier.steps
        refuse_superseded(self.asked, self.old)
        self.alike: dict[tuple[str, str, str], deque[OldStep]] = {}
        for step in self.old.values():
            sound = self.earlier.ended_badly(step) is None and not self.earlier.is_outdated(step)
            if sound and step.path not in self.asked:
                key = (step.firing.node.id, step.inputs, step.read)
                self.alike.setdefault(key, deque()).append(step)
        self.changes = Changes(plan, origin)
        self.used: dict[str, str] = {}
        self.reused: dict[str, str] = {}
        self.unlike: dict[str, Repeated] = {}
        self.edited: set[str] = set()
        # Why firings are skipped, by their names in the earlier run.
        self.skips: dict[str, str] = {}
        self.seen: dict[str, Was] = {}
        # The frames that are opened again, and whether each is as it was.
        self.frames: dict[str, tuple[OldStep, bool]] = {}
        self.agenda = Agenda(self.state)
        self.same_inside: dict[str, bool] = {}

    def _is_intact(self, step: OldStep) -> bool:
        """Say whether a frame can be repeated event by event."""
        if step.path in self.earlier.marred or self.earlier.ended_badly(step) is not None:
            return False
        if self.earlier.is_outdated(step) and not self.again.trusting:
            return False
        return self._is_same_inside(step)

    def _is_same_inside(self, frame: OldStep) -> bool:
        """Say whether all in a frame is drawn as it was, and nothing of it is to run again."""
        node = frame.firing.node.id
        if node not in self.same_inside:
            inner = inside(self.plan, node)
            again = inner & self.again.nodes or inner & self.state.stand_ins.keys()
            same = self.changes.is_same_inside(node, trusting=self.again.trusting)
            self.same_inside[node] = same and not again
        return self.same_inside[node]

    # --- the new run ------------------------------------------------------

    def of(self, queued: Event) -> Reuse:
        self.journal.append(queued)
        self.state.apply(queued)
        versions = self.plan.versions
        self._write(e.RUN_STARTED, None, {"versions": dict(versions)} if versions else {})
        while not self.state.stopped and (found := self.agenda.next()):
            self._write_due(*found)
        if not self.state.stopped:
            self._hold()
        refuse_useless(
            again=self.again,
            asked=self.asked,
            earlier=self.earlier,
            state=self.state,
            skips=self.skips,
        )
        for path in self.again.inputs:
            if path not in self.edited:
                raise RerunImpossible(
                    "step_not_reached",
                    f"The step {path!r} cannot get other inputs: what comes before it must run "
                    "again first. Run from an earlier step.",
                )
        taken = set(self.reused.values())
        repeated = [
            self._why_not(step)
            for path, step in self.old.items()
            if path not in taken
            and not (step.skipped or step.undoes or self._is_within(step) or self._passes(step))
        ]
        return Reuse(list(self.journal.events), self.reused, repeated)

    def _passes(self, step: OldStep) -> bool:
        """Say whether the step's node is bypassed now: it passed its input on anew."""
        return passes(self.plan, step.firing.node.id)

    def _write(self, kind: str, path: str | None, data: dict[str, Any]) -> None:
        state = self.state
        self.record.write(kind, path, data)
        while state.halted:
            for halted, reason in state.open_in_halted():
                # What had ended before it could be cancelled is done, and can be undone.
                for due in self.agenda.ends_well(halted):
                    if due.was is not None and due.kind in e.STEP_ENDS and "reused" in due.data:
                        self.reused[due.path] = due.was
                    self.record.write(due.kind, due.path, due.data)
                if halted in state.running or halted in state.ready:
                    self.record.cancel(halted, reason)
        self._look()

    def _write_due(self, due: Due, firing: Firing) -> None:
        if due.kind == LOOK:
            self._look_at(firing)
            return
        data: dict[str, Any] | None = due.data
        if due.was is not None and firing.path in self.frames:
            data = self._of_frame(firing, due)
        if data is None:
            return
        if due.was is not None and due.kind in e.STEP_ENDS and "reused" in data:
            self.reused[due.path] = due.was
        self._write(due.kind, due.path, data)

    def _of_frame(self, firing: Firing, due: Due) -> dict[str, Any] | None:
        """Return an event of a frame as it is now, or None where it is to be found out anew."""
        opened, data = firing.opened, due.data
        step, intact = self.frames[firing.path]
        if due.kind == e.STEP_DECIDED:
            depends = decides_on(self.state, firing, self.reads[firing.node.id])
            return data if step.decided[due.order] == depends else None
        if due.kind in (e.STEP_RETRYING, e.STEP_FAILED):
            return data if opened is None or opened.failure is not None else None
        if due.kind != e.STEP_SUCCEEDED:
            return data
        if opened is None or opened.failure is not None or opened.withdrawn is not None:
            return None
        outputs = opened.outputs() if opened.chosen is None else opened.chosen
        if not intact and digest(outputs) != digest(data["outputs"]):
            return None
        return {**data, "outputs": outputs}

    def _look(self) -> None:
        """Look at the firings that the last events made ready."""
        new: list[str] = []
        for path in reversed(self.state.ready):
            if path in self.seen:
                break
            new.append(path)
        for path in reversed(new):
            firing = self.state.ready[path]
            was, intact = self.seen[path] = self._was(firing)
            before, reads = self.old.get(was), self.reads[firing.node.id]
            if before is not None and not intact and (reads.nodes or reads.all_nodes):
                # What it reads of other nodes is what was there when it began.
                self.agenda.push(before.since, path, LOOK, {})
            else:
                self._look_at(firing)

    def _was(self, firing: Firing) -> Was:
        """Return what the earlier run called this firing; nothing, where it had none such."""
        scope = firing.scope
        if not isinstance(scope, Iteration):
            return Was(firing.path, False)
        if isinstance(scope.holder, Opened):
            step, intact = self.frames[scope.holder.firing.path]
            attempt = scope.holder.firing.openings if intact else len(step.inside)
            before = step.inside[attempt - 1].path
            return Was(before + firing.path[len(scope.holder.path) :], intact)
        undone = scope.prefix.removesuffix(UNDOES)
        before, intact = self.seen[undone]
        return Was(before + firing.path[len(undone) :], intact)

    def _look_at(self, firing: Firing) -> None:
        path, node = firing.path, firing.node
        was, intact = self.seen[path]
        before = self.old.get(was)
        order = before.order if before is not None else 0
        if firing.skip is not None:
            self.skips[was] = firing.skip
            self.agenda.push(order, path, e.STEP_SKIPPED, {"reason": firing.skip})
            if before is not None:
                self.used.setdefault(was, path)
        elif intact:
            if before is not None:
                self._take(firing, before, intact=True)
        elif firing.fault is not None:
            # It fails again; where that was handled, what came of it is known.
            if before is not None and self.earlier.ended_badly(before) is None:
                self._take(firing, before, intact=True)
        elif was in self.again.inputs:
            self.agenda.push(order, path, e.STEP_EDITED, {"inputs": dict(self.again.inputs[was])})
            self.edited.add(was)
        elif node.passes is not None:
            self.agenda.push(order, path, e.STEP_SUCCEEDED, passed_on(firing))
            if before is not None:
                self.used.setdefault(was, path)
        elif was in self.again.steps or node.id in self.again.nodes:
            return
        elif was in self.items_again:
            if before is not None:
                self._take_items(firing, before, order)
        elif stand_in := self.state.stand_ins.get(node.id):
            if "error" not in stand_in:
                kind, data = stand_in_event(firing, stand_in)
                self.agenda.push(order, path, kind, data)
        elif isinstance(firing.scope, Iteration) and firing.scope.cleaning:
            # What cleans up after steps that run again cleans up again.
            return
        elif step := self._match(firing, before):
            self._take(firing, step, intact=not step.inside or self._is_intact(step))
        elif before is not None and self._can_go_on_in(firing, before):
            self._take(firing, before, intact=False)
        elif before is not None and before.items and self._is_as_before(firing, before):
            self._take_items(firing, before, order)

    def _take(self, firing: Firing, step: OldStep, *, intact: bool) -> None:
        """Have what became of a step become of this firing."""
        path = firing.path
        self.used[step.path] = path
        outdated = self.again.trusting and not (
            self._is_unchanged(firing, step)
            and (not firing.node.spec.begins or self.changes.is_same_inside(firing.node.id))
        )
        # One that is bypassed is never opened.
        frame = bool(firing.node.spec.begins) and firing.node.passes is None
        events = step.events
        if self.earlier.ended_badly(step) is not None:
            # What was done of it was undone: that follows from the items that had ended well.
            for index, item in step.items.items():
                self._take_item(firing, step, index, item.seq)
        if frame:
            self.frames[path] = (step, intact)
            if not intact:
                begun = max(n for n, it in enumerate(events) if it.type == e.STEP_STARTED)
                ended_well = (e.STEP_STARTED, e.STEP_EMITTED, e.STEP_DECIDED, e.STEP_SUCCEEDED)
                events = [it for it in events[begun:] if it.type in ended_well]
        for event in events:
            place = path + (event.step or "")[len(step.path) :]
            data = self._taken(firing, step, event)
            if outdated:
                data["reused"] = {**data["reused"], "outdated": True}
            if frame and event.type == e.STEP_STARTED:
                data = {**event.data, "inputs": firing.refs}
                if not intact:
                    told = dict(data["frame"])
                    told.pop("again", None)
                    if places := self._places(step):
                        told["again"] = places
                    data |= {"attempt": 1, "frame": told}
            elif event.type == e.STEP_DECIDED:
                data = event.data
            self.agenda.push(event.seq, place, event.type, data, step.path)

    def _places(self, step: OldStep) -> list[int]:
        """Return the items with which a For each begins, whatever its limit, to take them over."""
        if not isinstance(step.inside[-1], ForEach):
            return []
        inner = map(self.plan.index.__getitem__, inside(self.plan, step.firing.node.id))
        frames = (it for it in map(self.plan.nodes.__getitem__, inner) if it.spec.begins)
        if all(it.parameters.get("key") in (None, "") for it in frames):
            return self.earlier.places(step)
        # One that had a lock and waits for its turn would keep those from it whose turn it is.
        done = self.earlier.places_done(step)
        return done if self._is_same_inside(step) else []

    def _hold(self) -> None:
        """Let those items that a frame has begun beyond its limit wait for others; inner first."""
        for path in sorted(self.frames, key=lambda it: -it.count("/")):
            firing = self.state.running.get(path)
            if firing is not None and isinstance(firing.opened, ForEach):
                places = list(firing.opened.scopes)[firing.opened.concurrency :]
                if places:
                    self.record.write(e.STEP_HELD, path, {"places": places})

    def _take_items(self, firing: Firing, step: OldStep, order: int) -> None:
        """Take over the items of a fan-out that had ended; the step itself gathers them anew."""
        if not self._is_as_before(firing, step):
            return
        asked = self.items_again.get(step.path)
        for index, event in sorted(step.items.items()):
            if asked is None:
                # What failed runs again, what had succeeded does not.
                if event.type == e.STEP_FAILED:
                    continue
            elif index in asked or (
                event.type == e.STEP_FAILED and event.data.get("handled") == "fail"
            ):
                continue
            self._take_item(firing, step, index, order)

    def _take_item(self, firing: Firing, step: OldStep, index: int, order: int) -> None:
        event = step.items[index]
        path, was = f"{firing.path}[{index}]", f"{step.path}[{index}]"
        origin = event.data.get("reused") or {"run": self.origin.run, "step": was}
        self.agenda.push(order, path, event.type, {**event.data, "reused": origin}, was)

    def _is_as_before(self, firing: Firing, step: OldStep) -> bool:
        return not self.earlier.is_outdated(step) and self._is_unchanged(firing, step)

    def _is_unchanged(self, firing: Firing, step: OldStep) -> bool:
        return (
            self.changes.of(firing.node.id) is None
            and step.inputs == digest(firing.inputs)
            and step.read == self._read(firing)
        )

    def _read(self, firing: Firing) -> str:
        return digest(values_read(self.state, firing, self.reads[firing.node.id]))

    def _can_go_on_in(self, firing: Firing, frame: OldStep) -> bool:
        """Say whether a frame that did not end well can be opened again, to go on inside it."""
        if not firing.node.spec.begins or not frame.inside or frame.path in self.used:
            return False
        if frame.firing.node.id != firing.node.id or frame.path in self.earlier.undone:
            return False
        return self.again.trusting or self._is_as_before(firing, frame)

    def _taken(self, firing: Firing, step: OldStep, event: Event) -> dict[str, Any]:
        origin = event.data.get("reused") or {"run": self.origin.run, "step": step.path}
        data = {key: value for key, value in event.data.items() if key != "started"}
        if event.type in e.STEP_ENDS:
            data["inputs"] = firing.refs
            if not firing.node.spec.begins:
                data["started"] = self.started
        return {**data, "reused": origin}

    def _match(self, firing: Firing, same: OldStep | None) -> OldStep | None:
        """Return the step of the earlier run whose result holds for this firing."""
        node, path = firing.node.id, firing.path
        if same is not None and (same.firing.node.id != node or same.path in self.used):
            same = None
        sound = same is not None and self.earlier.ended_badly(same) is None
        if self.again.trusting and same is not None and sound and self._ports_fit(firing, same):
            return same
        inputs, read = digest(firing.inputs), self._read(firing)
        if self.changes.of(node) is None:
            # The step of the same name first, then whichever had the same values.
            if same is not None and (same.inputs, same.read) == (inputs, read):
                return same if sound and not self.earlier.is_outdated(same) else None
            others = self.alike.get((node, inputs, read), deque())
            while others:
                step = others.popleft()
                if step.path not in self.used:
                    return step
        if same is not None:
            if same.inputs != inputs:
                code, reason = "inputs_changed", "Other values come in."
            else:
                code, reason = "reads_changed", "Values that its expressions read were changed."
            self.unlike[same.path] = Repeated(path, code, reason)
        return None

    def _ports_fit(self, firing: Firing, step: OldStep) -> bool:
        ports = {port.name for port in firing.node.outputs}
        return all(ports >= set(event.data.get("outputs") or {}) for event in step.events)

    # --- what is not taken over, and why ----------------------------------

    def _is_within(self, step: OldStep) -> bool:
        """Say whether a frame around the step was taken over as a whole."""
        around = [self.used.get(opened.firing.path) for opened, _ in frames_around(step.firing)]
        return any(path is not None and self.frames[path][1] for path in around)

    def _why_not(self, step: OldStep) -> Repeated:
        path, node = step.path, step.firing.node.id
        if drawn(node) not in self.plan.index:
            return Repeated(path, "node_gone", "The drawing has no such node any more.")
        if path in self.again.inputs:
            return Repeated(path, "edited", "It gets other inputs.")
        if path in self.items_again:
            return Repeated(path, "asked", "Some of its items are to run again.")
        if path in self.again.steps or node in self.again.nodes:
            return Repeated(path, "asked", "It is to run again.")
        if node in self.state.stand_ins:
            return Repeated(path, "stood_in", "Its outputs are pinned or mocked.")
        if (bad := self.earlier.ended_badly(step)) is not None:
            return bad
        if self.used.get(path) in self.frames:
            return Repeated(path, "inner_repeated", "Something inside it runs again.")
        for opened, _ in frames_around(step.firing):
            if opened.firing.path not in self.used:
                return Repeated(path, "frame_repeated", "The frame around it runs again.")
            if opened is not self.old[opened.firing.path].inside[-1]:
                return Repeated(path, "retried", "The frame around it was tried again after it.")
        if (change := self.changes.of(node)) is not None:
            return Repeated(path, *change)
        if self.earlier.is_outdated(step):
            return Repeated(path, "outdated", "It was taken over although it had been changed.")
        if (unlike := self.unlike.get(path)) is not None:
            return unlike
        return Repeated(path, "after_repeated", "It comes after a step that runs again.")
