"""See what starts runs at times, pause and resume it, start one now, make up for a range."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from conductor_site.command import CommandError, preparing, start_django
from conductor_site.command.triggers import NAMED, add_each, add_list, found, listed

if TYPE_CHECKING:
    from runner.models import Schedule

STATES = ("on", "paused", "over", "disabled", "trouble")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `schedules list|pause|resume|run|backfill`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add_list(actions, STATES, "list the schedules, with what comes next")
    each = {
        "pause": "have schedules start nothing",
        "resume": "have them start again what comes from now on",
        "run": "start a run of each now",
    }
    add_each(actions, "schedule", each)
    fill = actions.add_parser("backfill", help="start a run for each time of a range")
    fill.add_argument("schedule", help=NAMED)
    fill.add_argument("--from", dest="begin", required=True, metavar="MOMENT", help="its begin")
    fill.add_argument("--to", dest="end", metavar="MOMENT", help="its end (default: now)")
    fill.add_argument("--dry-run", action="store_true", help="only say which times there are")


def perform(options: argparse.Namespace) -> int:
    """Print what was asked for, or what was done."""
    start_django()
    from conductor_site.start import migrate
    from runner.schedules.control import ScheduleRefused

    with preparing():
        migrate()
    try:
        match options.action:
            case "list":
                _list(options)
            case "backfill":
                _backfill(options)
            case _:
                _each(options)
    except ScheduleRefused as error:
        raise CommandError(str(error)) from error
    return 0


def _list(options: argparse.Namespace) -> None:
    from runner.models import Schedule
    from runner.schedules.summary import in_state, schedule_summary

    for row, shown in listed(options, Schedule.objects, in_state, schedule_summary):
        when = shown["next"][0] if shown["next"] else "–"
        about = shown["error"] or f"{shown['words']} ({shown['time_zone']})"
        print(f"{shown['id'][:8]}  {shown['state']:<8}  {when:<25}  {row}: {about}")


def _each(options: argparse.Namespace) -> None:
    from runner.models import Schedule
    from runner.schedules import control

    # All of them are found before anything is done to the first.
    for row in [found(Schedule, word) for word in options.schedule]:
        if options.action == "run":
            print(f"{row}: run {control.run_now(row, None).pk}")
            continue
        changed = (control.pause if options.action == "pause" else control.resume)(row)
        print(f"{row}: {changed.state.value}")


def _backfill(options: argparse.Namespace) -> None:
    from runner.models import Schedule
    from runner.schedules import control
    from runner.schedules.clock import now

    row = found(Schedule, options.schedule)
    begin = _moment(row, options.begin)
    end = _moment(row, options.end) if options.end else now()
    made = control.backfill(row, begin, end, None, dry=options.dry_run)
    count = f"{len(made.times)} run{'' if len(made.times) == 1 else 's'}"
    span = f", from {made.times[0].isoformat()} to {made.times[-1].isoformat()}"
    verb = "would start" if options.dry_run else "started"
    print(f"{row}: {count} {verb}{span if made.times else ''}")


def _moment(row: Schedule, text: str) -> datetime:
    from datetime import UTC

    from runner.schedules.summary import zone_name
    from runner.timetable import moment_of

    try:
        return datetime.fromtimestamp(moment_of(text, zone_name(row)), UTC)
    except ValueError as error:
        raise CommandError(f"{error}.") from error
