"""A frame that is open: what all kinds of frames have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.engine.firing import NOWHERE, Firing, Token
from runner.engine.frames.iteration import Iteration
from runner.engine.frames.undoing import Undoing

if TYPE_CHECKING:
    from runner.engine.state import RunState


class Begin(NamedTuple):
    """An iteration that is to begin: its place, and the value that enters at an inner port."""

    place: int | str
    port: int
    value: Any
    counted: tuple[Any, int] | None = None
    cleaning: bool = False
    # Whether nodes inside that no edge enters fire as well.
    starts: bool = True


class Opened(ABC):
    """One firing of a frame; of its iterations only the results are kept.

    `failure` is the error that it fails with, `withdrawn` why it was cancelled
    from outside, `chosen` the outputs that a control has chosen. It is over when
    no iteration is open and no other is to begin.
    """

    def __init__(self, state: RunState, firing: Firing, told: dict[str, Any], since: float) -> None:
        self.state = state
        self.firing = firing
        self.node = firing.node
        self.told = told
        self.failure: dict[str, Any] | None = None
        self.withdrawn: str | None = None
        self.chosen: dict[str, Any] | None = None
        self.stopped = False
        self.expired = False
        self.closing = False
        self.scopes: dict[int | str, Iteration] = {}
        # What has ended well inside and can be undone, of iterations that are over.
        self.finished: list[Firing] = []
        self.undoing: list[Undoing] = []
        self.undo_errors: list[dict[str, Any]] = []
        firing.openings += 1
        again = f"~{firing.openings}" if firing.openings > 1 else ""
        self.path = f"{firing.path}{again}"
        nodes = firing.scope.plan.nodes
        self._starts = [nodes[index] for index in firing.node.inner_starts]
        self.captured = dict(firing.scope.captured)
        for edge, port in firing.node.captures:
            if port in firing.inputs and firing.refs.get(port):
                source, output = firing.refs[port][0]
                self.captured[edge] = (firing.inputs[port], source, output, NOWHERE)
        limit = told.get("seconds") or firing.node.settings.timeout
        self.limit: float | None = limit
        self.deadline: float | None = since + limit if limit else None
        key = told.get("key")
        # Among which runs its key counts, where others than this one may have it.
        self.shared: str = told.get("scope", "") if key is not None else ""
        self.granted = not self.shared
        name = [self.shared, key] if self.shared else key
        lock = json.dumps(name, sort_keys=True) if key is not None else None
        # A frame that is inside the one that has the lock need not wait for it.
        self.lock = lock if lock not in _held_around(firing.scope) else None
        if self.lock is None:
            self.shared, self.granted = "", True
        self.told_waiting = False

    # --- what kinds of frames differ in -----------------------------------

    @abstractmethod
    def following(self) -> Begin | None:
        """Return what begins now, or None where nothing does."""

    @abstractmethod
    def outputs(self) -> dict[str, Any]:
        """Return what the frame emits, by port."""

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take a token that has come to an inner end: the last one is the iteration's result."""
        scope.result = token[0]
        scope.given = True

    def ended(self, scope: Iteration) -> None:  # noqa: B027
        """Keep what an iteration has given; nothing, unless the kind of frame says so."""

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take an error that nothing inside has caught: the frame fails with it."""
        if not scope.halted:
            scope.error = self.failure = error
            self.stop("another step of its frame failed")

    def is_over(self) -> bool:
        """Say whether the frame ends, when nothing is open in it."""
        return True

    def has_to_clean_up(self, *, badly: bool) -> bool:
        """Say whether something must run before a run that ends early may end."""
        done = self.finished or any(scope.finished for scope in self.scopes.values())
        return bool(self.undoing or (badly and done))

    def control(self, port: str, value: Any) -> None:
        """Take a token that has come to a control of the frame from outside."""
        if self.chosen is None and not self.closing:
            self.chosen = {"cancelled": value}
            self.stop("its frame was cancelled")

    # --- what they share --------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether another frame, or another run, has the lock that this one needs."""
        return not self.granted or self.holder is not None

    @property
    def holder(self) -> Opened | None:
        """The frame of this run that has the lock which this one needs."""
        queue = self.state.locks.get(self.lock) if self.lock is not None else None
        return queue[0] if queue and queue[0] is not self else None

    def begin(self) -> None:
        """Begin, as soon as the lock is free where there is one."""
        if self.lock is not None:
            self.state.locks.setdefault(self.lock, []).append(self)
        if not self.waits:
            self.advance()

    def leave(self) -> None:
        """Give the lock to the next one."""
        if self.lock is None:
            return
        queue = self.state.locks[self.lock]
        held = queue[0] is self
        queue.remove(self)
        if not queue:
            del self.state.locks[self.lock]
        elif held:
            following = queue[0]
            if following.told_waiting and following.granted:
                self.state.turned.append(following.firing.path)
            following.advance()

    def grant(self) -> None:
        """Begin, or go on, now that the lock is this run's."""
        self.granted = True
        self.advance()

    def advance(self) -> None:
        """Begin what may begin; where nothing is open and nothing follows, the frame is over."""
        if self.closing or (self.lock is not None and self.waits and not self.stopped):
            return
        while (begin := self.following()) is not None:
            scope = self._enter(begin)
            if not scope.active:
                self._leave(scope)
        if not self.scopes and not self.undoing and self.is_over():
            self._close()

    def over(self, scope: Iteration) -> None:
        """Go on after an iteration in which nothing moves any more."""
        self._leave(scope)
        self.advance()

    def stop(self, reason: str) -> None:
        """Begin nothing more, and cancel what is open but for what cleans up."""
        self.stopped = True
        for scope in list(self.scopes.values()):
            if not scope.cleaning:
                self.state.halt(scope, reason)
        if not self.scopes:
            self.advance()

    def cancel(self, reason: str) -> None:
        """Cancel the frame from outside: it ends as cancelled when what cleans up has ended."""
        if self.withdrawn is None:
            self.withdrawn = reason
            self.stop(reason)

    def expire(self, error: dict[str, Any]) -> None:
        """Fail for a reason of the frame itself, such as its time limit."""
        if self.failure is None and not self.closing:
            self.failure = error
            self.expired = True
            self.stop(error["message"])

    def _enter(self, begin: Begin) -> Iteration:
        place, _, _, counted, cleaning, _ = begin
        scope = Iteration(
            self, self.firing.scope, self.inside(place), place, counted=counted, cleaning=cleaning
        )
        scope.captured = self.captured
        self.scopes[place] = scope
        self.fill(scope, begin)
        return scope

    def fill(self, scope: Iteration, begin: Begin) -> None:
        """Begin what is drawn inside."""
        _, port, value, _, _, starts = begin
        token = (value, self.firing.path, self.node.spec.begins[port].name, NOWHERE)
        scope.begin(self.node.begins[port], token, self._starts if starts else ())

    def inside(self, place: int | str) -> str:
        """Return what the paths of the steps of an iteration begin with."""
        return f"{self.path}[{place}]/"

    def _leave(self, scope: Iteration) -> None:
        if self.scopes.pop(scope.place, None) is not None:
            self.finished += scope.finished
            self.ended(scope)

    def undo(self, steps: list[Firing], after: Callable[[Undoing], None] | None = None) -> None:
        """Undo steps that have ended well, the last one first; the frame is not over before."""
        if not steps:
            return
        undoing = Undoing(self.state, steps, after or self.undone)
        self.undoing.append(undoing)
        undoing.advance()

    def undone(self, undoing: Undoing) -> None:
        """Go on after what had ended well has been undone."""
        self.undoing.remove(undoing)
        self.undo_errors += undoing.errors
        self.advance()

    def _close(self) -> None:
        if self.failure is not None and self.finished and self._handles():
            # Whoever handles the failure finds the frame as if it had not begun.
            steps, self.finished = self.finished, []
            self.undo(steps)
        elif not self.closing:
            self.closing = True
            self.state.closing.append(self.firing.path)

    def _handles(self) -> bool:
        settings = self.node.settings
        return settings.on_error != "fail" or self.firing.attempt < settings.retry.attempts


def _held_around(scope: Any) -> set[str | None]:
    found: set[str | None] = set()
    while isinstance(scope, Iteration):
        holder = scope.holder
        if not isinstance(holder, Opened):
            break
        found.add(holder.lock)
        scope = holder.firing.scope
    return found - {None}
