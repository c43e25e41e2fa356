"""The trigger that starts runs at times: when, in which zone, and what becomes of missed ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from runner.engine.node import Step
from runner.graph.literals import LITERAL
from runner.graph.titles import titled
from runner.nodes.starting import shown, starts_runs
from runner.timetable import Cron, DaysOff, Missed, Timetable, moment_of, zone_of

KIND = "trigger.schedule"
YEAR = 31_622_400  # seconds: 366 days
MOST_DATES = 400

Weekday = Annotated[
    Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    Field(
        json_schema_extra=titled(
            mon="Monday",
            tue="Tuesday",
            wed="Wednesday",
            thu="Thursday",
            fri="Friday",
            sat="Saturday",
            sun="Sunday",
        )
    ),
]
CalendarName = Annotated[str, Field(json_schema_extra={"widget": "calendar"})]


class ScheduleParameters(BaseModel):
    """When runs start. The drawing itself says it: nothing here is computed."""

    model_config = ConfigDict(extra="forbid")
    needs_one_of: ClassVar[tuple[str, ...]] = ("cron", "every")

    cron: str = Field(
        default="",
        max_length=200,
        title="Cron",
        description="Minute, hour, day of the month, month, day of the week; or six fields with "
        "the seconds first; or @hourly, @daily, @weekly, @monthly, @yearly.",
        json_schema_extra=shown("e.g. 0 9 * * MON-FRI", widget="cron"),
    )
    every: int | None = Field(
        default=None,
        ge=1,
        le=YEAR,
        title="Or every",
        description="A true interval, whatever clocks show: 46800 is every 13 hours.",
        json_schema_extra=shown("e.g. 15 min, 13 h, 2 days", widget="duration"),
    )
    time_zone: str = Field(
        default="UTC",
        title="Time zone",
        description="Whose clocks and days are meant.",
        json_schema_extra=shown(widget="zone"),
    )
    anchor: str = Field(
        default="",
        title="Counted from",
        description="A moment at which the interval comes. Where empty: that from which it holds, "
        "or else midnight of 1970-01-01 in the zone.",
        json_schema_extra=shown(widget="moment"),
    )
    begin: str = Field(
        default="",
        title="Not before",
        description="From when it holds.",
        json_schema_extra=shown(widget="moment"),
    )
    end: str = Field(
        default="",
        title="Not after",
        description="Until when it holds; a date alone means its beginning.",
        json_schema_extra=shown(widget="moment"),
    )
    skip_weekdays: list[Weekday] = Field(
        default_factory=list,
        max_length=6,
        title="Not on weekdays",
        json_schema_extra=LITERAL,
    )
    skip_dates: list[str] = Field(
        default_factory=list,
        max_length=MOST_DATES,
        title="Not on dates",
        description="Such as 2027-12-24, 2027-12-24/2028-01-01, or 12-25 for each year.",
        json_schema_extra=LITERAL,
    )
    calendars: list[CalendarName] = Field(
        default_factory=list,
        max_length=20,
        title="Not on days of calendars",
        description="Names of calendars that the operator keeps.",
        json_schema_extra=LITERAL,
    )
    jitter: int = Field(
        default=0,
        ge=0,
        le=86_400,
        title="Jitter",
        description="Each time starts up to so many seconds later, so that not all start at once.",
        json_schema_extra=shown(widget="duration"),
    )
    missed: Missed = Field(
        default="last",
        title="Missed ones",
        description="What starts of the times that passed while nothing ran: none, the last one, "
        "or all (at most the last 1,000).",
        json_schema_extra={**LITERAL, **titled(last="The last one")},
    )

    @field_validator("cron")
    @classmethod
    def _comes(cls, text: str) -> str:
        if text:
            Cron.read(text)
        return text

    @field_validator("every")
    @classmethod
    def _is_the_only_one(cls, every: int | None, info: ValidationInfo) -> int | None:
        if every is not None and info.data.get("cron"):
            raise ValueError("either 'cron' or 'every' says when; take one of them out")
        return every

    @field_validator("time_zone")
    @classmethod
    def _is_a_place(cls, name: str) -> str:
        zone_of(name)
        return name

    @field_validator("anchor", "begin", "end")
    @classmethod
    def _is_a_moment(cls, text: str, info: ValidationInfo) -> str:
        if text:
            zone = info.data.get("time_zone", "UTC")  # where that is wrong, the text may be, too
            moment = moment_of(text, zone)
            begin = info.data.get("begin") if info.field_name == "end" else None
            if begin and moment < moment_of(begin, zone):
                raise ValueError(f"it ends before it begins ({begin})")
        return text

    @field_validator("skip_weekdays")
    @classmethod
    def _leaves_a_day(cls, days: list[Weekday]) -> list[Weekday]:
        return list(dict.fromkeys(days))

    @field_validator("skip_dates")
    @classmethod
    def _are_days(cls, dates: list[str]) -> list[str]:
        DaysOff.read(dates)
        return dates

    @property
    def longest_delay(self) -> timedelta:
        """How long after its time a run starts at most."""
        return timedelta(seconds=self.jitter)

    def timetable(self, calendars: Mapping[str, DaysOff]) -> Timetable:
        """Return when it comes. Raises KeyError where one of its calendars is not there."""
        off = DaysOff.read(self.skip_dates, self.skip_weekdays)
        for name in self.calendars:
            off |= calendars[name]
        begin = self._moment(self.begin)
        return Timetable(
            zone=zone_of(self.time_zone),
            cron=Cron.read(self.cron) if self.cron else None,
            every=self.every or 0,
            anchor=self._moment(self.anchor) or begin or self._since("1970-01-01"),
            begin=begin,
            end=self._moment(self.end),
            days_off=off,
        )

    @property
    def words(self) -> str:
        """When it comes, in English, without the days off: `At 09:00 on Monday`."""
        if self.cron:
            return Cron.read(self.cron).words
        return f"Every {_span(self.every or 0)}"

    def _moment(self, text: str) -> datetime | None:
        return self._since(text) if text else None

    def _since(self, text: str) -> datetime:
        return datetime.fromtimestamp(moment_of(text, self.time_zone) // 1, UTC)


def _span(seconds: int) -> str:
    parts = []
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    if parts[1:]:
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
    return parts[0].removeprefix("1 ") if parts else "0 seconds"


TOLD = {
    "scheduled_for": "2027-03-29T09:00:00+02:00",
    "started": "2027-03-29T09:00:00+02:00",
    "late": 0.0,
    "missed": False,
    "reason": "schedule",
    "index": 17,
    "previous": "2027-03-26T09:00:00+01:00",
    "time_zone": "Europe/Berlin",
}


@starts_runs(
    KIND,
    title="Schedule",
    icon="calendar-clock",
    known_as=("cron", "timer", "interval", "every", "clock", "inject"),
    parameters=ScheduleParameters,
    emits="scheduled_for, started (the zone's time), late (seconds), missed, reason "
    "(schedule, now, backfill or by_hand), index (how many came before), previous, "
    "time_zone",
    examples=(
        (
            "At nine on workdays, in Berlin",
            {"cron": "0 9 * * MON-FRI", "time_zone": "Europe/Berlin"},
            TOLD,
        ),
        (
            "Every 13 hours, days off apart, all that were missed",
            {"every": 46_800, "skip_dates": ["12-25"], "missed": "all"},
            {**TOLD, "missed": True, "late": 7200.0},
        ),
    ),
)
def schedule(step: Step) -> Any:
    """Start runs at times, by cron or a true interval; emits for when the run was meant.

    A run that is started by hand is meant for the moment at which it starts.
    """
    parameters: ScheduleParameters = step.parameters
    if step.trigger:
        return step.trigger
    began = datetime.fromtimestamp(step.started, zone_of(parameters.time_zone))
    return told(began, began, "by_hand", zone=parameters.time_zone)


def told(
    time: datetime,
    started: datetime,
    reason: Literal["schedule", "now", "backfill", "by_hand"],
    *,
    zone: str,
    missed: bool = False,
    index: int = 0,
    previous: datetime | None = None,
) -> dict[str, Any]:
    """Return what a run is started with that is meant for a time."""
    place = zone_of(zone)

    def shown(moment: datetime) -> str:
        return moment.astimezone(place).isoformat(timespec="seconds")

    return {
        "scheduled_for": shown(time),
        "started": shown(started),
        "late": round(max(0.0, (started - time).total_seconds()), 3),
        "missed": missed,
        "reason": reason,
        "index": index,
        "previous": shown(previous) if previous is not None else None,
        "time_zone": zone,
    }
