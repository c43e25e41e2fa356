"""Schedules and calendars in the admin: what comes next, pause, resume, run now, backfill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import person
from runner.models import Calendar, Schedule, ScheduleState
from runner.schedules import control
from runner.schedules.forms import BackfillForm, CalendarForm
from runner.schedules.summary import in_state, in_zone, schedule_summary, words_of, zone_name
from runner.triggers_admin import Switch, TriggerAdmin, by_state
from runner.webhooks import badges

if TYPE_CHECKING:
    CalendarModelAdmin = admin.ModelAdmin[Calendar]
else:
    CalendarModelAdmin = admin.ModelAdmin

MOST_AT_ONCE = 100  # schedules of which a run is started at once


@admin.register(Schedule)
class ScheduleAdmin(TriggerAdmin[Schedule]):
    """What starts runs at times. When it comes is drawn and published in the editor."""

    come_from = "Publish a blueprint with the trigger “Schedule”."
    moods = {
        ScheduleState.ON: "good",
        ScheduleState.PAUSED: "waits",
        ScheduleState.OVER: "",
        ScheduleState.DISABLED: "",
        ScheduleState.TROUBLE: "bad",
    }
    refused = control.ScheduleRefused
    change_form_template = "admin/schedules/schedule.html"
    list_display = ("name", "when", "state_", "next_", "last_", "count")
    list_filter = (by_state(ScheduleState, in_state), "blueprint")
    ordering = (F("next_at").asc(nulls_last=True), "pk")
    actions = (*TriggerAdmin.actions, "run_selected")
    switch = Switch(control.pause, control.resume)

    def moment_of(self, row: Schedule) -> SafeString | str:
        """Return the last time that has started, by the schedule's clocks."""
        return _clock(row, row.last_at)

    @admin.display(description="when")
    def when(self, schedule: Schedule) -> SafeString:
        """When it comes, in words, and in which zone."""
        return format_html(
            '{}<span class="c-why">{}</span>', words_of(schedule), zone_name(schedule)
        )

    @admin.display(description="next", ordering="next_at")
    def next_(self, schedule: Schedule) -> SafeString | str:
        """The next time."""
        return _clock(schedule, schedule.next_at)

    @admin.action(description="Run selected schedules now", permissions=["control"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        """Start a run of each."""
        if queryset.count() > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE} schedules are run at once."
            self.message_user(request, text, messages.ERROR)
            return
        self.each(request, queryset, *self.controls(request)["run"])

    def controls(self, request: HttpRequest) -> dict[str, tuple[Callable[[Schedule], object], str]]:
        """Return what can be done with one, and the word for what was done."""
        by = person(request)
        return {**super().controls(request), "run": (lambda it: control.run_now(it, by), "run")}

    # --- one schedule ----------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the address that backfills one."""
        view = self.admin_site.admin_view(self.backfill)
        name = "runner_schedule_backfill"
        return [path("<path:pk>/backfill/", view, name=name), *super().get_urls()]

    def backfill(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Say which times a range has, then start their runs."""
        row = self.controlled(request, pk)
        form = BackfillForm(zone_name(row), request.POST or None)
        found: control.Backfill | None = None
        if request.method == "POST" and form.is_valid():
            dry = "start" not in request.POST
            begin, end = form.cleaned_data["begin"], form.cleaned_data["end"]
            try:
                found = control.backfill(row, begin, end, person(request), dry=dry)
            except control.ScheduleRefused as error:
                form.add_error(None, str(error))
            else:
                if not dry:
                    count = f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"
                    self.log_change(request, row, f"Backfilled: {count}.")
                    self.message_user(request, f"{count} started.", messages.SUCCESS)
                    return redirect("admin:runner_schedule_change", row.pk)
        zone = zone_name(row)
        extra = {
            "form": form,
            "zone": zone,
            "found": found,
            "times": [in_zone(it, zone) for it in (found.times if found else [])],
        }
        return self.page_of(request, row, "admin/schedules/backfill.html", "Backfill", extra)

    def shown(self, request: HttpRequest, row: Schedule) -> dict[str, Any]:
        """Return what comes next and what it has started."""
        runs = self.latest_runs(row, "schedule")
        return {
            "shown": schedule_summary(row),
            "state": self.state_(row),
            "may_control": self.has_control_permission(request),
            "runs": [
                (run, badges.status(run), run.inputs.get("scheduled_for", "–")) for run in runs
            ],
        }


@admin.register(Calendar)
class CalendarAdmin(CalendarModelAdmin):
    """Days on which the schedules that name the calendar start nothing."""

    come_from = "Each is a list of days off for schedules."
    list_display = ("name", "days_", "used", "updated")
    search_fields = ("name", "days")
    form = CalendarForm
    # The name stays first where it cannot be changed.
    fields = ("name", "days")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while schedules go by it: they would start nothing any more."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not _users_of(obj))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no deletion of several, of which some may be in use."""
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the name of a calendar that drawings name."""
        return ("name",) if obj is not None and _users_of(obj) else ()

    @admin.display(description="days")
    def days_(self, calendar: Calendar) -> str:
        """How it begins."""
        lines = [line for line in calendar.days.splitlines() if line.strip()]
        more = f" … and {len(lines) - 3} more" if len(lines) > 3 else ""
        return ", ".join(lines[:3]) + more

    @admin.display(description="used by")
    def used(self, calendar: Calendar) -> str:
        """Whose schedules go by it."""
        names = sorted({row.blueprint.name for row in _users_of(calendar)})
        return ", ".join(names) or "–"


def _clock(schedule: Schedule, moment: datetime | None) -> SafeString | str:
    """Return a moment as the clocks of the schedule's zone show it."""
    if moment is None:
        return "–"
    shown = in_zone(moment, zone_name(schedule))
    text = shown[:19].replace("T", " ")
    return format_html('<time datetime="{}" title="{}">{}</time>', shown, shown, text)


def _users_of(calendar: Calendar) -> list[Schedule]:
    rows = Schedule.objects.select_related("blueprint")
    return [row for row in rows if calendar.name in (row.parameters.get("calendars") or [])]
