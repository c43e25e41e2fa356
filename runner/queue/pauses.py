"""Whether a run's debugger holds it, as its row says: told by its worker after its journal."""

from __future__ import annotations

from uuid import UUID

from runner.engine.state import RunState
from runner.journal.announcements import Committed
from runner.models import Run


def is_paused(state: RunState) -> bool:
    """Say whether the debugger holds a run that stands like this."""
    return state.status is None and state.debug is not None and state.debug.paused


def show(run: UUID, epoch: int, *, paused: bool) -> list[Committed]:
    """Have the row say whether the run is paused; returns the news, if that is any."""
    rows = Run.objects.filter(pk=run, epoch=epoch).exclude(paused=paused)
    if not rows.update(paused=paused):
        return []
    blueprint = Run.objects.values_list("blueprint", flat=True).get(pk=run)
    return [Committed(str(run), str(blueprint), 0, 0, "[]", status_changed=True)]
