"""Frames whose inside runs once: a group, with a time limit or a lock; and a race within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runner.engine.firing import Firing, Token
from runner.engine.frames.held import Held, hold
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Begin, Opened

if TYPE_CHECKING:
    from runner.engine.state import RunState


class Group(Opened):
    """Runs its inside once, and emits the last value that came to its end."""

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        super().__init__(state, firing, told, since)
        self.value: Any = told["value"]
        self.result: Any = None
        self._begun = False
        self._held: dict[int | str, Held] = {}

    def hold(self, places: Sequence[int | str]) -> None:
        """Let its inside, which a rerun has taken over in part, wait until its key is free."""
        self.granted = False
        self._held = hold(self.state, list(self.scopes.values()))

    def grant(self) -> None:
        """Let what was held go on."""
        self._release()
        super().grant()

    def stop(self, reason: str) -> None:
        """Cancel also what was held."""
        self._release()
        super().stop(reason)

    def _release(self) -> None:
        for held in self._held.values():
            held.release(self.state)
        self._held.clear()

    def following(self) -> Begin | None:
        """Return the inside, once."""
        if self.stopped or self._begun:
            return None
        self._begun = True
        return Begin("", 0, self.value)

    def inside(self, place: int | str) -> str:
        """Return what the paths of the steps inside begin with: there is one inside only."""
        return f"{self.path}/"

    def ended(self, scope: Iteration) -> None:
        """Keep the result."""
        self.result = scope.result

    def outputs(self) -> dict[str, Any]:
        """Return the result."""
        return {"out": self.result}


class Race(Group):
    """Emits the first value that comes to its end, and cancels the rest.

    A branch that fails has lost, unless it is told that an error ends the race;
    where all have, the frame fails with the last error.
    """

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        super().__init__(state, firing, told, since)
        self._error: dict[str, Any] | None = None

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take the first value."""
        if not scope.given:
            super().take(scope, port, token)
            self.stop("another branch was first")

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take the error of a branch."""
        if self.told["errors"] == "stop":
            super().fail(scope, error)
        elif not scope.halted:
            self._error = error

    def ended(self, scope: Iteration) -> None:
        """Keep the winner's value, or the error where nobody won."""
        super().ended(scope)
        if not scope.given and not scope.halted and self._error is not None:
            self.failure = self._error
