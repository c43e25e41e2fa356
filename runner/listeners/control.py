"""What people do with listeners: pause, resume, and replay what was set aside."""

from __future__ import annotations

import json

from django.contrib.auth.models import User
from django.db import transaction

from runner.actions.triggered import start_triggered
from runner.listeners.held import is_its_own_fault
from runner.listeners.keeping import let_go, locked
from runner.models import Listener, MessageAside, Run
from runner.schedules.clock import now


class ReplayRefused(Exception):
    """A message that was set aside starts no run; the message says why."""


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


@transaction.atomic
def replay(message: MessageAside, by: User | None) -> Run:
    """Start a run of what was set aside, of the version that is published now.

    Raises ReplayRefused where it was replayed, nothing is published that listens there, or it
    still cannot be accepted.
    """
    rows = MessageAside.objects.select_for_update(of=("self",))
    row = rows.select_related("blueprint__published").filter(pk=message.pk).first()
    if row is None or row.replayed is not None:
        raise ReplayRefused("It was replayed or deleted meanwhile.")
    blueprint = row.blueprint
    listens = Listener.objects.filter(blueprint=blueprint, node=row.node, kind=row.kind)
    if blueprint.published is None or not listens.exists():
        raise ReplayRefused(f"The published version has no node {row.node!r} that listens so.")
    try:
        with transaction.atomic():
            trigger = row.kind.removeprefix("trigger.")
            run = start_triggered(blueprint, row.node, trigger, json.loads(row.content), by=by)
    except Exception as error:
        if not is_its_own_fault(error):
            raise
        raise ReplayRefused(f"It still cannot be accepted: {error}") from None
    row.run, row.replayed = run, now()
    row.save(update_fields=["run", "replayed"])
    return run
