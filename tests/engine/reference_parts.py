"""What the reference interpreter moves: tokens, steps, and the scopes that they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runner.engine import NodeError
from runner.graph import Edge

START = 1000.0  # the clock's first moment
ALWAYS = 99  # the attempts of a step that fail, where all do
Value = Any


class TooMuch(Exception):
    """The drawing moves more than a test should."""


@dataclass(frozen=True)
class Slow:
    """A node type that takes time: how long an attempt takes, and what it gives or raises."""

    takes: Callable[[str, int], float]  # of a step's path and attempt, in seconds
    gives: Callable[[Any], Value]
    parks: bool = False  # it is parked meanwhile


class Ended(NamedTuple):
    """One step, and how it ended."""

    path: str
    how: str  # succeeded, failed, skipped, cancelled
    outputs: dict[str, Value]
    error: dict[str, Any] | None


@dataclass
class Outcome:
    """What became of a run."""

    status: str
    outputs: dict[str, Value]
    error: dict[str, Any] | None
    steps: list[Ended]
    undo_errors: list[dict[str, Any]] = field(default_factory=list)
    # What became of the runs that it called, and of those that they called, by their ids.
    called: dict[str, Outcome] = field(default_factory=dict)


@dataclass(eq=False)
class Token:
    """A value that waits at the end of an edge. `causes` are all steps that it descends from."""

    edge: Edge
    value: Value
    causes: frozenset[Step]


@dataclass(eq=False)
class Scope:
    """The whole drawing, one run through the inside of a frame, or what undoes a step."""

    prefix: str = ""
    outer: Scope | None = None
    inside: Inside | None = None
    undo: Undo | None = None
    place: int | str = 0
    cleaning: bool = False  # it goes on where what is around it is cancelled
    index: int | None = None
    item: Value = None
    result: Value = None
    given: bool = False
    halted: bool = False  # nothing more happens but that frames in it clean up
    failed: bool = False
    captured: dict[Edge, Value] = field(default_factory=dict)
    finished: list[Step] = field(default_factory=list)  # what has ended well and can be undone
    fired: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    last: dict[str, Value] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    # Edges whose token will be late, and the step of the join that fired without it.
    owed: list[tuple[Edge, Step]] = field(default_factory=list)

    def around(self) -> Iterator[Scope]:
        """Yield this scope and those that it is in, the innermost first."""
        yield self
        if self.outer is not None:
            yield from self.outer.around()

    def read(self) -> dict[str, Value]:
        """Return the last output of each node that has fired here or further out."""
        found: dict[str, Value] = {}
        for scope in reversed(list(self.around())):
            found |= scope.last
        return found


@dataclass(eq=False)
class Step:
    """One firing of a node."""

    node: str
    path: str
    inputs: dict[str, Value]
    scope: Scope
    causes: frozenset[Step]
    count: int
    skipped: bool = False
    output: Value = None  # of one that can be undone
    # Of a frame: what runs inside, and how often it has been opened.
    inside: Inside | None = None
    attempt: int = 1
    openings: int = 0
    # Of a node with `each`: what it goes through, how far it has come, what has become of each
    # item, and which are under way.
    items: list[Value] = field(default_factory=list)
    concurrency: int = 1
    collect: bool = False
    begun: int = 0
    results: dict[int, Value] = field(default_factory=dict)
    errors: dict[int, dict[str, Any]] = field(default_factory=dict)
    mapped: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Inside:
    """A frame that is open: what its code has told, and what has become of its parts."""

    frame: Step
    kind: str
    told: dict[str, Any]
    path: str
    captured: dict[Edge, Value]
    key: str | None = None  # of the lock that it takes
    # Whether its key is this run's, and whether that was asked; where others may have it.
    granted: bool = True
    asked: bool = False
    open: list[Scope] = field(default_factory=list)
    begun: int = 0
    stopped: bool = False  # nothing more begins but what cleans up
    withdrawn: bool = False  # it was cancelled from outside
    expired: bool = False
    closed: bool = False
    failure: dict[str, Any] | None = None
    chosen: dict[str, Value] | None = None  # what a control has chosen that it emits
    finished: list[Step] = field(default_factory=list)
    undoing: list[Undo] = field(default_factory=list)
    undo_errors: list[dict[str, Any]] = field(default_factory=list)
    value: Value = None  # what came in; of Repeat, what the next round begins with
    result: Value = None
    caught: dict[str, Any] | None = None
    lost: dict[str, Any] | None = None
    done: bool = False
    decides: bool = False
    # Of For each, by place: what has become of the items.
    items: list[Value] = field(default_factory=list)
    results: dict[int, Value] = field(default_factory=dict)
    errors: dict[int, dict[str, Any]] = field(default_factory=dict)
    emitted: bool = False


@dataclass(eq=False)
class Undo:
    """Steps that are being undone, the last one first; then `after` is done."""

    steps: list[Step]
    after: Callable[[Undo], None]
    open: Scope | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)


def described(error: NodeError) -> dict[str, Any]:
    """Return an error as a step shows it."""
    shown = {"code": error.code, "message": str(error), "kind": error.kind}
    return {**shown, "data": error.data} if error.data else shown


def also_not_undone(error: dict[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an error as it is told where something after it could not be undone."""
    if not errors:
        return error
    data = {**(error.get("data") or {})}
    data["undo_errors"] = data.get("undo_errors", []) + errors
    return {**error, "data": data}


def too_long(limit: float) -> NodeError:
    error = NodeError(f"The step took longer than {limit:g} s.", kind="timeout")
    error.code = "timeout"
    return error


def too_many_firings(step: Step, limit: int) -> dict[str, Any]:
    message = (
        f"{step.node} has fired {limit} times in this run, which is its limit. "
        "If that is meant, raise its 'max_firings'."
    )
    return {"code": "too_many_firings", "message": message, "kind": "error"}
