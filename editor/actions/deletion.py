"""Delete a blueprint."""

from __future__ import annotations

from django.db import transaction

from editor.models import Blueprint
from runner.models import Run, RunStatus

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


class BlueprintRuns(Exception):
    """The blueprint cannot be deleted while runs of it go on."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        count = "A run" if runs == 1 else f"{runs} runs"
        verb = "goes" if runs == 1 else "go"
        super().__init__(f"{count} of this blueprint still {verb} on. Cancel first, then delete.")


def delete_blueprint(blueprint: Blueprint) -> None:
    """Delete the blueprint with its versions, runs and webhooks.

    Raises BlueprintRuns where one of its runs has not ended; nothing is deleted then.
    """
    with transaction.atomic():
        # The lock holds off runs that would start at this moment.
        row = Blueprint.objects.select_for_update(of=("self",)).get(pk=blueprint.pk)
        live = Run.objects.filter(blueprint=row, status__in=LIVE).count()
        if live:
            raise BlueprintRuns(live)
        row.delete()
