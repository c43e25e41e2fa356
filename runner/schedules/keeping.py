"""Keeps the rows of schedules in step with what is published, and with calendars."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from editor.models import Blueprint
from runner.actions.timetables import TimetableWrong, parameters_of, timetable_of
from runner.graph import Document
from runner.models import Schedule
from runner.nodes.schedule import KIND
from runner.schedules.clock import delay_of, now

# A clock that was set back a little must not start a time twice; one that was days ahead must not
# hold a schedule up until then.
SET_BACK = timedelta(days=1)


def keep_in_step(blueprint: Blueprint, document: Document) -> None:
    """Have the blueprint's schedules be those of a version that is being published.

    A schedule that is published as it was goes on as if nothing had happened.
    """
    nodes = {name: node for name, node in document.nodes.items() if node.kind == KIND}
    rows = {row.node: row for row in locked().filter(blueprint=blueprint)}
    for name, row in rows.items():
        if name not in nodes:
            row.delete()
    for name, node in nodes.items():
        given = dict(node.parameters)
        enabled = not node.settings.disabled
        found = rows.get(name)
        same = found is not None and (found.parameters, found.enabled) == (given, enabled)
        if found is not None and same and (found.next_at is not None or found.paused):
            continue
        row = found or Schedule(blueprint=blueprint, node=name)
        row.parameters, row.enabled = given, enabled
        plan_next(row, now())
        row.save()


def locked() -> Any:
    """Return the schedules, each locked by whoever reads it in a transaction."""
    return Schedule.objects.select_for_update(of=("self",)).order_by("pk")


def plan_next(schedule: Schedule, moment: datetime) -> None:
    """Set what comes next from a moment on; nothing where the schedule is off. Does not save it."""
    last = schedule.last_at
    after = max(moment, last) if last and last - moment < SET_BACK else moment
    schedule.error, schedule.next_at, schedule.due_at = "", None, None
    if not schedule.enabled or schedule.paused:
        return
    try:
        parameters = parameters_of(schedule.parameters)
        time = timetable_of(parameters).next(after)
    except TimetableWrong as error:
        schedule.error = str(error)
        return
    schedule.next_at = time
    if time is not None:
        schedule.due_at = time + delay_of(schedule.pk, time, parameters.longest_delay)


@transaction.atomic
def calendar_changed(**_: Any) -> None:
    """Plan anew what goes by calendars, which change seldom."""
    moment = now()
    for row in locked():
        # What is due already is started first, and planned on with the calendar as it is then.
        if row.parameters.get("calendars") and not (row.next_at and row.next_at <= moment):
            plan_next(row, moment)
            row.save()


def listen_to_calendars() -> None:
    """Plan anew whenever a calendar changes."""
    for signal in (post_save, post_delete):
        signal.connect(
            calendar_changed, sender="runner.Calendar", dispatch_uid="conductor.schedules"
        )
