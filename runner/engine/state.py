"""The state of a run: a fold over its events, which answers what may start.

It has no clock and does no I/O. The same events give the same state, so
recovery, replay and debugging all use `RunState.apply`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from runner.engine import events as e
from runner.engine.events import Event
from runner.engine.frames import Iteration, Opened
from runner.engine.scope import Firing, ItemState, Scope
from runner.graph.plan import Plan, PlanNode


class RunState:
    """What a run's events so far amount to.

    `ready` holds the firings that may start, `running` those that have; both
    by step path, in order. `status` is None until the run has ended.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.seq = 0
        self.ready: dict[str, Firing] = {}
        self.running: dict[str, Firing] = {}
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
        self.root = Scope(plan, self.ready)
        self.overtaken = self.root.overtaken
        # How the run was about to end when its last steps were cancelled.
        self.ending: dict[str, Any] | None = None
        # Whether a Stop node has ended the run; what still runs is cancelled then.
        self.stopped = False
        # Scopes whose steps are to be cancelled, and frames whose iterations are over.
        self.halted: list[Iteration] = []
        self.closing: list[str] = []
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
        self.seq = event.seq
        kind = event.type
        if self.overtaken and kind != e.STEP_CANCELLED:
            # Whoever wrote these events has cancelled the late steps by now.
            self.overtaken.clear()
        if event.step is not None and event.step[-1:] == "]":
            self._apply_to_item(event, event.step)
        elif kind == e.STEP_SUCCEEDED:
            self._end_step(event, event.data["outputs"], succeeded=True)
        elif kind == e.STEP_STARTED:
            self._start_step(event)
        elif kind == e.STEP_FAILED:
            if event.data["handled"] == "fail":
                self._uncaught(event)
            self._end_step(event, event.data.get("outputs") or {})
        elif kind == e.STEP_SKIPPED:
            self._end_step(event, {})
        elif kind == e.STEP_CANCELLED:
            self.ending = self.ending or event.data.get("ending")
            self._end_step(event, {})
        elif kind == e.STEP_EMITTED:
            if firing := self._find(event):
                firing.scope.emit(firing, event.data["outputs"])
        elif kind == e.STEP_RETRYING:
            if firing := self._find(event):
                firing.attempt = event.data["attempt"] + 1
                firing.until = None
        elif kind == e.STEP_WAITING:
            if firing := self._find(event):
                firing.until = event.data["until"]
        elif kind == e.STEP_EDITED:
            if firing := self._find(event):
                firing.inputs = {**firing.inputs, **event.data["inputs"]}
        elif kind == e.RUN_QUEUED:
            self.queued = True
            self.inputs = event.data.get("inputs", {})
            self.trigger = event.data.get("trigger") or None
            self.stand_ins = event.data.get("stand_ins") or {}
        elif kind == e.RUN_STARTED:
            self.started = event.time
            self._start_run()
        elif kind in e.RUN_ENDS:
            self.status = kind.removeprefix("run.")
            self.outputs = event.data.get("outputs")
            self.error = event.data.get("error")
            self.ready.clear()
            self.running.clear()

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
            self.ending = self.ending or data.get("ending")
            return
        item = firing.items.setdefault(index, ItemState())
        if kind == e.STEP_SUCCEEDED:
            item.outputs = data["outputs"]
        elif kind == e.STEP_FAILED:
            item.error = data["error"]
        elif kind == e.STEP_RETRYING:
            item.attempt = data["attempt"] + 1
            item.until = None
        elif kind == e.STEP_WAITING:
            item.until = data["until"]

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
        firing = self.ready.pop(event.step or "", None)
        if firing is not None:
            firing.started = event.time
            firing.attempt = event.data.get("attempt", 1)
            self.running[firing.path] = firing
            if (told := event.data.get("frame")) is not None:
                firing.opened = Opened(self, firing, told)
                firing.opened.advance()

    def _uncaught(self, event: Event) -> None:
        error = {"step": event.step, **event.data["error"]}
        firing = self._find(event)
        if firing is not None and isinstance(firing.scope, Iteration):
            firing.scope.opened.fail(firing.scope, error)
        else:
            self.failure = self.failure or error

    def halt(self, scope: Iteration) -> None:
        """Let nothing more happen in a scope, nor in those inside it."""
        scope.halted = True
        self.halted.append(scope)
        for path, firing in self.running.items():
            if firing.opened is not None and path.startswith(scope.prefix):
                firing.opened.stopped = True
                for inner in firing.opened.open.values():
                    inner.halted = True

    def open_within(self, scope: Iteration) -> list[str]:
        """Return the paths of the steps of a scope that have not ended, inner ones first."""
        firings = [
            firing
            for path, firing in (*self.running.items(), *self.ready.items())
            if path.startswith(scope.prefix)
        ]
        return [
            path for firing in reversed(firings) for path in (*firing.open_items(), firing.path)
        ]

    def _end_step(self, event: Event, outputs: dict[str, Any], *, succeeded: bool = False) -> None:
        path = event.step or ""
        firing = self.running.pop(path, None) or self.ready.pop(path, None)
        if firing is None:
            # A node that was never reached is skipped at the run's end.
            self._unreached.add(path)
            return
        if succeeded and firing.node.spec.kind in ("flow.output", "flow.stop"):
            self.stopped = self.stopped or firing.node.spec.kind == "flow.stop"
            name = str(firing.node.parameters.get("name") or firing.node.id)
            self._declared[name] = next(iter(firing.inputs.values()), None)
        firing.scope.end(firing, outputs)

    def _start_run(self) -> None:
        plan = self.plan
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
        if self.stopped or any(node.spec.kind == "flow.output" for node in self.plan.nodes):
            return dict(self._declared)
        ids = (self.plan.nodes[index].id for index in self.plan.leaves)
        return {name: self.root.values[name] for name in ids if name in self.root.values}
