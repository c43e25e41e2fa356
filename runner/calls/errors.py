"""Starts the error blueprint of a run that ended badly."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from pydantic import ValidationError

from runner.actions.accept import Cause, NewRow, accept_run
from runner.actions.named import meant_by
from runner.actions.rerun import accepted_event
from runner.graph import Unresolved
from runner.graph.document import BlueprintSettings
from runner.graph.references import ERROR
from runner.models import Run, RunStatus

logger = logging.getLogger(__name__)

# What ends a run although no node has failed by itself.
CRASHES = frozenset({"engine_fault", "interrupted", "journal_damaged", "document_invalid"})


def ended_as(run: Run) -> str:
    """Return in which way a run ended badly: failed, crashed, timed_out or cancelled."""
    if run.status == RunStatus.CANCELLED:
        return "cancelled"
    code = (run.error or {}).get("code")
    if code == "run_timeout":
        return "timed_out"
    return "crashed" if code in CRASHES else "failed"


def error_run_id(run: UUID) -> UUID:
    """Return the id of the run that handles the error of a run: always the same."""
    return uuid5(run, "error")


def start_error_blueprint(run: Run) -> None:
    """Start the error blueprint that the run's drawing names, if it names one for such an end.

    Where it cannot be started, the run says why.
    """
    if run.status == RunStatus.SUCCEEDED or run.handles_error:
        return
    try:
        given = run.drawing.document.get("settings", {})
        wanted = BlueprintSettings.model_validate(given)
    except (ValidationError, AttributeError):
        logger.warning("The settings of what run %s executed cannot be read any more", run.pk)
        return
    ended = ended_as(run)
    if not wanted.error_blueprint or ended not in wanted.error_blueprint_for:
        return
    try:
        blueprint = meant_by(run, "error", "", wanted.error_blueprint)
    except Unresolved as error:
        _tell(run, str(error))
        return
    version = blueprint.published
    nodes: dict[str, Any] = version.drawing.document.get("nodes", {}) if version else {}
    begins = [
        name
        for name, node in nodes.items()
        if node.get("kind") == ERROR and not node.get("settings", {}).get("disabled")
    ]
    if version is None or not begins:
        lacks = (
            "was never published"
            if version is None
            else f"has no trigger for errors ({ERROR}) in its published version"
        )
        _tell(run, f"{blueprint.name!r} {lacks}.")
        return
    told = _told(run, ended)
    accept_run(
        NewRow(
            events=[accepted_event(told, begins[0], "error", stand_ins={})],
            blueprint=blueprint,
            drawing=version.drawing,
            version=version,
            inputs=told,
            trigger="error",
            trigger_node=begins[0],
            by=None,
            key=error_run_id(run.pk),
            cause=Cause(run, depth=run.depth + 1, handles_error=True),
        )
    )


def _tell(run: Run, why: str) -> None:
    """Say at the run why nobody was told of its end.

    It is not tried again: whoever reads of an error hours later, when the cause has
    passed, would take it for a new one. The run can be repeated.
    """
    logger.error("No error blueprint was started for run %s: %s", run.pk, why)
    Run.objects.filter(pk=run.pk).update(unhandled=why)


def _told(run: Run, ended: str) -> dict[str, Any]:
    error = run.error or {}
    return {
        "run": str(run.pk),
        "blueprint": {
            "id": str(run.blueprint_id),
            "name": run.blueprint.name,
            "version": run.version.number if run.version else None,
        },
        "ended": ended,
        "error": error,
        "step": error.get("step"),
        "inputs": f"/api/runs/{run.pk}/",
        "link": f"{settings.CONDUCTOR_URL.rstrip('/')}/runs/{run.pk}/",
    }
