"""When schedules come: cron, intervals, zones and days off; knows no node, no row and no clock."""

from __future__ import annotations

from runner.timetable.cron import Cron
from runner.timetable.days import DaysOff
from runner.timetable.due import GRACE, MOST_MADE_UP, Due, Missed, Taken, take
from runner.timetable.moments import moment_of, zone_of
from runner.timetable.table import Timetable

__all__ = [
    "GRACE",
    "MOST_MADE_UP",
    "Cron",
    "DaysOff",
    "Due",
    "Missed",
    "Taken",
    "Timetable",
    "moment_of",
    "take",
    "zone_of",
]
