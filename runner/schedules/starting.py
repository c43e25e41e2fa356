"""Starts what is due: the run of each time is made in the transaction that ticks the time off.

So there is one run a time, however many workers look and whoever of them is killed.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import InterfaceError, InternalError, OperationalError, connection, transaction
from django.db.models import Min

from editor.models import Blueprint
from runner.actions.timetables import TimetableWrong, parameters_of, timetable_of
from runner.actions.triggered import start_triggered
from runner.actions.writing import together
from runner.models import Run, Schedule
from runner.nodes.schedule import told
from runner.schedules.clock import Watch, delay_of, now
from runner.schedules.keeping import locked
from runner.timetable import GRACE, Taken, take

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks where nothing is known to be due before
SHORTEST = 0.02  # seconds between two looks where others are at work on what is due
# Schedules that are started in one transaction. Their runs begin when it ends, and then share the
# processor and the database with it: fewer would keep those waiting that come after them.
MOST_SCHEDULES = 250
MOST_RUNS = 20  # runs that one schedule starts in it
TICKED = ("last_run", "last_at", "count", "error", "next_at", "due_at", "updated")
AGAIN = timedelta(seconds=30)  # until a schedule that could not start is tried again
_watch = Watch()


def start_due(stop: threading.Event) -> float:
    """Start all that is due; return the seconds until the next look."""
    while not stop.is_set():
        moment = now()
        _watch.look(moment)
        due = Schedule.objects.filter(due_at__lte=moment).order_by("due_at")
        found = dict(due.values_list("pk", "blueprint_id")[:MOST_SCHEDULES])
        if not found:
            return _until_next(moment)
        if not _start(found, moment):
            return SHORTEST
    return LOOK


def _until_next(moment: datetime) -> float:
    """Return the seconds until the next schedule is due, or the next look at what has changed."""
    coming = Schedule.objects.filter(due_at__isnull=False).aggregate(first=Min("due_at"))["first"]
    if coming is None:
        return LOOK
    left: float = (coming - moment).total_seconds()
    return min(LOOK, max(0.0, left) + 0.001)


@transaction.atomic
def _start(found: dict[UUID, UUID], moment: datetime) -> int:
    """Start what is due of these schedules; return of how many. Others are being started."""
    # Whoever publishes or deletes locks the blueprint first, so here nobody waits for anybody.
    free = Blueprint.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    free = free.defer("draft")
    blueprints = {
        it.pk: it
        for it in free.filter(pk__in=set(found.values())).select_related("published").order_by("pk")
    }
    keys = [key for key, blueprint in found.items() if blueprint in blueprints]

    def due() -> list[Schedule]:
        rows: list[Schedule] = list(locked().filter(pk__in=keys, due_at__lte=moment))
        for row in rows:
            row.blueprint = blueprints[row.blueprint_id]
        return rows

    try:
        return _start_all(due(), moment)
    except (OperationalError, InternalError, InterfaceError):
        raise
    except Exception:
        logger.info("One of %s schedules cannot be started with the others", len(keys))
    rows = due()
    for row in rows:
        try:
            _start_all([row], moment)
        except (OperationalError, InternalError, InterfaceError):
            raise
        except Exception:
            # Its time is not ticked off, and the others need not wait for it.
            logger.exception("The schedule %s cannot start its run; tried again", row.pk)
            told = "Its run could not be started; the log says why."
            Schedule.objects.filter(pk=row.pk).update(error=told, due_at=moment + AGAIN)
    return len(rows)


@transaction.atomic
def _start_all(schedules: list[Schedule], moment: datetime) -> int:
    """Start what is due of these schedules and tick it off, or nothing at all."""
    with together():
        for schedule in schedules:
            _start_one(schedule, moment)
    tick_off(schedules)
    return len(schedules)


def _start_one(schedule: Schedule, moment: datetime) -> None:
    """Start what is due of a schedule; what is set of it is not saved."""
    assert schedule.next_at is not None
    version = schedule.blueprint.published
    if version is None:
        schedule.next_at = schedule.due_at = None
        return
    try:
        taken = _taken(schedule, schedule.next_at, moment)
    except TimetableWrong as error:
        schedule.error, schedule.next_at, schedule.due_at = str(error), None, None
        return
    _tell_missed(schedule, schedule.next_at, moment)
    previous = schedule.last_at
    for it in taken.due:
        schedule.last_run = start_for(
            schedule, it.time, moment, "schedule", missed=it.missed, previous=previous
        )
        schedule.count += 1
        schedule.last_at = previous = it.time
    schedule.error, schedule.next_at = "", taken.next
    schedule.due_at = None if taken.next is None else taken.next + _delay(schedule, taken.next)


def tick_off(schedules: list[Schedule]) -> None:
    """Save what is set of these schedules by what they have started."""
    fields: list[Any] = [Schedule._meta.get_field(name) for name in (*TICKED, "id")]
    columns = ", ".join(f"{connection.ops.quote_name(it.column)} = %s" for it in fields[:-1])
    table = connection.ops.quote_name(Schedule._meta.db_table)
    values = [
        [it.get_db_prep_save(it.pre_save(row, add=False), connection) for it in fields]
        for row in schedules
    ]
    with connection.cursor() as cursor:
        # One statement for all: a query of Django's for each takes as long as all else.
        cursor.executemany(
            f"UPDATE {table} SET {columns} WHERE id = %s",  # noqa: S608
            values,
        )


def _tell_missed(schedule: Schedule, first: datetime, moment: datetime) -> None:
    """Say once in the log that times have passed; many of them are started bit by bit."""
    late = moment - first - _delay(schedule, first)
    if late > GRACE and moment - schedule.updated > GRACE:
        missed = parameters_of(schedule.parameters).missed
        logger.warning(
            "The schedule %s was missed from %s on; of what was missed it starts now: %s",
            schedule.pk,
            first.isoformat(timespec="seconds"),
            {"none": "nothing", "last": "the last"}.get(missed, missed),
        )


def _taken(schedule: Schedule, first: datetime, moment: datetime) -> Taken:
    parameters = parameters_of(schedule.parameters)
    return take(
        timetable_of(parameters),
        first,
        moment,
        parameters.missed,
        partial(_delay, schedule),
        parameters.longest_delay,
        MOST_RUNS,
    )


def _delay(schedule: Schedule, time: datetime) -> timedelta:
    longest = timedelta(seconds=schedule.parameters.get("jitter", 0))
    return delay_of(schedule.pk, time, longest)


def start_for(
    schedule: Schedule,
    time: datetime,
    moment: datetime,
    reason: Literal["schedule", "now", "backfill"],
    *,
    missed: bool = False,
    previous: datetime | None = None,
    index: int | None = None,
    by: User | None = None,
) -> Run:
    """Accept the run of one time of a schedule, of the version that is published.

    Raises AssertionError where none is: whoever calls has looked.
    """
    inputs = told(
        time,
        moment,
        reason,
        zone=schedule.parameters.get("time_zone", "UTC"),
        missed=missed,
        index=schedule.count if index is None else index,
        previous=previous,
    )
    return start_triggered(schedule.blueprint, schedule.node, "schedule", inputs, by=by)
