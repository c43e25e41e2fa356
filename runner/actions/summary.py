"""A run as the API, the socket and the pages show it."""

from __future__ import annotations

from typing import Any

from runner.models import Run


def run_summary(run: Run) -> dict[str, Any]:
    """Return what is known of a run, without its document and events."""
    return {
        "id": str(run.pk),
        "blueprint": str(run.blueprint_id),
        "blueprint_name": run.blueprint.name,
        "version": run.version.number if run.version else None,
        "status": run.status,
        "trigger": run.trigger,
        "trigger_node": run.trigger_node,
        "inputs": run.inputs,
        "outputs": run.outputs,
        "error": run.error,
        "created": run.created.isoformat(),
        "started": run.started.isoformat() if run.started else None,
        "finished": run.finished.isoformat() if run.finished else None,
        "last_seq": run.last_seq,
    }
