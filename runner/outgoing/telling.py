"""Tells endpoints how runs end, in the transaction that draws the consequences of the end."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q

from runner.calls.errors import ended_as
from runner.models import Endpoint, Run, RunStatus
from runner.outgoing.messages import keep

SWITCHES = {
    RunStatus.SUCCEEDED: "on_succeeded",
    RunStatus.FAILED: "on_failed",
    RunStatus.CANCELLED: "on_cancelled",
}


def tell_endpoints(run: Run) -> None:
    """Keep a message for each endpoint that is told of such an end.

    A run of a draft is a trial, and nobody is told of it.
    """
    if run.version_id is None:
        return
    switch = SWITCHES[RunStatus(run.status)]
    rows = Endpoint.objects.filter(
        Q(blueprint__isnull=True) | Q(blueprint=run.blueprint_id),
        owner=run.blueprint.owner_id,
        enabled=True,
        **{switch: True},
    )
    for endpoint in rows.order_by("pk"):
        kind = f"run.{run.status}"
        keep(endpoint, f"end:{run.pk}:{endpoint.pk}", kind, _told(run), run=run.pk)


def _told(run: Run) -> dict[str, Any]:
    """Return what is told of a run: neither inputs nor outputs, which may be secret or large."""
    succeeded = run.status == RunStatus.SUCCEEDED
    error = run.error or {}
    shown = {name: error[name] for name in ("code", "message", "step") if error.get(name)}
    base = settings.CONDUCTOR_URL.rstrip("/")
    return {
        "run": str(run.pk),
        "blueprint": {
            "id": str(run.blueprint_id),
            "name": run.blueprint.name,
            "version": run.version.number if run.version else None,
        },
        "status": str(run.status),
        "ended": "succeeded" if succeeded else ended_as(run),
        "trigger": run.trigger,
        "started": run.started.isoformat() if run.started else None,
        "finished": run.finished.isoformat() if run.finished else None,
        "error": shown or None,
        "api": f"{base}/api/runs/{run.pk}/",
        "link": f"{base}/runs/{run.pk}/",
    }
