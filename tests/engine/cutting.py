"""Cut a run at every event, as a crash would, and go on from there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from runner.engine import Event, Result, RunState, run
from runner.graph import Plan

ENDS = ("step.succeeded", "step.failed", "step.cancelled", "step.skipped")


def ended(events: Any) -> list[str]:
    """Return which step ended how, sorted: where branches race, their order is nobody's promise."""
    return sorted(f"{event.step} {event.type}" for event in events if event.type in ENDS)


async def goes_on_from_everywhere(
    plan: Plan,
    inputs: Any = None,
    runs: Callable[..., Awaitable[Result]] = run,
    **options: Any,
) -> Result:
    """Run a plan whole, then again from each of its events; all must end alike."""
    whole = await runs(plan, inputs, run_id="r", **options)
    for cut in range(len(whole.events)):
        history: tuple[Event, ...] = whole.events[:cut]
        rest = await runs(plan, inputs, run_id="r", history=history, **options)
        events = (*history, *rest.events)
        assert (rest.status, rest.outputs) == (whole.status, whole.outputs), cut
        assert ended(events) == ended(whole.events), cut
        state = RunState.fold(plan, events)
        left = [*state.running, *state.ready, *state.locks, *state.timers]
        assert not left
    return whole
