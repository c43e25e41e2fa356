"""A run as the API, the socket and the pages show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.actions.values import shortened
from runner.graph.labels import apart
from runner.journal.spill import looked_at
from runner.models import Run, RunStatus
from runner.queue.holding import Hold, holds
from runner.queue.labels import lacking

# Of an error's message, in lists.
LONGEST_MESSAGE = 300
# Characters of JSON that a value has in lists.
LONGEST_LISTED = 2_000
WAITS = (RunStatus.QUEUED, RunStatus.WAITING, RunStatus.RUNNING)


def run_line(run: Run) -> dict[str, Any]:
    """Return what a list shows of a run: short, however long its values are."""
    error = run.error or {}
    shown = {"code": error.get("code"), "message": str(error.get("message", ""))[:LONGEST_MESSAGE]}
    return {
        "id": str(run.pk),
        "blueprint": str(run.blueprint_id),
        "blueprint_name": run.blueprint.name,
        "version": run.version.number if run.version else None,
        "status": run.shown_status,
        "trigger": run.trigger,
        "trigger_node": run.trigger_node,
        "started_by": run.started_by.get_username() if run.started_by else None,
        "rerun_of": str(run.rerun_of_id) if run.rerun_of_id else None,
        "rerun_from": run.rerun_from,
        "parent": str(run.parent_id) if run.parent_id else None,
        "parent_step": run.parent_step,
        "depth": run.depth,
        "error": shown if error else None,
        "created": run.created.isoformat(),
        "started": run.started.isoformat() if run.started else None,
        "finished": run.finished.isoformat() if run.finished else None,
        "last_seq": run.last_seq,
        "queue": run.queue,
        "priority": run.priority,
        "due": run.wake_at.isoformat() if run.wake_at and run.status == "queued" else None,
        "held": run.held,
        "labels": sorted(apart(run.labels)),
        "attempt": run.attempt,
        "dead": run.dead,
        "unhandled": run.unhandled,
        "pruned": run.pruned.isoformat() if run.pruned else None,
    }


def run_summary(run: Run) -> dict[str, Any]:
    """Return what is known of a run, without its document and events; large values are cut."""
    return {
        **run_line(run),
        "inputs": looked_at(run.inputs),
        "outputs": looked_at(run.outputs),
        "error": run.error,
        "held_by": [hold.to_json() for hold in holds(run)],
        "lacking": lacking(run.labels) if run.labels and run.status in WAITS else "",
    }


def run_listed(run: Run, held_by: Iterable[Hold]) -> dict[str, Any]:
    """Return a run for a list: of its values only what is short is whole."""
    return {
        **run_line(run),
        "held_by": [hold.to_json() for hold in held_by],
        "inputs": _short(looked_at(run.inputs), 1, "inputs"),
        "outputs": _short(looked_at(run.outputs), run.last_seq, "outputs"),
    }


def _short(value: Any, seq: int, key: str) -> Any:
    if not isinstance(value, dict) or "$cut" in value:
        return value
    return {
        name: part if _is_cut(part) else shortened(part, seq, [key, name], LONGEST_LISTED)
        for name, part in value.items()
    }


def _is_cut(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() == {"$cut"}
