"""Repeat: the inside runs again and again, until it is done or has run so many times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.engine.firing import Firing, Token
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.opened import Begin, Opened

if TYPE_CHECKING:
    from runner.engine.state import RunState


class Repeat(Opened):
    """Runs one round after the other; each begins with what the one before has given.

    Where the frame has a condition, somebody else evaluates it after each round
    (`deciding`) and says so in an event, since a fold evaluates nothing.
    """

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        super().__init__(state, firing, told, since)
        self.value: Any = told["value"]
        self.most: int = told["most"]
        self.until: str | None = told["until"]
        self.round = 0
        self.deciding = False
        self.done = False

    def following(self) -> Begin | None:
        """Return the next round."""
        if self.stopped or self.done or self.deciding or self.scopes or self.round >= self.most:
            return None
        index = self.round
        self.round += 1
        return Begin(index, 0, self.value, (self.value, index))

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take what the next round begins with, or the end of it all."""
        if not self.done:
            super().take(scope, port, token)
            self.done = port == "done"

    def ended(self, scope: Iteration) -> None:
        """Keep what the round has given; where nothing came, the value stays as it was."""
        if scope.halted:
            return
        if scope.given:
            self.value = scope.result
        if self.until is not None and not self.done:
            self.deciding = True
            self.state.deciding.append(self.firing.path)

    def decided(self, *, done: bool) -> None:
        """Go on, or end, as the condition says."""
        self.deciding = False
        self.done = self.done or done
        if not self.done and self.round >= self.most and self.told["otherwise"] == "fail":
            times = "once" if self.most == 1 else f"{self.most} times"
            self.failure = {
                "code": "not_done",
                "message": f"{self.node.id} has run {times}, and its condition does not hold.",
                "kind": "not_done",
            }
        self.advance()

    def is_over(self) -> bool:
        """Say whether no condition is waited for."""
        return not self.deciding or self.stopped

    def outputs(self) -> dict[str, Any]:
        """Return the value of the last round."""
        return {"out": self.value}
