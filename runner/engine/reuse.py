"""Which steps of an earlier run a new one can take over, and the events that it begins with.

Both runs are folded in lock-step: a firing of the new run that had the same node, the same values
and read the same values in the earlier one gets the outputs from there, as an event that says so.
What that event leads to is looked at in the same way, so a step is taken over only where all that
it came from is. A frame that is as it was is repeated event by event, with whatever was caught in
it; in any other the steps are looked at one by one. No clock, no I/O, no Django.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from runner.engine import events as e
from runner.engine.again import Again, RerunImpossible, passes, refuse_superseded, refuse_useless
from runner.engine.agenda import LOOK, Agenda, Due
from runner.engine.apart import inside
from runner.engine.earlier import (
    UNDOES,
    OldStep,
    Origin,
    Repeated,
    decides_on,
    digest,
    item_of,
)
from runner.engine.events import Event
from runner.engine.firing import Firing
from runner.engine.frames import ForEach, Iteration, Opened
from runner.engine.journal import MemoryJournal
from runner.engine.matching import Matching
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
        self.items_again: dict[str, set[int]] = {}
        for path in again.steps:
            if path[-1:] == "]":
                listed, index = item_of(path)
                self.items_again.setdefault(listed, set()).add(index)
        self.asked = frozenset({*again.steps, *again.inputs, *self.items_again})
        self.matching = Matching(self.state, origin, again, self.asked)
        self.earlier = self.matching.earlier
        self.old = self.earlier.steps
        refuse_superseded(self.asked, self.old)
        self.used = self.matching.used
        self.frames = self.matching.frames
        self.reused: dict[str, str] = {}
        self.edited: set[str] = set()
        # Why firings are skipped, by their names in the earlier run.
        self.skips: dict[str, str] = {}
        self.seen: dict[str, Was] = {}
        self.agenda = Agenda(self.state)

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
            self.matching.why_not(step, self.items_again)
            for path, step in self.old.items()
            if path not in taken
            and not (
                step.skipped or step.undoes or self.matching.is_within(step) or self._passes(step)
            )
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
            depends = decides_on(self.state, firing, self.matching.reads[firing.node.id])
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
            before, reads = self.old.get(was), self.matching.reads[firing.node.id]
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
        elif step := self.matching.match(firing, before):
            self._take(firing, step, intact=not step.inside or self.matching.is_intact(step))
        elif before is not None and self.matching.can_go_on_in(firing, before):
            self._take(firing, before, intact=False)
        elif before is not None and before.items and self.matching.is_as_before(firing, before):
            self._take_items(firing, before, order)

    def _take(self, firing: Firing, step: OldStep, *, intact: bool) -> None:
        """Have what became of a step become of this firing."""
        path = firing.path
        self.used[step.path] = path
        outdated = self.again.trusting and not (
            self.matching.is_unchanged(firing, step)
            and (
                not firing.node.spec.begins or self.matching.changes.is_same_inside(firing.node.id)
            )
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
                ended_well = (
                    *(e.STEP_STARTED, e.STEP_RESUMED, e.STEP_EMITTED),
                    *(e.STEP_DECIDED, e.STEP_SUCCEEDED),
                )
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
            elif event.type in (e.STEP_DECIDED, e.STEP_RESUMED):
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
        return done if self.matching.is_same_inside(step) else []

    def _hold(self) -> None:
        """Let items that a frame began beyond its limit wait, and what needs a key; inner first."""
        for path in sorted(self.frames, key=lambda it: -it.count("/")):
            firing = self.state.running.get(path)
            if firing is not None and isinstance(firing.opened, ForEach):
                places = list(firing.opened.scopes)[firing.opened.concurrency :]
                if places:
                    self.record.write(e.STEP_HELD, path, {"places": places})
            elif firing is not None and (opened := firing.opened) and opened.shared:
                if not opened.granted:
                    continue
                # What is left of it waits for the key, which another run may have by now.
                self.record.write(e.STEP_HELD, path, {"places": list(opened.scopes)})

    def _take_items(self, firing: Firing, step: OldStep, order: int) -> None:
        """Take over the items of a fan-out that had ended; the step itself gathers them anew."""
        if not self.matching.is_as_before(firing, step):
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

    def _taken(self, firing: Firing, step: OldStep, event: Event) -> dict[str, Any]:
        origin = event.data.get("reused") or {"run": self.origin.run, "step": step.path}
        data = {key: value for key, value in event.data.items() if key != "started"}
        if event.type in e.STEP_ENDS:
            data["inputs"] = firing.refs
            if not firing.node.spec.begins:
                data["started"] = self.started
        return {**data, "reused": origin}
