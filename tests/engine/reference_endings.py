"""How frames end as the reference interpreter has it: stopped, cancelled, failed, undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.engine import NodeType
from runner.graph import Document
from tests.engine.reference_parts import (
    Inside,
    Scope,
    Slow,
    Step,
    Token,
    Undo,
    Value,
    also_not_undone,
)
from tests.engine.reference_tokens import Tokens


class Endings(Tokens):
    """The ends of frames, and of their parts."""

    def __init__(
        self,
        document: Document,
        types: Mapping[str, NodeType],
        order: Mapping[str, tuple[int, int]],
        slow: Mapping[str, Slow],
    ) -> None:
        super().__init__(document, types, order, slow)
        self.types = types
        # What is to be done before anything else fires: steps of scopes that are halted are
        # cancelled, then frames emit, then the conditions of Repeat are looked at, then frames end.
        self.halted: list[Scope] = []
        self.early: list[tuple[Step, dict[str, Value]]] = []
        self.deciding: list[Inside] = []
        self.closing: list[Inside] = []
        # Who has each lock, and who waits for it.
        self.locks: dict[str, list[Inside]] = {}

    # --- what the rest of the interpreter does ---------------------------------

    def view(self, step: Step, index: int | None, number: int) -> Any:
        """Return what a node's code sees of its step."""
        raise NotImplementedError

    def names(self, step: Step, inputs: dict[str, Value]) -> dict[str, Value]:
        """Return what expressions of a step may name."""
        raise NotImplementedError

    def open_frame(self, step: Step) -> None:
        """Begin what is inside a frame."""
        raise NotImplementedError

    def go_on(self, inside: Inside) -> None:
        """Begin what may begin in a frame; where nothing is open and nothing follows, it ends."""
        raise NotImplementedError

    def decide(self, inside: Inside) -> None:
        """See whether Repeat is done, after a round."""
        raise NotImplementedError

    def succeed(self, step: Step, outputs: dict[str, Value]) -> None:
        """End a step well."""
        raise NotImplementedError

    def fail(self, step: Step, error: dict[str, Any]) -> None:
        """End a step with an error, which goes where the node says."""
        raise NotImplementedError

    def pass_on(self, step: Step, outputs: dict[str, Value]) -> None:
        """Send what a step that has ended gave, and see what follows from its end."""
        raise NotImplementedError

    # --- what cannot wait ---------------------------------------------------------

    def tidy(self) -> None:
        """Do what is to be done before anything else fires."""
        self.cancel_the_late()
        while self.halted or self.early or self.deciding or self.closing:
            if self.halted:
                halted, self.halted = self.halted, []
                found = [it for it in reversed([*self.under_way, *self.line]) if it.scope in halted]
                for step in [it for it in found if it.inside is None]:
                    self.cancel(step)
                    self.pass_on(step, {})
            elif self.early:
                step, outputs = self.early.pop(0)
                if not step.scope.halted:
                    self.emit(step, outputs)
            elif self.deciding:
                self.decide(self.deciding.pop(0))
            else:
                self.end_frame(self.closing.pop(0))
            self.cancel_the_late()

    def cancel_the_late(self) -> None:
        """Cancel the steps that lead only to a join that has just fired."""
        while self.overtaken:
            scope, join = self.overtaken.pop(0)
            for step in [*self.under_way, *self.line]:
                if step.scope is scope and self.drawing.leads_only_to(step.node, join):
                    if step.inside is not None:
                        self.withdraw(step.inside)
                    else:
                        self.cancel(step)
                        self.pass_on(step, {})

    def halt(self, scope: Scope) -> None:
        """Let nothing more happen in a scope, but that frames in it clean up."""
        if scope.halted:
            return
        scope.halted = True
        self.halted.append(scope)
        for step in list(self.under_way):
            if step.scope is scope and step.inside is not None:
                self.withdraw(step.inside)

    def withdraw(self, inside: Inside) -> None:
        """Cancel a frame from outside: it ends when what cleans up in it has."""
        if not inside.withdrawn:
            inside.withdrawn = True
            self.deciding = [it for it in self.deciding if it is not inside]
            self.stop(inside)

    def stop(self, inside: Inside) -> None:
        """Begin nothing more in a frame, and cancel what is open but for what cleans up."""
        inside.stopped = True
        for scope in list(inside.open):
            if not scope.cleaning:
                self.halt(scope)
        if not inside.open:
            self.go_on(inside)

    # --- errors -------------------------------------------------------------------------

    def uncaught_in(self, scope: Scope, error: dict[str, Any]) -> None:
        """Give an error that nothing in a scope has caught to what is around it."""
        if scope.halted:
            return
        if scope.undo is not None:
            scope.undo.errors.append(error)
            self.halt(scope)
            return
        inside = scope.inside
        assert inside is not None
        if inside.kind == "frame.race" and inside.told["errors"] == "lose":
            inside.lost = error
        elif inside.kind == "frame.each" and inside.told["errors"] == "collect":
            assert isinstance(scope.place, int)
            inside.errors[scope.place], scope.failed = error, True
            self.halt(scope)
        else:
            inside.failure = error
            self.stop(inside)

    def undo_in_frame(self, inside: Inside, of: Inside | Scope) -> None:
        """Undo what ended well in a frame, or in a part of it; it does not end before."""
        steps, of.finished = of.finished, []
        if steps:
            undo = Undo(steps, lambda it: self.undone_in_frame(inside, of, it))
            inside.undoing.append(undo)
            self.undo_next(undo)

    def undone_in_frame(self, inside: Inside, of: Inside | Scope, undo: Undo) -> None:
        if isinstance(of, Scope):
            assert isinstance(of.place, int)
            inside.errors[of.place] = also_not_undone(inside.errors[of.place], undo.errors)
        inside.undoing.remove(undo)
        inside.undo_errors += undo.errors
        self.go_on(inside)

    def undo_next(self, undo: Undo) -> None:
        """Undo the last step of those that are left."""
        while undo.open is None and undo.steps:
            step = undo.steps.pop()
            scope = Scope(
                prefix=f"{step.path}[compensate]/",
                outer=step.scope,
                undo=undo,
                cleaning=True,
                index=step.scope.index,
                item=step.scope.item,
                captured=step.scope.captured,
            )
            undo.open = scope
            for edge in self.drawing.from_port(step.node, "compensate"):
                self.arrive(scope, Token(edge, step.output, frozenset()))
            self.settle(scope)
            if not self.moving(scope):
                undo.open = None
        if undo.open is None:
            undo.after(undo)

    # --- a frame ends -------------------------------------------------------------------

    def remove(self, step: Step) -> None:
        super().remove(step)
        if step.inside is not None:
            self.shut(step.inside)

    def shut(self, inside: Inside) -> None:
        """Leave a frame: who waits for its lock goes on, and what it did is its scope's."""
        step = inside.frame
        step.inside = None
        step.scope.finished += inside.finished
        self.timers = [timer for timer in self.timers if timer[1] is not step]
        if inside.key is not None:
            queue = self.locks[inside.key]
            had = queue[0] is inside
            queue.remove(inside)
            if had and queue:
                self.go_on(queue[0])

    def end_frame(self, inside: Inside) -> None:
        step, failure = inside.frame, inside.failure
        if inside.withdrawn:
            self.cancel(step)
            self.pass_on(step, {})
        elif failure is not None:
            failure = also_not_undone(failure, inside.undo_errors)
            data = {"step": failure.get("step", step.path), **(failure.get("data") or {})}
            shown = {name: failure[name] for name in ("code", "message", "kind")}
            self.frame_failed(step, {**shown, "data": data}, permanent=False)
        elif inside.chosen is not None:
            self.succeed(step, inside.chosen)
        elif inside.kind == "frame.each":
            places = sorted(inside.results) if inside.emitted else list(range(len(inside.items)))
            goes_on = inside.emitted and inside.told["rest"] == "finish"
            self.succeed(step, {} if goes_on else self.gathered(inside, places))
        else:
            repeated = inside.kind == "frame.repeat"
            self.succeed(step, {"out": inside.value if repeated else inside.result})

    def frame_failed(self, step: Step, error: dict[str, Any], *, permanent: bool) -> None:
        """Try a frame again as a whole, or let it fail."""
        retry = self.document.nodes[step.node].settings.retry
        if permanent or step.attempt >= retry.attempts:
            self.fail(step, error)
            return
        step.attempt += 1
        if step.inside is not None:
            self.shut(step.inside)
        self.later(step, round(retry.delay, 3), lambda: self.open_frame(step))

    def gathered(self, inside: Inside, places: list[int]) -> dict[str, Value]:
        outputs: dict[str, Value] = {"out": [inside.results.get(place) for place in places]}
        if inside.told["errors"] == "collect":
            errors = sorted(inside.errors.items())
            outputs["errors"] = [{"index": index, **error} for index, error in errors]
        return outputs
