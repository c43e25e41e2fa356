"""For each: the inside runs once for each item of a list, some at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from runner.engine import apart
from runner.engine.firing import Firing, Token
from runner.engine.frames.held import Held, hold
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Begin, Opened
from runner.engine.frames.undoing import Undoing, with_undo_errors

if TYPE_CHECKING:
    from runner.engine.state import RunState


class ForEach(Opened):
    """Goes through a list, which may grow while it does.

    Where only some results are wanted (`enough`), the frame emits when it has
    them; the other iterations are cancelled, or end without anybody waiting.
    The items of `again` (places in the list) begin at once, all of them: a rerun takes
    over what was done of them, whatever the limit. Those that are `held` then go on one
    by one, as others end. Where it is `spread`, its items are runs of their own.
    """

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        super().__init__(state, firing, told, since)
        self.items: list[Any] = list(told["items"])
        self._given = len(self.items)
        self.concurrency: int = told["concurrency"]
        self.collect: bool = told["errors"] == "collect"
        self.enough: int | None = told.get("enough")
        self.goes_on: bool = told.get("rest") == "finish"
        self.spread: bool = told.get("spread", False)
        # Of the items that have ended, in order of their ends; of the failed ones, the errors.
        self.results: dict[int, Any] = {}
        self.errors: dict[int, dict[str, Any]] = {}
        self.emitted = False
        self._again: deque[int] = deque(told.get("again", ()))
        self._begun = frozenset(self._again)
        self._held: dict[int | str, Held] = {}
        self._next = 0

    def following(self) -> Begin | None:
        """Return the next item, if as many as may are not under way."""
        if self.stopped:
            return None
        if self._again:
            index = self._again.popleft()
        else:
            while self._next in self._begun:
                self._next += 1
            index = self._next
            if index >= len(self.items) or self._is_full:
                return None
            self._next = index + 1
        item = self.items[index]
        return Begin(index, 0, item, (item, index))

    def fill(self, scope: Iteration, begin: Begin) -> None:
        """Begin what is drawn inside, here or in a run of its own."""
        if self.spread:
            apart.begin_apart(scope, self.node, self.captured, self.state.stand_ins)
        else:
            super().fill(scope, begin)

    @property
    def _is_full(self) -> bool:
        return len(self.scopes) - len(self._held) >= self.concurrency

    def hold(self, places: Sequence[int]) -> None:
        """Let these iterations, which are open, wait until others have ended."""
        scopes = [self.scopes[place] for place in places if place in self.scopes]
        self._held |= hold(self.state, scopes)

    def advance(self) -> None:
        """Let those go on that were held, before others begin."""
        while self._held and not self._is_full:
            self._held.pop(next(iter(self._held))).release(self.state)
        super().advance()

    def stop(self, reason: str) -> None:
        """Cancel also what was held."""
        for held in self._held.values():
            held.release(self.state)
        self._held.clear()
        super().stop(reason)

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take an item's result, or a further item."""
        if port == "more":
            self.items.append(token[0])
            if len(self.items) - self._given > self.node.settings.max_firings:
                self.expire(self._endless())
        else:
            super().take(scope, port, token)

    def _endless(self) -> dict[str, Any]:
        limit = self.node.settings.max_firings
        return {
            "step": self.firing.path,
            "code": "too_many_items",
            "message": f"More than {limit} items came to 'more' of {self.node.id}, which is its "
            "limit. If that is meant, raise its 'max_firings'.",
            "kind": "error",
            "node": self.node.id,
        }

    def ended(self, scope: Iteration) -> None:
        """Keep the result of an item."""
        assert isinstance(scope.place, int)
        if scope.halted:
            return
        self.results[scope.place] = scope.result
        if self.enough is None or len(self.results) < self.enough or self.emitted:
            return
        self.emitted = True
        if self.goes_on:
            self.state.emitting.append((self.firing.path, self._gathered(partly=True)))
        else:
            self.stop("enough items have ended")

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take an error: it is one of those collected, or ends the frame."""
        if self.spread:
            error = apart.error_of(error)
        if not self.collect:
            super().fail(scope, error)
        elif not scope.halted:
            assert isinstance(scope.place, int)
            scope.error = self.errors[scope.place] = error
            self.state.halt(scope, "another step of its item failed")

    def over(self, scope: Iteration) -> None:
        """Undo what had ended well of a failed item, and begin the next."""
        if scope.error is not None and self.failure is None:
            steps, scope.finished = scope.finished, []
            assert isinstance(scope.place, int)
            self.undo(steps, partial(self._item_undone, scope.place))
        super().over(scope)

    def _item_undone(self, place: int, undoing: Undoing) -> None:
        self.errors[place] = with_undo_errors(self.errors[place], undoing.errors)
        self.undone(undoing)

    def control(self, port: str, value: Any) -> None:
        """Cancel the frame, or end it with the results that there are."""
        if port == "cancel":
            super().control(port, value)
        elif self.chosen is None and not self.closing:
            # Who has gone on with enough of them is not sent the results again.
            again = self.emitted and self.goes_on
            self.chosen = {} if again else self._gathered(partly=True)
            self.stop("its frame was completed")

    def outputs(self) -> dict[str, Any]:
        """Return the results in the order of the list, and the errors where they are collected."""
        return {} if self.emitted and self.goes_on else self._gathered(partly=self.emitted)

    def _gathered(self, *, partly: bool) -> dict[str, Any]:
        places = sorted(self.results) if partly else range(len(self.items))
        results = [self.results.get(place) for place in places]
        if not self.collect:
            return {"out": results}
        errors = [{"index": index, **self.errors[index]} for index in sorted(self.errors)]
        return {"out": results, "errors": errors}
