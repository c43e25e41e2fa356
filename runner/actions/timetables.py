"""The timetables of schedules: what their nodes say, with the calendars that the operator keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from pydantic import ValidationError

from runner.graph import Document, Problem
from runner.graph.wording import did_you_mean, wrongs
from runner.models import Calendar
from runner.nodes.schedule import KIND, ScheduleParameters
from runner.timetable import Timetable

MOST_TOLD = 20  # names of calendars in a sentence
MOST_NEAR = 1000  # names among which a near one is looked for


class TimetableWrong(ValueError):
    """A schedule cannot be: `parameter` is the one that is wrong."""

    def __init__(self, message: str, parameter: str) -> None:
        self.parameter = parameter
        super().__init__(message)


def parameters_of(given: Mapping[str, Any]) -> ScheduleParameters:
    """Return a schedule's parameters as its node has them. Raises TimetableWrong."""
    try:
        return ScheduleParameters.model_validate(dict(given))
    except ValidationError as error:
        wrong = wrongs(error, given)[0]
        message = f"The parameter {wrong.place!r} is wrong: {wrong.sentence}."
        raise TimetableWrong(message, wrong.place) from None


def timetable_of(parameters: ScheduleParameters) -> Timetable:
    """Return when a schedule comes. Raises TimetableWrong where it lacks a time or a calendar."""
    if not (parameters.cron or parameters.every):
        raise TimetableWrong("One of the parameters 'cron' or 'every' must be set.", "cron")
    if not parameters.calendars:
        return parameters.timetable({})
    kept = {it.name: it for it in Calendar.objects.filter(name__in=parameters.calendars)}
    for name in parameters.calendars:
        if name not in kept:
            raise TimetableWrong(_no_calendar(name), "calendars")
    try:
        return parameters.timetable({name: it.days_off for name, it in kept.items()})
    except ValueError as error:
        # Written by hand, past the admin's form.
        raise TimetableWrong(f"A calendar cannot be read: {error}", "calendars") from None


def _no_calendar(name: str) -> str:
    known = list(Calendar.objects.order_by("name").values_list("name", flat=True)[:MOST_NEAR])
    if not name.strip():
        told = "A calendar has no name here. Choose one, or remove the row."
    else:
        told = f"There is no calendar {name!r}.{did_you_mean(name, known)}"
    more = ", …" if len(known) > MOST_TOLD else ""
    kept = f"There are: {', '.join(known[:MOST_TOLD])}{more}." if known else "There are none yet."
    return f"{told} {kept} Whoever runs this site makes them in the admin, under Calendars."


def _unknown_calendars(name: str, parameters: ScheduleParameters) -> list[Problem]:
    """Return a problem for each calendar that is not kept, at its place in the list."""
    wanted = parameters.calendars
    kept = set(Calendar.objects.filter(name__in=wanted).values_list("name", flat=True))
    return [
        Problem("unknown_calendar", _no_calendar(it), name, parameter="calendars", place=(at,))
        for at, it in enumerate(wanted)
        if it not in kept
    ]


def schedule_problems(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with schedules of which each parameter for itself is right."""
    for name, node in document.nodes.items():
        if node.kind != KIND or node.settings.disabled:
            continue
        try:
            parameters = parameters_of(node.parameters)
        except TimetableWrong:
            continue  # told by the validation of parameters
        # Told before it is said when it comes: whoever draws may name the calendars first.
        if unknown := _unknown_calendars(name, parameters) if parameters.calendars else []:
            yield from unknown
            continue
        if not (parameters.cron or parameters.every):
            continue
        try:
            table = timetable_of(parameters)
        except TimetableWrong as error:
            yield Problem("unknown_calendar", str(error), node=name, parameter=error.parameter)
            continue
        now = timezone.now()
        if table.next(now) is not None:
            continue
        if table.end is not None and table.end < now:
            said = f"It has ended ({parameters.end}) and starts nothing. Move its end, or clear it."
            yield Problem("schedule_over", said, name, parameter="end", severity="warning")
        else:
            said = (
                "It never comes: all its times are on days that are left out, or not between its "
                "begin and its end. Leave fewer days out, or change when it comes."
            )
            place = "end" if parameters.end else "skip_weekdays"
            yield Problem("schedule_never", said, name, parameter=place)
