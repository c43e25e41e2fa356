"""One run through the inside of a frame: a scope of its own."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, Protocol

from runner.engine.firing import Firing, Token
from runner.engine.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runner.engine.frames.opened import Opened
    from runner.graph.plan import PlanNode, Target


class Holder(Protocol):
    """What an iteration belongs to: a frame that is open, or what undoes steps."""

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take a token that has come to an inner end."""

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take an error that nothing inside has caught."""

    def over(self, scope: Iteration) -> None:
        """Go on, now that nothing moves in this iteration any more."""


class Iteration(Scope):
    """A scope inside another one.

    `place` tells it from its siblings, `item` and `index` are what expressions
    inside name so, `result` is the last value that came to the frame's end
    (`given` says whether one did), `error` what stopped it. A `cleaning` one
    goes on although what is around it is cancelled.
    """

    __slots__ = (
        "around", "cleaning", "error", "given", "holder", "index", "item", "place", "result",
    )  # fmt: skip

    def __init__(
        self,
        holder: Holder,
        outer: Scope,
        prefix: str,
        place: int | str,
        *,
        counted: tuple[Any, int] | None = None,
        cleaning: bool = False,
    ) -> None:
        super().__init__(outer.plan, outer.ready, outer)
        self.around = outer
        self.holder = holder
        self.place = place
        self.item: Any = None
        self.index: int | None = None
        if counted is not None:
            self.item, self.index = counted
        elif isinstance(outer, Iteration):
            self.item, self.index = outer.item, outer.index
        self.prefix = prefix
        self.cleaning = cleaning
        self.result: Any = None
        self.given = False
        self.error: dict[str, Any] | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """The last outputs of the nodes that have fired here or around, by id; a view of them."""
        maps = [self.own]
        scope: Scope = self
        while isinstance(scope, Iteration):
            scope = scope.around
            maps.append(scope.own)
        return ChainMap(*maps)

    def begin(self, targets: Sequence[Target], token: Token, starts: Sequence[PlanNode]) -> None:
        """Send a value to the nodes inside, and fire those that wait for nothing."""
        for target in targets:
            self._arrive(target.node, target.port, target.edge, token)
        for node in starts:
            if node.sticky:
                self._fire_if_complete(node)
            else:
                self.fire(node, {}, {})
        if self.waiting and not self.halted:
            self._resolve_waiting()

    def end(self, firing: Firing, outputs: dict[str, Any]) -> None:
        """End a step; when nothing moves any more, this iteration is over."""
        super().end(firing, outputs)
        if not self.active:
            self.holder.over(self)

    def opened_of(self, node: PlanNode) -> Sequence[Opened]:
        """Return the open firings of a frame; from inside it, that is the frame around."""
        found = super().opened_of(node)
        around: Any = self.holder
        return found or ([around] if getattr(around, "node", None) is node else [])

    def end_inside(self, port: str, token: Token) -> None:
        """Hand a token to the frame around."""
        if not self.halted:
            self.holder.take(self, port, token)
