"""What people do with schedules: pause, resume, start now, make up for a range, see what comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.contrib.auth.models import User
from django.db import transaction

from editor.models import Blueprint
from runner.actions.timetables import TimetableWrong, parameters_of, timetable_of
from runner.models import Run, Schedule
from runner.schedules.clock import now
from runner.schedules.keeping import locked, plan_next
from runner.schedules.starting import start_for
from runner.timetable import Timetable

SHOWN = 5  # next times that are shown
MOST_BACKFILLED = 1_000  # runs that a backfill starts at once


class ScheduleRefused(Exception):
    """What was asked of a schedule cannot be done; `code` says why, for scripts."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill: the times that it starts, and its runs, none where it was only asked about."""

    times: list[datetime]
    runs: list[Run]


def pause(schedule: Schedule) -> Schedule:
    """Have it start nothing until it is resumed; what comes meanwhile is not made up for."""
    return _switch(schedule, paused=True)


def resume(schedule: Schedule) -> Schedule:
    """Have it start again what comes from now on."""
    return _switch(schedule, paused=False)


@transaction.atomic
def _switch(schedule: Schedule, *, paused: bool) -> Schedule:
    row: Schedule = locked().select_related("blueprint").get(pk=schedule.pk)
    if row.paused != paused:
        row.paused = paused
        plan_next(row, now())
        row.save()
    return row


@transaction.atomic
def run_now(schedule: Schedule, by: User | None) -> Run:
    """Start a run for this moment; its times come as if nothing had happened.

    Raises ScheduleRefused where nothing is published any more.
    """
    row = _published(schedule)
    moment = now()
    return start_for(row, moment, moment, "now", previous=row.last_at, by=by)


@transaction.atomic
def backfill(
    schedule: Schedule, begin: datetime, end: datetime, by: User | None, *, dry: bool = False
) -> Backfill:
    """Start a run for each time from `begin` to `end`, or only say which there would be (`dry`).

    All or none are started. Raises ScheduleRefused where the range is none, in the future, or
    has too many times.
    """
    row = _published(schedule)
    moment = now()
    if end < begin:
        raise ScheduleRefused("bad_range", "The range ends before it begins.")
    if end > moment:
        said = f"The range must be over by now, which is {moment.isoformat(timespec='seconds')}."
        raise ScheduleRefused("bad_range", said)
    table = _timetable(row)
    times = list(islice(table.between(begin, end), MOST_BACKFILLED + 1))
    if len(times) > MOST_BACKFILLED:
        raise ScheduleRefused(
            "too_many_runs",
            f"That would be more than {MOST_BACKFILLED:,} runs, which start at once. The first "
            f"{MOST_BACKFILLED:,} end at {times[-2].isoformat()}; give a shorter range.",
        )
    if dry:
        return Backfill(times, [])
    earlier: list[datetime | None] = [None, *times[:-1]]
    runs = [
        start_for(row, time, moment, "backfill", previous=previous, index=index, by=by)
        for index, (time, previous) in enumerate(zip(times, earlier, strict=False))
    ]
    return Backfill(times, runs)


def next_times(schedule: Schedule, count: int = SHOWN) -> list[datetime]:
    """Return the times that come next, in UTC; none of a schedule that is off."""
    if schedule.next_at is None:
        return []
    try:
        table = _timetable(schedule)
    except ScheduleRefused:
        return []
    return [schedule.next_at, *table.following(schedule.next_at, count - 1)]


def _timetable(schedule: Schedule) -> Timetable:
    try:
        return timetable_of(parameters_of(schedule.parameters))
    except TimetableWrong as error:
        raise ScheduleRefused("schedule_wrong", str(error)) from error


def _published(schedule: Schedule) -> Schedule:
    # The lock holds off whoever publishes or deletes at this moment.
    rows = Blueprint.objects.select_for_update(no_key=True, of=("self",))
    blueprint = rows.select_related("published").get(pk=schedule.blueprint_id)
    row: Schedule = Schedule.objects.get(pk=schedule.pk)
    row.blueprint = blueprint
    if blueprint.published is None:
        raise ScheduleRefused("not_published", "The blueprint is not published any more.")
    return row
