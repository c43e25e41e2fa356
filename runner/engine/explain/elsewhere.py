"""Why a node did not run here: it runs in another run, since items of a frame are spread."""

from __future__ import annotations

from runner.engine.account import Account
from runner.engine.apart import inside
from runner.engine.explain.insides import MOVING, Inside
from runner.engine.reasons import Reason
from runner.graph.frames import around
from runner.graph.plan import PlanNode


def why_elsewhere(
    account: Account, node: PlanNode, place: str | Inside
) -> tuple[str, Reason] | None:
    """Return how a node stands that does not run in this run, and why; None where it could.

    `place` is the scope that is asked for, or what of the frames around did not begin.
    """
    part = account.state.part
    if part is not None and node.id not in inside(account.plan, part.frame):
        said = (
            f"This run is `{part.scope}` of the run {part.run['id']}: "
            f"only what is drawn in `{part.frame}` runs in it."
        )
        return "not_reached", Reason("other_part", said, 0, node.id)
    for frame in reversed(around(account.plan.document, node.frame)):
        owner = _firing(account, frame, place) if frame is not None else None
        if owner is None:
            continue
        step = account.steps[owner]
        if step.openings and step.openings[-1].get("spread"):
            said = (
                f"It does not run in this run: each item of `{owner}` is a run of its own, "
                "which any worker may take."
            )
            status = "pending" if step.status in MOVING else "not_reached"
            return status, Reason("runs_apart", said, 0, node.id, step=owner)
    return None


def _firing(account: Account, frame: str, place: str | Inside) -> str | None:
    """Return the firing of a frame that is on the way to a place, or else its last one."""
    asked = place if isinstance(place, str) else place.scope or place.owner
    parts = asked.split("/") if asked else []
    for depth in range(1, len(parts) + 1):
        prefix = "/".join(parts[:depth])
        owner = Inside.of(prefix).owner
        told = account.steps.get(owner)
        if told is not None and told.node.id == frame:
            return owner
    last = account.last.get(frame)
    return last if last in account.steps else None
