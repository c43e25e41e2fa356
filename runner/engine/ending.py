"""The end of a run: what is left of it is cancelled or skipped, and how it ended is said."""

from __future__ import annotations

from typing import Any

from runner.engine import events as e
from runner.engine.record import Record


def finish(record: Record) -> None:
    """Write that a run ends: early, as its record says, or since nothing moves in it any more."""
    state, ending = record.state, record.ending
    if ending is not None:
        kind, data = ending
        reason = why_ended(kind, data)
        for path in list(state.open_steps()):
            told: dict[str, Any] = {"reason": reason}
            if state.ending is None:
                # Whoever goes on from here must end the run like this, not continue it.
                told["ending"] = {"type": kind, "data": data}
            record.write(e.STEP_CANCELLED, path, told)
    for node in state.never_reached:
        record.write(e.STEP_SKIPPED, node.id, {"reason": e.NEVER_REACHED})
    if ending is not None and kind != e.RUN_SUCCEEDED:
        errors = state.undo_errors
        record.write(kind, None, {**data, "undo_errors": errors} if errors else data)
    elif state.failure is not None:
        record.write(e.RUN_FAILED, None, {"error": state.failure})
    else:
        record.write(e.RUN_SUCCEEDED, None, {"outputs": state.results()})


def why_ended(kind: str, data: dict[str, Any]) -> str:
    """Say to the steps that a run's early end cancels why it ended."""
    if kind == e.RUN_SUCCEEDED:
        return "a Stop node ended the run"
    return data.get("reason") or f"the run failed: {data['error'].get('message', '')}"
