"""A firing: one step, what it got and where that came from; and the tokens that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from runner.engine.parking import Parking
from runner.graph.plan import PlanNode

if TYPE_CHECKING:
    from runner.engine.frames.opened import Opened
    from runner.engine.scope import Scope

# For each join in a circle, the last of its firings (from 1) that something descends from.
Came = Mapping[int, int]
NOWHERE: Came = MappingProxyType({})
Token = tuple[Any, str, str, Came]  # value, the step that emitted it, the output port


class ItemState:
    """What is known of one item of a step that runs for each item of a list."""

    __slots__ = (
        "again", "attempt", "emitted", "error", "outputs", "paced", "parking", "started", "until",
    )  # fmt: skip

    def __init__(self) -> None:
        self.attempt = 1
        self.again: float | None = None
        self.until: float | None = None
        self.parking: Parking | None = None
        self.paced = False
        self.emitted: frozenset[str] = frozenset()
        self.started: float | None = None
        self.outputs: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the item has not ended."""
        return self.outputs is None and self.error is None


class Firing:
    """One step: a node that fires, with what it got and where that came from.

    `attempt` counts from 1, and begins no sooner than `again`; `until` is the moment that it
    waits for, `parking` what it is parked for, `paced` whether it waits for its node's rate;
    `emitted` are the ports at which it emitted while it was under way. A firing with a `skip`
    reason is not run, and one with a `fault` fails at once. Where the node runs for each item of
    a list, `items` holds those that have begun; the firing of such an item has its `place` in the
    list, and `listed` is the list where an expression gave it. `scope` is where its tokens come
    from and go to. Of a frame, `opened` is its inside while that runs, and `openings` how often
    it has been opened; of a step that can be undone, `output` is what it gave.
    """

    __slots__ = (
        "again",
        "attempt",
        "came",
        "emitted",
        "fault",
        "inputs",
        "items",
        "listed",
        "node",
        "opened",
        "openings",
        "output",
        "paced",
        "parking",
        "path",
        "place",
        "refs",
        "scope",
        "skip",
        "started",
        "until",
    )

    def __init__(
        self,
        node: PlanNode,
        path: str,
        inputs: dict[str, Any],
        refs: dict[str, list[list[str]]],
        scope: Scope,
        skip: str | None = None,
    ) -> None:
        self.node = node
        self.path = path
        self.inputs = inputs
        self.refs = refs
        self.scope = scope
        self.skip = skip
        self.came = NOWHERE
        self.fault: str | None = None
        self.attempt = 1
        self.again: float | None = None
        self.until: float | None = None
        self.started: float | None = None
        self.items: dict[int, ItemState] | None = None
        self.listed: list[Any] | None = None
        self.place: int | None = None
        self.parking: Parking | None = None
        self.paced = False
        self.emitted: frozenset[str] = frozenset()
        self.opened: Opened | None = None
        self.openings = 0
        self.output: Any = None

    def done_items(self) -> list[Any]:
        """Return what the items that have ended well gave, in the list's order."""
        items = self.items or {}
        outputs = [items[index].outputs for index in sorted(items)]
        return [next(iter(it.values()), None) for it in outputs if it is not None]

    def open_items(self) -> list[str]:
        """Return the paths of the items that have begun and not ended."""
        return [
            f"{self.path}[{index}]" for index, item in (self.items or {}).items() if item.is_open
        ]
