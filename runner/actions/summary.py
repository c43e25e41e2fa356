"""A run as the API, the socket and the pages show it."""

from __future__ import annotations

from typing import Any

from runner.models import Run

# Of an error's message, in lists.
LONGEST_MESSAGE = 300


def run_line(run: Run) -> dict[str, Any]:
    """Return what a list shows of a run: short, however long its values are."""
    error = run.error or {}
    shown = {"code": error.get("code"), "message": str(error.get("message", ""))[:LONGEST_MESSAGE]}
    return {
        "id": str(run.pk),
        "blueprint": str(run.blueprint_id),
        "blueprint_name": run.blueprint.name,
        "version": run.version.number if run.version else None,
        "status": run.status,
        "trigger": run.trigger,
        "trigger_node": run.trigger_node,
        "rerun_of": str(run.rerun_of_id) if run.rerun_of_id else None,
        "rerun_from": run.rerun_from,
        "error": shown if error else None,
        "created": run.created.isoformat(),
        "started": run.started.isoformat() if run.started else None,
        "finished": run.finished.isoformat() if run.finished else None,
        "last_seq": run.last_seq,
    }


def run_summary(run: Run) -> dict[str, Any]:
    """Return what is known of a run, without its document and events."""
    return {**run_line(run), "inputs": run.inputs, "outputs": run.outputs, "error": run.error}
