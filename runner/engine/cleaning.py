"""What of a run is cancelled when all or a part of it ends early, and what cleans up after it."""

from __future__ import annotations

from typing import Any

from runner.engine import events as e
from runner.engine.firing import Firing
from runner.engine.frames.undoing import Undoing
from runner.engine.scope import Scope
from runner.graph.plan import Plan


class Cleaning:
    """The part of a run's state that is about its early end.

    `ready` holds the firings that may start, `running` those that have; both by step path.
    """

    __slots__ = (
        "cleaning", "cleaning_since", "ending", "halted", "ready", "root", "running",
        "undo_errors", "undoing",
    )  # fmt: skip

    def __init__(self, plan: Plan) -> None:
        self.ready: dict[str, Firing] = {}
        self.running: dict[str, Firing] = {}
        self.root = Scope(plan, self.ready)
        # How the run was about to end when its last steps were cancelled.
        self.ending: dict[str, Any] | None = None
        # Whether it ends, but finally parts and compensations still run.
        self.cleaning = False
        self.cleaning_since = 0.0
        self.undo_errors: list[dict[str, Any]] = []
        self.undoing: Undoing | None = None
        # Scopes whose steps whoever executes the run has to cancel next.
        self.halted: list[Scope] = []

    def halt(self, scope: Scope, reason: str) -> None:
        """Let nothing more happen in a scope; frames in it may still clean up."""
        if scope.halted:
            return
        scope.halted = reason
        self.halted.append(scope)
        for opened in [it for open_ in scope.frames.values() for it in open_]:
            opened.cancel(reason)

    def open_in_halted(self) -> list[tuple[str, str]]:
        """Return the steps under way in the scopes that were halted, and why; inner ones first.

        Open frames are not among them: they end by themselves.
        """
        halted, self.halted = {id(scope): scope for scope in self.halted}, []
        return [
            (path, firing.scope.halted)
            for firing in reversed([*self.running.values(), *self.ready.values()])
            if id(firing.scope) in halted and firing.opened is None
            for path in (*firing.open_items(), firing.path)
        ]

    def has_to_clean_up(self, *, badly: bool) -> bool:
        """Say whether a run that ends early has finally parts or compensations to run first."""
        if badly and self.root.finished:
            return True
        if badly and any(it.node.undo and it.done_items() for it in self.running.values()):
            return True
        opened = (firing.opened for firing in self.running.values())
        return any(it is not None and it.has_to_clean_up(badly=badly) for it in opened)

    def note_ending(self, ending: dict[str, Any] | None) -> None:
        """Remember how the run is about to end, the first time; nothing else begins in it."""
        if ending is not None and self.ending is None:
            self.ending = ending
            self.halt(self.root, ending.get("reason") or "the run ends")

    def undo(self) -> None:
        """Undo what has ended well in the run, when nothing else moves any more."""
        steps, self.root.finished = self.root.finished, []
        badly = self.ending is not None and self.ending["type"] != e.RUN_SUCCEEDED
        if steps and badly:
            self.undoing = Undoing(self, steps, self._undone)
            self.undoing.advance()

    def stop_cleaning(self, error: dict[str, Any]) -> None:
        """Leave undone what is not undone by now, and say so."""
        left = self.undoing.left if self.undoing is not None else self.root.finished
        self.undo_errors.append({**error, "not_undone": [step.path for step in left]})
        self.undoing = None

    def _undone(self, undoing: Undoing) -> None:
        self.undo_errors += undoing.errors
        self.undoing = None
