"""What figures say of a run beside its events, for as long as a worker has it."""

from __future__ import annotations

from runner.graph import Plan


class Subject:
    """The run that events are of: what started it, its drawing, and since when it runs.

    `accepted` and `started` are seconds since the epoch; None: not known here. `trace` is the
    trace context under which it was started, if there was one.
    """

    __slots__ = ("_plan", "accepted", "started", "trace", "trigger")

    def __init__(
        self,
        trigger: str,
        plan: Plan | None = None,
        accepted: float | None = None,
        started: float | None = None,
        trace: str = "",
    ) -> None:
        self.trigger = trigger
        self.accepted = accepted
        self.started = started
        self.trace = trace
        self._plan = plan

    def kind_of(self, step: str) -> str:
        """Return the kind of node that a step (`orders[3]/charge#2`) is a firing of."""
        plan = self._plan
        if plan is None:
            return "unknown"
        # The first firing of a node outside of frames has the node's own name.
        place = plan.index.get(step)
        if place is None:
            place = plan.index.get(node_of(step))
        return plan.nodes[place].spec.kind if place is not None else "unknown"


def node_of(step: str) -> str:
    """Return the id of the node that a step is a firing of."""
    return step.rpartition("/")[2].partition("#")[0].partition("[")[0]
