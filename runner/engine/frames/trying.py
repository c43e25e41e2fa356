"""Try: a body, what catches its error, and what cleans up whatever has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.engine.firing import Firing, Token
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Begin, Opened
from runner.engine.frames.undoing import with_undo_errors

if TYPE_CHECKING:
    from runner.engine.state import RunState

BODY, CATCH, FINALLY = range(3)
PLACES = ("try", "catch", "finally")


class Try(Opened):
    """Runs the body; if that fails, what is behind `catch`; in any case what is behind `finally`.

    What the body has done is undone before its error is caught, which tells what could
    not be. The last part runs also where the frame is cancelled.
    """

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        super().__init__(state, firing, told, since)
        self.value: Any = told["value"]
        self.result: Any = None
        self.caught: dict[str, Any] | None = None
        self._next = BODY

    def following(self) -> Begin | None:
        """Return the next part that is to run."""
        if self.scopes or self.undoing:
            return None
        while self._next <= FINALLY:
            part = self._next
            self._next += 1
            if part == BODY and not self.stopped:
                return Begin(PLACES[part], part, self.value)
            if part == CATCH and self.failure is not None and self._catches():
                steps, self.finished = self.finished, []
                self.caught, self.failure, self.stopped = self.failure, None, False
                self.undo(steps)
                if self.undoing:
                    self._next = CATCH
                    return None
            if part == CATCH and self.caught is not None and not self.stopped:
                caught = with_undo_errors(self.caught, self.undo_errors)
                return Begin(PLACES[part], part, caught, starts=False)
            if part == FINALLY and self.node.begins[FINALLY]:
                told = self.failure or {"result": self.result}
                return Begin(PLACES[part], part, told, cleaning=True, starts=False)
        return None

    def comes_to(self, place: str) -> bool:
        """Say whether a part may still begin: the last one, also where the frame was stopped."""
        if place == PLACES[FINALLY]:
            return self._next <= FINALLY and not self.closing
        fails = self.failure is not None and self._catches()
        return place == PLACES[CATCH] and self._next <= CATCH and (fails or not self.stopped)

    def _catches(self) -> bool:
        # What ends the frame as a whole is no error of its body.
        ends = self.expired or self.withdrawn is not None or self.chosen is not None
        return bool(self.node.begins[CATCH]) and not ends

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take the result of the body, or of what has caught its error."""
        if scope.place != PLACES[FINALLY]:
            self.result = token[0]

    def has_to_clean_up(self, *, badly: bool) -> bool:
        """Say whether the finally part has not ended, or something is to be undone."""
        cleans = bool(self.node.begins[FINALLY]) and not self.closing
        return cleans or super().has_to_clean_up(badly=badly)

    def outputs(self) -> dict[str, Any]:
        """Return the last result."""
        return {"out": self.result}
