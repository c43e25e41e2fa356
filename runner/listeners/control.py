"""What people do with listeners: pause and resume."""

from __future__ import annotations

from django.db import transaction

from runner.listeners.keeping import let_go, locked
from runner.models import Listener


def pause(listener: Listener) -> Listener:
    """Have nobody listen until it is resumed; what comes meanwhile is as if no worker ran."""
    return _switch(listener, paused=True)


def resume(listener: Listener) -> Listener:
    """Have a worker listen again; what has failed is tried again at once."""
    return _switch(listener, paused=False)


@transaction.atomic
def _switch(listener: Listener, *, paused: bool) -> Listener:
    row: Listener = locked().select_related("blueprint").get(pk=listener.pk)
    if row.paused != paused or (row.error and not paused):
        row.paused = paused
        let_go(row)
        row.save()
    return row
