"""A schedule as the API, the command line and the admin show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from runner.actions.timetables import TimetableWrong, parameters_of, timetable_of
from runner.models import Schedule, ScheduleState
from runner.schedules.clock import now
from runner.schedules.control import SHOWN, next_times
from runner.timetable import zone_of


def schedule_summary(schedule: Schedule) -> dict[str, Any]:
    """Return what is known of a schedule, its times as its zone has them."""
    zone = zone_name(schedule)
    return {
        "id": str(schedule.pk),
        "blueprint": str(schedule.blueprint_id),
        "blueprint_name": schedule.blueprint.name,
        "node": schedule.node,
        "state": schedule.state.value,
        "error": schedule.error,
        "words": words_of(schedule),
        "time_zone": zone,
        "parameters": schedule.parameters,
        "next": [in_zone(it, zone) for it in next_times(schedule)],
        "last": in_zone(schedule.last_at, zone) if schedule.last_at else None,
        "last_run": str(schedule.last_run_id) if schedule.last_run_id else None,
        "count": schedule.count,
    }


def words_of(schedule: Schedule) -> str:
    """Return when a schedule comes, in English; empty where it cannot be read any more."""
    try:
        return parameters_of(schedule.parameters).words
    except TimetableWrong:
        return ""


def zone_name(schedule: Schedule) -> str:
    """Return the name of a schedule's zone."""
    return str(schedule.parameters.get("time_zone", "UTC"))


def in_zone(moment: datetime, zone: str) -> str:
    """Return a moment as the clocks of a zone show it, with their distance to UTC."""
    try:
        place = zone_of(zone)
    except ValueError:
        # It was a zone when it was published; this machine does not know it.
        return moment.isoformat(timespec="seconds")
    return moment.astimezone(place).isoformat(timespec="seconds")


def in_state(rows: QuerySet[Schedule], state: str) -> QuerySet[Schedule]:
    """Return those of the schedules that stand so."""
    on = Q(enabled=True, error="")
    match ScheduleState(state):
        case ScheduleState.DISABLED:
            return rows.filter(enabled=False)
        case ScheduleState.TROUBLE:
            return rows.filter(enabled=True).exclude(error="")
        case ScheduleState.PAUSED:
            return rows.filter(on, paused=True)
        case ScheduleState.OVER:
            return rows.filter(on, paused=False, next_at=None)
        case ScheduleState.ON:
            return rows.filter(on, paused=False, next_at__isnull=False)


def foresee(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return when a schedule with such parameters would come, or what is wrong with them."""
    shown: dict[str, Any] = {"words": "", "time_zone": "UTC", "next": [], "error": None}
    try:
        read = parameters_of(parameters)
        table = timetable_of(read)
    except TimetableWrong as error:
        return {**shown, "error": {"parameter": error.parameter, "message": str(error)}}
    times = table.following(now(), SHOWN)
    return {
        **shown,
        "words": read.words,
        "time_zone": read.time_zone,
        "next": [in_zone(it, read.time_zone) for it in times],
    }
