"""Compensation: steps that have ended well are undone, the last one first, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runner.engine.firing import NOWHERE, Firing, Token
from runner.engine.frames.iteration import Iteration

if TYPE_CHECKING:
    from runner.engine.cleaning import Cleaning


def with_undo_errors(error: dict[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an error that also tells what could not be undone after it."""
    if not errors:
        return error
    data = error.get("data") or {}
    told = [*data.get("undo_errors", ()), *errors]
    return {**error, "data": {**data, "undo_errors": told}}


class Undoing:
    """Runs what is drawn behind the `compensate` port of each step, in a scope of its own.

    A step whose compensation fails does not keep the others from being undone;
    what went wrong is in `errors`. `after` is called when all have been.
    """

    def __init__(
        self, state: Cleaning, steps: list[Firing], after: Callable[[Undoing], None]
    ) -> None:
        self.errors: list[dict[str, Any]] = []
        self._state = state
        self._steps = steps
        self._after = after
        self._scope: Iteration | None = None
        self._step: Firing | None = None

    @property
    def left(self) -> list[Firing]:
        """The steps that are not undone yet, the next one first."""
        under_way = [self._step] if self._step is not None else []
        return [*under_way, *reversed(self._steps)]

    def advance(self) -> None:
        """Undo the next step, or say that all have been undone."""
        while self._scope is None and self._steps:
            step = self._step = self._steps.pop()
            prefix = f"{step.path}[compensate]/"
            scope = self._scope = Iteration(self, step.scope, prefix, "compensate", cleaning=True)
            scope.begin(step.node.undo, (step.output, step.path, "compensate", NOWHERE), ())
            if not scope.active:
                self._scope = None
        if self._scope is None:
            self._step = None
            self._after(self)

    def over(self, scope: Iteration) -> None:
        """Go on with the step before."""
        self._scope = None
        self.advance()

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Note that a step could not be undone."""
        if not scope.halted:
            self.errors.append(error)
            self._state.halt(scope, "another step of the compensation failed")

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take nothing: what undoes a step ends no frame."""
