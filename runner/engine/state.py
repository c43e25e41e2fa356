"""The state of a run: a fold over its events, which answers what may start.

It has no clock and does no I/O. The same events give the same state, so
recovery, replay and debugging all use `RunState.apply`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from runner.engine import events as e
from runner.engine.apart import Part
from runner.engine.cleaning import Cleaning
from runner.engine.debug.state import Debugging, debugged
from runner.engine.events import Event
from runner.engine.firing import Firing, ItemState
from runner.engine.frames import ForEach, Group, Iteration, Opened, Repeat, open_frame
from runner.engine.parking import Parking
from runner.engine.scope import Scope
from runner.graph.plan import Plan, PlanNode


class RunState(Cleaning):
    """What a run's events so far amount to.

    `ready` holds the firings that may start, `running` those that have; both
    by step path, in order. `status` is None until the run has ended.
    """

    __slots__ = (
        "_declared", "_unreached", "closing", "debug", "deciding", "emitting", "error", "failure",
        "inputs", "locks", "now", "outputs", "overtaken", "part", "plan", "queued", "seq",
        "signals", "stand_ins", "started", "status", "stopped", "timers", "trigger", "turned",
    )  # fmt: skip

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.plan = plan
        self.seq = 0
        # The moment of the last event.
        self.now = 0.0
        self.inputs: Any = {}
        self.trigger: str | None = None
        self.queued = False
        self.started: float | None = None
        self.status: str | None = None
        self.outputs: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self.failure: dict[str, Any] | None = None
        # Nodes that are not run, since their outputs or error are given.
        self.stand_ins: dict[str, Any] = {}
        self.overtaken = self.root.overtaken
        # Whether a Stop node has ended the run; what still runs is cancelled then.
        self.stopped = False
        # What whoever executes the run has to do next: end frames that are over, evaluate the
        # conditions of frames, and write what they emit.
        self.closing: list[str] = []
        self.deciding: list[str] = []
        self.emitting: list[tuple[str, dict[str, Any]]] = []
        # Frames that waited for a lock of this run and have it now, of which no event says so yet.
        self.turned: list[str] = []
        # When frames are out of time, or are tried again, in seconds since the epoch.
        self.timers: dict[str, float] = {}
        # Who has each lock, and who waits for it.
        self.locks: dict[str, list[Opened]] = {}
        # The signals from outside that have reached their steps, by their ids.
        self.signals: set[str] = set()
        # Of a run that is an item of another: the only thing that runs in it.
        self.part: Part | None = None
        # What is known of its debugger, once it has had one.
        self.debug: Debugging | None = None
        self._declared: dict[str, Any] = {}
        self._unreached: set[str] = set()

    @classmethod
    def fold(cls, plan: Plan, events: Iterable[Event]) -> RunState:
        """Return the state that these events, from the first, lead to."""
        state = cls(plan)
        for event in events:
            state.apply(event)
        return state

    # --- events -----------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take one more event in."""
        self.seq, self.now, kind, step, data = event
        if self.debug is not None:
            self.debug.notice(self, event)
        if self.overtaken and kind not in (e.STEP_CANCELLED, e.STEP_CANCELLING):
            # Whoever wrote these events has cancelled the late steps by now.
            self.overtaken.clear()
        if step is not None and step[-1:] == "]":
            self._apply_to_item(event, step)
        elif kind == e.STEP_SUCCEEDED:
            self._end_step(event, data["outputs"], succeeded=True)
        elif kind == e.STEP_STARTED:
            self._start_step(event)
        elif kind == e.STEP_FAILED:
            if data["handled"] == "fail":
                self._uncaught(event)
            self._end_step(event, data.get("outputs") or {})
        elif kind == e.STEP_SKIPPED:
            self._end_step(event, {})
        elif kind == e.STEP_CANCELLED:
            self.note_ending(data.get("ending"))
            self._end_step(event, {})
        elif kind == e.STEP_EMITTED:
            if firing := self._find(event):
                firing.emitted |= data["outputs"].keys()
                self.emitting = [it for it in self.emitting if it[0] != firing.path]
                firing.scope.emit(firing, data["outputs"])
        elif kind == e.STEP_LISTED:
            if firing := self._find(event):
                firing.listed = data["items"]
        elif kind == e.STEP_RETRYING:
            if firing := self._find(event):
                firing.attempt = data["attempt"] + 1
                firing.again = event.time + data["delay"]
                firing.until = firing.parking = None
                if firing.node.spec.begins:
                    if firing.opened is not None:
                        self._shut(firing)
                    # It may have failed before it began.
                    self.ready.pop(firing.path, None)
                    self.running[firing.path] = firing
                    self.timers[firing.path] = firing.again
        elif kind == e.STEP_DECIDED:
            self.deciding = [path for path in self.deciding if path != step]
            if (firing := self._find(event)) and isinstance(firing.opened, Repeat):
                firing.opened.decided(done=data["done"])
        elif kind == e.STEP_HELD:
            if (firing := self._find(event)) and isinstance(firing.opened, ForEach | Group):
                firing.opened.hold(data["places"])
        elif kind == e.STEP_CANCELLING:
            if (firing := self._find(event)) and firing.opened is not None:
                self.timers.pop(firing.path, None)
                self.deciding = [path for path in self.deciding if path != firing.path]
                if error := data.get("error"):
                    firing.opened.expire({"step": firing.path, **error})
                else:
                    firing.opened.cancel(data["reason"])
        elif kind == e.STEP_WAITING:
            if firing := self._find(event):
                if firing.opened is not None and firing.opened.holder is not None:
                    # Only told: whoever in this run has the lock passes it on.
                    firing.opened.told_waiting = True
                else:
                    _wait(firing, data)
        elif kind == e.STEP_RESUMED:
            if firing := self._find(event):
                self._resume(firing, data)
                if firing.opened is not None:
                    self.turned = [path for path in self.turned if path != firing.path]
                    firing.opened.grant()
        elif kind == e.STEP_EDITED:
            if firing := self._find(event):
                firing.inputs = {**firing.inputs, **data["inputs"]}
        elif kind == e.RUN_QUEUED:
            self.queued = True
            self.inputs = data.get("inputs", {})
            self.trigger = data.get("trigger") or None
            self.stand_ins = data.get("stand_ins") or {}
            if (told := data.get("part")) is not None:
                self.part = Part(self, told)
                self.stand_ins = told.get("stand_ins") or {}
            if (debug := data.get("debug")) is not None:
                self.debug = Debugging(debug["breakpoints"], paused=debug["paused"])
        elif kind == e.RUN_STARTED:
            self.started = event.time
            self._start_run()
        elif kind == e.RUN_ENDING:
            self.cleaning = "cut" not in data
            if self.cleaning:
                self.cleaning_since = event.time
                self.note_ending(data)
            else:
                self.stop_cleaning(data["cut"])
        elif kind in e.RUN_ENDS:
            self.status = kind.removeprefix("run.")
            self.outputs = data.get("outputs")
            self.error = data.get("error")
            self.undo_errors = data.get("undo_errors", self.undo_errors)
            self.ready.clear()
            self.running.clear()
            self.timers.clear()
        elif kind in e.DEBUG_EVENTS:
            debugged(self, event)
        if self.cleaning and not self.running and not self.ready and self.undoing is None:
            self.undo()

    def _apply_to_item(self, event: Event, path: str) -> None:
        kind, data = event.type, event.data
        base, _, place = path[:-1].rpartition("[")
        # Items that a rerun takes over come before the step itself has started.
        firing = self.running.get(base) or self.ready.get(base)
        if firing is None or kind in (e.STEP_LOGGED, e.STEP_PROGRESSED):
            return
        if firing.items is None:
            firing.items = {}
        index = int(place)
        if kind == e.STEP_CANCELLED:
            firing.items.pop(index, None)
            self.note_ending(data.get("ending"))
            return
        item = firing.items.setdefault(index, ItemState())
        if kind == e.STEP_STARTED:
            item.started = event.time
        elif kind == e.STEP_SUCCEEDED:
            item.outputs = data["outputs"]
        elif kind == e.STEP_FAILED:
            item.error = data["error"]
        elif kind == e.STEP_RETRYING:
            item.attempt = data["attempt"] + 1
            item.again = event.time + data["delay"]
            item.until = item.parking = None
        elif kind == e.STEP_WAITING:
            _wait(item, data)
        elif kind == e.STEP_RESUMED:
            self._resume(item, data)
        elif kind == e.STEP_EMITTED:
            item.emitted |= data["outputs"].keys()
            firing.scope.emit(firing, data["outputs"])

    def _resume(self, step: Firing | ItemState, data: dict[str, Any]) -> None:
        step.paced = False
        if step.parking is not None and step.parking.retries:
            # The next attempt begins from the beginning.
            step.until = step.parking = None
        elif step.parking is not None:
            step.parking.end(data)
        if signal := data.get("signal"):
            self.signals.add(signal)

    # --- parked steps -----------------------------------------------------

    def parked(self) -> Iterator[tuple[str, Parking]]:
        """Yield the steps, and items of steps, that are parked now, by path."""
        for path, firing in self.running.items():
            if firing.parking is not None and firing.parking.waiting:
                yield path, firing.parking
            for index, item in (firing.items or {}).items():
                if item.parking is not None and item.parking.waiting and item.is_open:
                    yield f"{path}[{index}]", item.parking

    def parking(self, path: str) -> Parking | None:
        """Return what is known of the parking of a step, or item, that has not ended."""
        step = self.open_step(path)
        return step.parking if step is not None else None

    def is_open(self, path: str) -> bool:
        """Say whether a step, or an item of one, has begun and not ended."""
        return self.open_step(path) is not None

    def open_step(self, path: str) -> Firing | ItemState | None:
        """Return a step, or an item of one, that has begun and not ended."""
        if path[-1:] != "]":
            return self.running.get(path)
        base, _, place = path[:-1].rpartition("[")
        firing = self.running.get(base)
        if firing is None or not firing.items or not place.isdecimal():
            return None
        item = firing.items.get(int(place))
        return item if item is not None and item.is_open else None

    # --- steps that have not ended ----------------------------------------

    def late_steps(self, scope: Scope, join: PlanNode) -> list[str]:
        """Return the paths of the steps under way that lead only to a join that has fired."""
        late = self.plan.overtakes[join.index]
        return [
            path
            for firing in (*self.running.values(), *self.ready.values())
            if firing.scope is scope and late >> firing.node.index & 1
            for path in (*firing.open_items(), firing.path)
        ]

    def open_steps(self) -> Iterator[str]:
        """Yield the paths of all steps that have not ended, items before their step."""
        for firing in (*self.running.values(), *self.ready.values()):
            yield from firing.open_items()
            yield firing.path

    def _find(self, event: Event) -> Firing | None:
        path = event.step or ""
        return self.running.get(path) or self.ready.get(path)

    def _start_step(self, event: Event) -> None:
        path = event.step or ""
        firing = self.ready.pop(path, None)
        if firing is None:
            # A frame that is tried again has not left.
            firing = self.running.get(path)
            if firing is None or "frame" not in event.data or firing.opened is not None:
                return
        firing.started = event.time
        firing.attempt = event.data.get("attempt", 1)
        self.running[path] = firing
        if (told := event.data.get("frame")) is not None:
            opened = firing.opened = open_frame(self, firing, told, event.time)
            firing.scope.frames.setdefault(firing.node.index, []).append(opened)
            self.timers.pop(path, None)
            if opened.deadline is not None:
                self.timers[path] = opened.deadline
            opened.begin()

    def _shut(self, firing: Firing) -> None:
        """Leave the inside of a frame."""
        opened = firing.opened
        assert opened is not None
        self.timers.pop(firing.path, None)
        self.closing = [path for path in self.closing if path != firing.path]
        self.deciding = [path for path in self.deciding if path != firing.path]
        self.turned = [path for path in self.turned if path != firing.path]
        opened.leave()
        firing.scope.finished += opened.finished
        firing.scope.frames[firing.node.index].remove(opened)
        firing.opened = None

    def _uncaught(self, event: Event) -> None:
        error = {"step": event.step, **event.data["error"]}
        firing = self._find(event)
        if firing is not None and isinstance(firing.scope, Iteration):
            firing.scope.holder.fail(firing.scope, error)
        else:
            self.failure = self.failure or error

    # --- ends of steps, and the start ---------------------------------------

    def _end_step(self, event: Event, outputs: dict[str, Any], *, succeeded: bool = False) -> None:
        path = event.step or ""
        firing = self.running.pop(path, None) or self.ready.pop(path, None)
        if firing is None:
            # A node that was never reached is skipped at the run's end.
            self._unreached.add(path)
            return
        if firing.opened is not None:
            self._shut(firing)
        succeeded = succeeded and "bypassed" not in event.data
        if firing.node.undo:
            # Of a step that ended in the middle of its list, what its items had done stays done.
            done = firing.done_items()
            if succeeded or done:
                firing.output = next(iter(outputs.values()), None) if succeeded else done
                firing.scope.finished.append(firing)
        if succeeded and firing.node.spec.kind in ("flow.output", "flow.stop"):
            self.stopped = self.stopped or firing.node.spec.kind == "flow.stop"
            name = str(firing.node.parameters.get("name") or firing.node.id)
            self._declared[name] = next(iter(firing.inputs.values()), None)
        self.timers.pop(path, None)
        if self.ending is None or self.cleaning:
            # Once the run ends, nothing follows from the end of a step but what cleans up.
            firing.scope.end(firing, outputs)

    def _start_run(self) -> None:
        plan = self.plan
        if self.part is not None:
            self.part.begin(self.root)
            return
        if self.trigger is not None:
            starts: Iterable[int] = (plan.index[self.trigger],)
        elif plan.triggers:
            manual = [i for i in plan.triggers if plan.nodes[i].spec.kind == "trigger.manual"]
            starts = (manual or list(plan.triggers))[:1]
        else:
            starts = plan.starts
        for index in starts:
            node = plan.nodes[index]
            port = node.inputs[0].name if node.inputs else None
            self.root.fire(node, {port: self.inputs} if port else {}, {})

    # --- the end ----------------------------------------------------------

    @property
    def never_reached(self) -> list[PlanNode]:
        """The nodes that have not fired, and of which no event has said so yet."""
        return [
            node
            for node in self.plan.nodes
            if not self.root.reached[node.index] and node.id not in self._unreached
        ]

    def results(self) -> dict[str, Any]:
        """Return the run's outputs: those declared, or the last values of the leaves."""
        if self.part is not None:
            return {"result": self.part.result}
        if self.stopped or any(node.spec.kind == "flow.output" for node in self.plan.nodes):
            return dict(self._declared)
        ids = (self.plan.nodes[index].id for index in self.plan.leaves)
        return {name: self.root.values[name] for name in ids if name in self.root.values}


def _wait(step: Firing | ItemState, data: dict[str, Any]) -> None:
    if "rate" in data:
        # Only told: whoever begins it anew asks for its turn anew.
        step.paced = True
        return
    step.until = data["until"]
    if "for" in data:
        step.parking = step.parking or Parking()
        step.parking.begin(data)
