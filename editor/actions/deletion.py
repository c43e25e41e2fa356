"""Delete a blueprint."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from editor.actions.usage import used_by
from editor.models import Blueprint
from editor.together.news import announce_end
from runner.models import Run, RunStatus

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


class BlueprintRuns(Exception):
    """The blueprint cannot be deleted while runs of it go on."""

    def __init__(self, runs: int) -> None:
        self.runs = runs
        count = "A run" if runs == 1 else f"{runs} runs"
        verb = "goes" if runs == 1 else "go"
        super().__init__(f"{count} of this blueprint still {verb} on. Cancel first, then delete.")


class BlueprintUsed(Exception):
    """The blueprint cannot be deleted unasked while others use it."""

    def __init__(self, names: list[str], others: int) -> None:
        self.names = names
        more = [f"{others} of other people"] if others else []
        super().__init__(
            f"This blueprint is used by {', '.join([*names, *more])}, which will fail without it. "
            "Take it out there first, or delete it all the same (even_if_used)."
        )


def delete_blueprint(blueprint: Blueprint, by: User, *, even_if_used: bool = False) -> None:
    """Delete the blueprint with its versions, runs, webhooks and schedules.

    Raises BlueprintRuns where one of its runs has not ended, and BlueprintUsed where
    a published version of another names it; nothing is deleted then.
    """
    with transaction.atomic():
        # The lock holds off runs that would start at this moment.
        row = Blueprint.objects.select_for_update(of=("self",)).get(pk=blueprint.pk)
        live = Run.objects.filter(blueprint=row, status__in=LIVE).count()
        if live:
            raise BlueprintRuns(live)
        if not even_if_used:
            users, others = used_by(row, by)
            if users or others:
                raise BlueprintUsed(sorted({repr(user.name) for user in users}), others)
        blueprint_id = row.pk
        row.delete()
        transaction.on_commit(lambda: announce_end(blueprint_id), robust=True)
