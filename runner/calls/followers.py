"""Starts the blueprints that start after others."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from pydantic import ValidationError

from editor.models import Blueprint, BlueprintReference, ReferenceKind
from runner.actions.accept import Cause, NewRow, accept_run
from runner.actions.named import current_references
from runner.actions.rerun import accepted_event
from runner.journal.files import ValueLost
from runner.journal.spill import whole
from runner.models import Run, RunStatus, WaitingStart
from runner.nodes.blueprints import AfterParameters

logger = logging.getLogger(__name__)


def start_followers(run: Run) -> None:
    """Start what starts after the run's blueprint; a run of a draft is a trial, and starts none."""
    if run.version_id is None:
        return
    rows = current_references().filter(kind=ReferenceKind.AFTER, target=run.blueprint_id)
    for reference in rows.select_related("version__blueprint").order_by("pk"):
        _follow(reference, run)


def _follow(reference: BlueprintReference, run: Run) -> None:
    # Two ends at once take turns, so that one of them sees that all are there.
    locked = Blueprint.objects.select_for_update(of=("self",))
    follower = locked.select_related("owner", "published__drawing").get(
        pk=reference.version.blueprint_id
    )
    version = follower.published
    if version is None or version.pk != reference.version_id:
        return
    if not (follower.owner.is_superuser or follower.owner_id == run.blueprint.owner_id):
        return
    wanted = _wanted(version.drawing.document, reference.node)
    if wanted is None or wanted.ended not in ("any", run.status):
        return
    runs = [run] if wanted.wants == "any" else _complete(reference, wanted, run)
    if not runs:
        return
    told = {"runs": [_told(it) for it in runs]}
    names = ",".join(sorted(str(it.pk) for it in runs))
    accept_run(
        NewRow(
            events=[accepted_event(told, reference.node, "after", stand_ins={})],
            blueprint=follower,
            drawing=version.drawing,
            version=version,
            inputs=told,
            trigger="after",
            trigger_node=reference.node,
            by=None,
            key=uuid5(follower.pk, f"{reference.node}:{names}"),
            cause=Cause(run, handles_error=any(it.handles_error for it in runs)),
        )
    )


def _wanted(document: dict[str, Any], node: str) -> AfterParameters | None:
    try:
        return AfterParameters.model_validate(document["nodes"][node].get("parameters", {}))
    except (ValidationError, KeyError):
        logger.warning("The trigger %r cannot be used any more; it starts nothing", node)
        return None


def _complete(reference: BlueprintReference, wanted: AfterParameters, run: Run) -> list[Run]:
    """Take the run's end in; return the runs, in the order named, once all are there."""
    place: dict[str, Any] = {"blueprint": reference.version.blueprint, "node": reference.node}
    rows = WaitingStart.objects.filter(**place).select_related("run__blueprint")
    found = {row.after_id: row.run for row in rows}
    known = found.get(run.blueprint_id)
    # Ends become known in any order, such as after an outage of one worker: the last one counts.
    if known is None or _end_of(known) < _end_of(run):
        WaitingStart.objects.update_or_create(**place, after=run.blueprint, defaults={"run": run})
        found[run.blueprint_id] = run
    named = reference.version.references.filter(kind=ReferenceKind.AFTER, node=reference.node)
    order = list(named.order_by("pk").values_list("target_id", flat=True))
    if not set(order) <= found.keys():
        return []
    ends = [_end_of(found[key]) for key in order]
    if wanted.window is not None and max(ends) - min(ends) > timedelta(seconds=wanted.window):
        return []
    rows.delete()
    return [found[key] for key in order]


def _end_of(run: Run) -> datetime:
    assert run.finished is not None
    return run.finished


def _told(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.pk),
        "blueprint": run.blueprint.name,
        "status": str(run.status),
        "outputs": _outputs(run) if run.status == RunStatus.SUCCEEDED else None,
    }


def _outputs(run: Run) -> Any:
    try:
        return whole(run.pk, run.outputs)
    except ValueLost as error:
        logger.error("What follows run %s starts without its outputs: %s", run.pk, error)
        return None
