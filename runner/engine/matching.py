"""Which step of an earlier run has the result of a firing of the new one, and why others do not."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from runner.engine.again import Again
from runner.engine.apart import drawn, inside, reads_in
from runner.engine.changes import Changes
from runner.engine.earlier import (
    Earlier,
    OldStep,
    Origin,
    Repeated,
    digest,
    frames_around,
    values_read,
)
from runner.engine.firing import Firing
from runner.engine.state import RunState


class Matching:
    """Compares the firings of a new run, whose state is given, with the steps of an earlier one.

    Whoever takes a step over says so: `used` maps steps of the earlier run to those of the new
    one, `frames` has the frames that are opened again, by their new paths, and whether each is as
    it was. `asked` are the steps that are to run again whatever is known of them.
    """

    def __init__(
        self, state: RunState, origin: Origin, again: Again, asked: Collection[str]
    ) -> None:
        self._state = state
        self._again = again
        self.earlier = Earlier(origin, frozenset(asked))
        self.changes = Changes(state.plan, origin)
        self.reads = reads_in(state.plan)
        self.used: dict[str, str] = {}
        self.frames: dict[str, tuple[OldStep, bool]] = {}
        # Steps that can be taken over, by all that their outputs can depend on.
        self._alike: dict[tuple[str, str, str], deque[OldStep]] = {}
        for step in self.earlier.steps.values():
            sound = self.earlier.ended_badly(step) is None and not self.earlier.is_outdated(step)
            if sound and step.path not in asked:
                key = (step.firing.node.id, step.inputs, step.read)
                self._alike.setdefault(key, deque()).append(step)
        self._unlike: dict[str, Repeated] = {}
        self._same_inside: dict[str, bool] = {}

    # --- what can be taken over -------------------------------------------

    def match(self, firing: Firing, same: OldStep | None) -> OldStep | None:
        """Return the step of the earlier run whose result holds for this firing.

        `same` is the one that had its name there, if any had.
        """
        node, path = firing.node.id, firing.path
        if same is not None and (same.firing.node.id != node or same.path in self.used):
            same = None
        sound = same is not None and self.earlier.ended_badly(same) is None
        if self._again.trusting and same is not None and sound and _ports_fit(firing, same):
            return same
        inputs, read = digest(firing.inputs), self._read(firing)
        if self.changes.of(node) is None:
            # The step of the same name first, then whichever had the same values.
            if same is not None and (same.inputs, same.read) == (inputs, read):
                return same if sound and not self.earlier.is_outdated(same) else None
            others = self._alike.get((node, inputs, read), deque())
            while others:
                step = others.popleft()
                if step.path not in self.used:
                    return step
        if same is not None:
            if same.inputs != inputs:
                code, reason = "inputs_changed", "Other values come in."
            else:
                code, reason = "reads_changed", "Values that its expressions read were changed."
            self._unlike[same.path] = Repeated(path, code, reason)
        return None

    def can_go_on_in(self, firing: Firing, frame: OldStep) -> bool:
        """Say whether a frame that did not end well can be opened again, to go on inside it."""
        if not firing.node.spec.begins or not frame.inside or frame.path in self.used:
            return False
        if frame.firing.node.id != firing.node.id or frame.path in self.earlier.undone:
            return False
        return self._again.trusting or self.is_as_before(firing, frame)

    def is_as_before(self, firing: Firing, step: OldStep) -> bool:
        """Say whether a firing is `is_unchanged` from a step that was so itself."""
        return not self.earlier.is_outdated(step) and self.is_unchanged(firing, step)

    def is_unchanged(self, firing: Firing, step: OldStep) -> bool:
        """Say whether a firing has the node, the inputs and what else it reads of a step."""
        return (
            self.changes.of(firing.node.id) is None
            and step.inputs == digest(firing.inputs)
            and step.read == self._read(firing)
        )

    def is_intact(self, step: OldStep) -> bool:
        """Say whether a frame can be repeated event by event."""
        if step.path in self.earlier.marred or self.earlier.ended_badly(step) is not None:
            return False
        if self.earlier.is_outdated(step) and not self._again.trusting:
            return False
        return self.is_same_inside(step)

    def is_same_inside(self, frame: OldStep) -> bool:
        """Say whether all in a frame is drawn as it was, and nothing of it is to run again."""
        node = frame.firing.node.id
        if node not in self._same_inside:
            inner = inside(self._state.plan, node)
            again = inner & self._again.nodes or inner & self._state.stand_ins.keys()
            same = self.changes.is_same_inside(node, trusting=self._again.trusting)
            self._same_inside[node] = same and not again
        return self._same_inside[node]

    def _read(self, firing: Firing) -> str:
        return digest(values_read(self._state, firing, self.reads[firing.node.id]))

    # --- what is not taken over, and why ----------------------------------

    def is_within(self, step: OldStep) -> bool:
        """Say whether a frame around the step was taken over as a whole."""
        around = [self.used.get(opened.firing.path) for opened, _ in frames_around(step.firing)]
        return any(path is not None and self.frames[path][1] for path in around)

    def why_not(self, step: OldStep, items_again: Mapping[str, Iterable[int]]) -> Repeated:
        """Say why a step is not taken over; of those in `items_again` some items run again."""
        path, node, again = step.path, step.firing.node.id, self._again
        if drawn(node) not in self._state.plan.index:
            return Repeated(path, "node_gone", "The drawing has no such node any more.")
        if path in again.inputs:
            return Repeated(path, "edited", "It gets other inputs.")
        if path in items_again:
            return Repeated(path, "asked", "Some of its items are to run again.")
        if path in again.steps or node in again.nodes:
            return Repeated(path, "asked", "It is to run again.")
        if node in self._state.stand_ins:
            return Repeated(path, "stood_in", "Its outputs are pinned or mocked.")
        if (bad := self.earlier.ended_badly(step)) is not None:
            return bad
        if self.used.get(path) in self.frames:
            return Repeated(path, "inner_repeated", "Something inside it runs again.")
        for opened, _ in frames_around(step.firing):
            if opened.firing.path not in self.used:
                return Repeated(path, "frame_repeated", "The frame around it runs again.")
            if opened is not self.earlier.steps[opened.firing.path].inside[-1]:
                return Repeated(path, "retried", "The frame around it was tried again after it.")
        if (change := self.changes.of(node)) is not None:
            return Repeated(path, *change)
        if self.earlier.is_outdated(step):
            return Repeated(path, "outdated", "It was taken over although it had been changed.")
        if (unlike := self._unlike.get(path)) is not None:
            return unlike
        return Repeated(path, "after_repeated", "It comes after a step that runs again.")


def _ports_fit(firing: Firing, step: OldStep) -> bool:
    ports = {port.name for port in firing.node.outputs}
    return all(ports >= set(event.data.get("outputs") or {}) for event in step.events)
