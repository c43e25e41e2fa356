"""A frame that is open: the scopes of its iterations, which of them begin, and when it is over.

All of it follows from events, so it is the same after a crash.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

from runner.engine.scope import Firing, Scope

if TYPE_CHECKING:
    from runner.engine.state import RunState


class Iteration(Scope):
    """The inside of a frame for one item. `result` is the last value that came to the frame."""

    __slots__ = ("error", "halted", "index", "item", "opened", "result")

    def __init__(self, opened: Opened, index: int) -> None:
        outer = opened.firing.scope
        super().__init__(outer.plan, outer.ready)
        self.opened = opened
        self.index = index
        self.item = opened.items[index]
        self.prefix = f"{opened.firing.path}[{index}]/"
        self.values = ChainMap({}, *_maps(outer.values))
        self.reached = outer.reached
        self.overtaken = outer.overtaken
        self.result: Any = None
        self.error: dict[str, Any] | None = None
        self.halted = False

    def begin(self) -> None:
        """Send the item to the nodes inside, and fire those that wait for nothing."""
        frame = self.opened.firing
        for targets in frame.node.begins:
            for target in targets:
                token = (self.item, frame.path, "item")
                self._arrive(target.node, target.port, target.edge, token)
        for index in frame.node.inner_starts:
            self.fire(self.plan.nodes[index], {}, {})

    def emit(self, firing: Firing, outputs: dict[str, Any]) -> None:
        """Send what a step emits along the edges, unless an error has stopped this iteration."""
        if not self.halted:
            super().emit(firing, outputs)

    def end(self, firing: Firing, outputs: dict[str, Any]) -> None:
        """End a step; when nothing moves any more, this iteration is over."""
        super().end(firing, outputs)
        if not self.active:
            self.opened.over(self)

    def _resolve_waiting(self) -> None:
        if not self.halted:
            super()._resolve_waiting()

    def _end_inside(self, token: tuple[Any, str, str]) -> None:
        self.result = token[0]


class Opened:
    """One firing of a for-each frame: of its iterations only the results are kept."""

    __slots__ = ("collect", "concurrency", "errors", "failure", "firing", "items", "next", "open",
                 "results", "state", "stopped")  # fmt: skip

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any]) -> None:
        self.state = state
        self.firing = firing
        self.items: list[Any] = told["items"]
        self.concurrency: int = told["concurrency"]
        self.collect: bool = told["errors"] == "collect"
        self.results: list[Any] = [None] * len(self.items)
        self.errors: dict[int, dict[str, Any]] = {}
        self.failure: dict[str, Any] | None = None
        self.open: dict[int, Iteration] = {}
        self.next = 0
        self.stopped = False

    def advance(self) -> None:
        """Begin as many iterations as may run at the same time."""
        if self.state.ending is not None:
            # The run ends: what is open is cancelled, and nothing new begins.
            return
        count = len(self.items)
        while not self.stopped and len(self.open) < self.concurrency and self.next < count:
            index = self.next
            self.next += 1
            scope = self.open[index] = Iteration(self, index)
            scope.begin()
            if not scope.active:
                del self.open[index]
        if not self.open and (self.stopped or self.next == count):
            self.state.closing.append(self.firing.path)

    def over(self, scope: Iteration) -> None:
        """Keep the result of an iteration that has ended, and begin the next."""
        del self.open[scope.index]
        self.results[scope.index] = None if scope.halted else scope.result
        self.advance()

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take an error that nothing inside has caught."""
        if scope.halted:
            return
        if self.collect:
            self.errors[scope.index] = error
            self.state.halt(scope)
            return
        self.failure = error
        self.stopped = True
        for each in self.open.values():
            self.state.halt(each)

    def outputs(self) -> dict[str, Any]:
        """Return what the frame emits."""
        if not self.collect:
            return {"out": self.results}
        errors = [{"index": index, **self.errors[index]} for index in sorted(self.errors)]
        return {"out": self.results, "errors": errors}


def _maps(values: Any) -> list[Any]:
    return values.maps if isinstance(values, ChainMap) else [values]
