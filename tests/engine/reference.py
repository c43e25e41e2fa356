"""A slow, obvious interpreter of blueprints, to hold the engine against.

It moves one token at a time and shares no code with the engine's scopes, state and
execution. Where the engine has compiled sets of bits, this walks along the edges; where the
engine folds events, this just does what the rules say. Of the engine it uses expressions,
and the code of node types that need no time.

The rules promise no order between branches. This has one: what can fire does so first in,
first out, and a step that takes time ends at its moment. `Slow` says how long a step takes,
so the clock is only a number. Run on a clock that does the same, the engine must come to
the same result, races included; so there is one result, and no set of allowed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from runner.engine import NodeError, NodeType, Outputs
from runner.engine.expressions import compile_template
from runner.graph import Document, Plan, compile
from tests.engine.callees import CALLEES
from tests.engine.reference_calls import Called, Calls
from tests.engine.reference_parts import (
    START,
    Ended,
    Outcome,
    Slow,
    Step,
    Undo,
    Value,
    described,
    too_long,
    too_many_firings,
)


class Reference(Calls):
    """One run of a document, which is cancelled at a moment where one is given."""

    def __init__(
        self,
        document: Document,
        types: Mapping[str, NodeType],
        slow: Mapping[str, Slow],
        order: Mapping[str, tuple[int, int]],
        run_id: str = "r",
        cancelled_at: float | None = None,
        turn: Callable[[str], float] = lambda path: 0.0,
    ) -> None:
        super().__init__(document, types, order, slow)
        self.run_id = run_id
        self.turn = turn
        self.cancelled_at = cancelled_at
        self.called: dict[str, Called] = {}
        self.declared: dict[str, Value] = {}
        self.failure: dict[str, Any] | None = None
        self.stopped = False
        # How the run ends early, once it does: its status and error.
        self.ending: tuple[str, dict[str, Any] | None] | None = None
        self.undo_errors: list[dict[str, Any]] = []

    # --- rule 0: start and end ---------------------------------------------

    def run(self, inputs: Value) -> Outcome:
        """Run the document from its start to its end."""
        self.inputs = inputs
        for name in self.drawing.starts():
            ports = self.drawing.ports_in(name)
            self.fire(self.root, name, {ports[0].name: inputs} if ports else {}, frozenset())
        while self.goes_on():
            pass
        never = [name for name in self.document.nodes if name not in self.reached]
        self.steps += [Ended(name, "skipped", {}, None) for name in never]
        status, error = self.ending or ("failed" if self.failure else "succeeded", self.failure)
        outputs = self.results() if status == "succeeded" else {}
        called = self.became_of_called()
        return Outcome(status, outputs, error, self.steps, self.undo_errors, called)

    def run_called(self, called: Called, cancelled_at: float | None) -> tuple[Outcome, float]:
        """Run what a step calls, from now on; return what becomes of it, and when it ends."""
        document = CALLEES[called.blueprint]
        order = order_of(compile(document, self.types))
        child = Reference(document, self.types, self.slow, order, called.run, cancelled_at)
        child.now = called.begins
        return child.run(called.inputs), child.now

    def goes_on(self) -> bool:
        """Do what is to be done at this moment, and go to the next; say whether there is one."""
        self.start_what_may()
        if self.must_end():
            self.end_early(*(("failed", self.failure) if self.failure else ("succeeded", None)))
        elif self.timers:
            self.go_to_next_moment()
        elif self.ending is None and self.failure is not None and self.root.finished:
            self.end_early("failed", self.failure)
        elif self.ending is None and any(self.locks.values()):
            self.end_early("failed", self.deadlock())
        elif self.ending is not None and self.ending[0] != "succeeded" and self.root.finished:
            steps, self.root.finished = self.root.finished, []
            self.undo_next(Undo(steps, self.undone))
        else:
            return False
        return True

    def go_to_next_moment(self) -> None:
        self.now = min(moment for moment, _, _ in self.timers)
        if self.cancelled_at is not None and self.cancelled_at <= self.now:
            self.now, self.cancelled_at = self.cancelled_at, None
            if self.ending is None:
                self.end_early("cancelled", None)
            return
        for timer in [timer for timer in self.timers if timer[0] == self.now]:
            if timer in self.timers:
                self.timers.remove(timer)
                timer[2]()
                if self.halted and self.drawing.is_frame(timer[1].node):
                    # A frame ends before the next one does; nothing else begins in between.
                    self.tidy()

    def must_end(self) -> bool:
        """Say whether a failure or a Stop node ends the run now."""
        cancels = self.document.settings.on_failure == "cancel"
        return self.ending is None and (self.stopped or (self.failure is not None and cancels))

    def end_early(self, status: str, error: dict[str, Any] | None) -> None:
        """Cancel all that moves, but for what cleans up; what the run did is undone after that."""
        self.ending = status, error
        self.halt(self.root)

    def undone(self, undo: Undo) -> None:
        self.undo_errors += undo.errors

    def deadlock(self) -> dict[str, Any]:
        waiting = sorted(it.path for queue in self.locks.values() for it in queue[1:])
        message = (
            f"{', '.join(waiting)} wait for keys that only frames have which wait themselves. "
            "Take the keys in the same order everywhere."
        )
        return {"code": "deadlock", "message": message}

    def results(self) -> dict[str, Value]:
        """Return what the Output nodes got, or the last values of the nodes that lead nowhere."""
        nodes = self.document.nodes
        if self.stopped or any(node.kind == "flow.output" for node in nodes.values()):
            return self.declared
        return {
            name: self.root.last[name]
            for name, node in nodes.items()
            if node.frame is None and not self.drawing.leaving(name) and name in self.root.last
        }

    # --- rule 5: what can fire, fires -----------------------------------------

    def start_what_may(self) -> None:
        """Start the steps that may, first in, first out; those that need no time end at once."""
        limit = self.document.settings.concurrency or 10_000
        self.tidy()
        while self.line and not self.must_end():
            step = self.line[0]
            node = self.document.nodes[step.node]
            settings, spec = node.settings, self.types[node.kind].spec
            idle = step.skipped or settings.disabled
            too_often = step.count > settings.max_firings
            by = settings.bypass and not spec.trigger
            quick = idle or too_often or by or spec.begins or self.is_quick(step.node)
            if not quick and sum(map(self.has_place, self.under_way)) >= limit:
                return
            self.line.remove(step)
            self.under_way.append(step)
            if idle:
                self.end(step, "skipped", {})
            elif too_often:
                self.fail(step, too_many_firings(step, settings.max_firings))
            elif by:
                self.pass_by(step)
            elif spec.begins:
                self.open_frame(step)
            elif settings.mapped:
                self.begin_items(step)
            elif quick:
                self.attempt(step, None, 1)
            else:
                self.begin_attempt(step, None, 1)
            self.tidy()

    def has_place(self, step: Step) -> bool:
        """Say whether a step counts among those that run at the same time."""
        node = self.document.nodes[step.node]
        if node.kind == "blueprint.call":
            return not node.parameters.get("wait", True)
        slow = self.slow.get(node.kind)
        return not self.drawing.is_frame(step.node) and (slow is None or not slow.parks)

    def is_quick(self, name: str) -> bool:
        """Say whether a node's steps need no time."""
        node = self.document.nodes[name]
        takes_time = self.takes_time(name) or node.settings.retry.attempts > 1
        return not takes_time and not node.settings.mapped

    def pass_by(self, step: Step) -> None:
        """Pass on what came to a node that is not run, and do nothing else of what its end does."""
        names = [port.name for port in self.types[self.document.nodes[step.node].kind].spec.inputs]
        value = next((step.inputs[name] for name in names if name in step.inputs), None)
        ports = [it for it in self.drawing.ports_out(step.node) if it not in ("error", "errors")]
        outputs = {ports[0]: value} if ports else {}
        self.steps.append(Ended(step.path, "succeeded", outputs, None))
        self.remove(step)
        self.pass_on(step, outputs)

    def end(self, step: Step, how: str, outputs: dict[str, Value]) -> None:
        """Write down how a step ended, and pass on what it emits."""
        self.steps.append(Ended(step.path, how, outputs, None))
        self.remove(step)
        if how == "succeeded" and self.document.nodes[step.node].settings.compensate:
            step.scope.finished.append(step)
        self.pass_on(step, outputs)

    def pass_on(self, step: Step, outputs: dict[str, Value]) -> None:
        scope = step.scope
        if not scope.halted:
            self.emit(step, outputs)
        if not scope.halted:
            self.settle(scope)
        if scope is not self.root and not self.moving(scope):
            self.scope_is_over(scope)
        self.cancel_the_late()

    def succeed(self, step: Step, outputs: dict[str, Value]) -> None:
        node = self.document.nodes[step.node]
        if node.kind in ("flow.output", "flow.stop"):
            self.stopped = self.stopped or node.kind == "flow.stop"
            name = node.parameters.get("name") or step.node
            self.declared[name] = next(iter(step.inputs.values()), None)
        if node.settings.compensate:
            step.output = next(iter(outputs.values()), None)
        self.end(step, "succeeded", outputs)

    # --- rule 8: errors ---------------------------------------------------------

    def fail(self, step: Step, error: dict[str, Any]) -> None:
        """End a step with an error, which goes where the node says."""
        on_error = self.document.nodes[step.node].settings.on_error
        error = {**error, "node": step.node}
        outputs: dict[str, Value] = {}
        if on_error == "route":
            outputs = {"error": {"data": {}, **error}}
        elif on_error == "continue" and (ports := self.drawing.ports_out(step.node)):
            outputs = {ports[0]: None}
        self.steps.append(Ended(step.path, "failed", outputs, error))
        if on_error == "fail":
            shown = {"step": step.path, **error}
            if step.scope is self.root:
                self.failure = self.failure or shown
            else:
                self.uncaught_in(step.scope, shown)
        self.give_up_called(step.path)
        self.keep_done(step)
        self.remove(step)
        self.pass_on(step, outputs)

    # --- rule 6: each ---------------------------------------------------------------

    def begin_items(self, step: Step) -> None:
        """Run a node for each item of a list."""
        node = self.document.nodes[step.node]
        each = node.settings.mapped
        port = self.drawing.ports_in(step.node)[0].name
        assert each is not None
        values = step.inputs.get(port)
        if each.list is not None:
            given = {"input": values, "inputs": step.inputs, "vars": self.document.vars}
            values = compile_template(each.list).evaluate(given)
        assert isinstance(values, list), "the drawings give lists here"
        step.items, step.collect = values, each.errors == "collect"
        step.concurrency = each.concurrency
        # Its items begin when all that can start at this moment has.
        begin = self.next_items if self.takes_time(step.node) else self.items_at_once
        self.later(step, 0, lambda: begin(step))

    def items_at_once(self, step: Step) -> None:
        """Run items that need no time; of these only failures are noted one by one."""
        for index in range(len(step.items)):
            try:
                step.results[index] = self.work(step, index, 1)
            except NodeError as error:
                self.item_failed(step, index, described(error))
                if not step.collect:
                    return
        self.gather(step)

    def next_items(self, step: Step) -> None:
        while step.begun < len(step.items) and len(step.mapped) < step.concurrency:
            step.mapped.append(step.begun)
            self.begin_attempt(step, step.begun, 1)
            step.begun += 1
        if not step.mapped:
            self.gather(step)

    def item_succeeded(self, step: Step, index: int, outputs: dict[str, Value]) -> None:
        self.steps.append(Ended(f"{step.path}[{index}]", "succeeded", outputs, None))
        step.mapped.remove(index)
        step.results[index] = outputs
        self.next_items(step)

    def item_failed(self, step: Step, index: int, error: dict[str, Any]) -> None:
        shown = {**error, "node": step.node}
        self.steps.append(Ended(f"{step.path}[{index}]", "failed", {}, shown))
        self.give_up_called(f"{step.path}[{index}]")
        step.mapped = [it for it in step.mapped if it != index]
        if step.collect:
            step.errors[index] = {"index": index, "item": step.items[index], **error}
            if step.begun:
                self.next_items(step)
            return
        for other in step.mapped:
            self.steps.append(Ended(f"{step.path}[{other}]", "cancelled", {}, None))
        message, data = (
            f"Item {index}: {error['message']}",
            {**error.get("data", {}), "item": index},
        )
        self.fail(step, {**error, "message": message, "data": data})

    def gather(self, step: Step) -> None:
        """Emit what the items gave, port by port and in the order of the list."""
        outputs: dict[str, list[Value]] = {}
        for index in sorted(step.results):
            for port, value in step.results[index].items():
                outputs.setdefault(port, []).append(value)
        if not outputs:
            outputs[self.drawing.ports_out(step.node)[0]] = []
        if step.errors:
            outputs["errors"] = [step.errors[index] for index in sorted(step.errors)]
        self.succeed(step, outputs)

    # --- the work of one step -----------------------------------------------------------

    def begin_attempt(self, step: Step, index: int | None, number: int) -> None:
        """Begin an attempt of a step, or of one of its items; it ends when its time has come."""
        kind = self.document.nodes[step.node].kind
        path = step.path if index is None else f"{step.path}[{index}]"
        if kind == "blueprint.call":
            seconds = self.call(step, index, number)
        else:
            takes = self.slow[kind].takes if kind in self.slow else None
            seconds = takes(self.placed(path), number) if takes else 0
        limit = self.document.nodes[step.node].settings.timeout
        if limit is not None and limit < seconds:
            self.later(step, limit, lambda: self.attempt(step, index, number, too_long(limit)))
        else:
            self.later(step, seconds, lambda: self.attempt(step, index, number))

    def attempt(
        self, step: Step, index: int | None, number: int, late: NodeError | None = None
    ) -> None:
        """Do the work, and say what comes of it; or try again, where the node wants that."""
        node = self.document.nodes[step.node]
        retry = node.settings.retry
        try:
            if late is not None:
                raise late
            outputs = self.work(step, index, number)
        except NodeError as error:
            if not error.permanent and number < retry.attempts:
                self.give_up_called(step.path if index is None else f"{step.path}[{index}]")
                pause = error.retry_after
                pause = round(retry.delay, 3) if pause is None else pause
                self.later(step, pause, lambda: self.begin_attempt(step, index, number + 1))
            elif index is not None:
                self.item_failed(step, index, described(error))
            else:
                self.fail(step, described(error))
        else:
            if index is not None:
                self.item_succeeded(step, index, outputs)
            else:
                self.succeed(step, outputs)

    def work(self, step: Step, index: int | None, number: int) -> dict[str, Value]:
        """Run the node's code, and return what it emits by output port."""
        node = self.document.nodes[step.node]
        if node.kind == "blueprint.call":
            return self.answer_of_called(step, index, number)
        view = self.view(step, index, number)
        code = self.slow[node.kind].gives if node.kind in self.slow else self.types[node.kind].work
        given = code(view)
        if isinstance(given, Outputs):
            return dict(given)
        ports = self.drawing.ports_out(step.node)
        return {ports[0]: given} if ports else {}

    def names(self, step: Step, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return what expressions of a step may name."""
        ports = self.drawing.ports_in(step.node)
        names = {
            "input": inputs.get(ports[0].name) if ports else self.inputs,
            "inputs": inputs,
            "nodes": step.scope.read(),
            "run": {"id": self.run_id, "inputs": self.inputs, "started": START},
            "vars": self.document.vars,
            "now": self.now,
        }
        if step.scope.index is not None:
            names |= {"item": step.scope.item, "index": step.scope.index}
        return names

    def view(self, step: Step, index: int | None, number: int) -> Any:
        """Return what a node's code sees of its step."""
        node, ports = self.document.nodes[step.node], self.drawing.ports_in(step.node)
        inputs = step.inputs if index is None else {**step.inputs, ports[0].name: step.items[index]}
        path = step.path if index is None else f"{step.path}[{index}]"
        first = inputs.get(ports[0].name) if ports else self.inputs
        names = self.names(step, inputs)
        if index is not None:
            names |= {"item": first, "index": index}
        values = compile_template(node.parameters).evaluate(names)
        promoted = {name: inputs[name] for name in node.promoted if name in inputs}
        return SimpleNamespace(
            path=path,
            node=step.node,
            run_id=self.run_id,
            attempt=number,
            idempotency_key=f"{self.run_id}:{path}",
            inputs=inputs,
            input=first,
            trigger=self.inputs,
            parameters=self.types[node.kind].spec.parameters.model_validate({**values, **promoted}),
        )


def order_of(plan: Plan) -> dict[str, tuple[int, int]]:
    """Return which of several nodes that wait in vain at the same time is looked at first."""
    return {node.id: (plan.order[node.index], node.index) for node in plan.nodes}
