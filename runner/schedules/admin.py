"""Schedules and calendars in the admin: what comes next, pause, resume, run now, backfill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.models import Calendar, Run, Schedule, ScheduleState
from runner.read_only import ReadOnly
from runner.schedules import control
from runner.schedules.forms import BackfillForm, CalendarForm
from runner.schedules.summary import in_state, in_zone, schedule_summary, words_of, zone_name
from runner.webhooks import badges

if TYPE_CHECKING:
    ScheduleModelAdmin = admin.ModelAdmin[Schedule]
    CalendarModelAdmin = admin.ModelAdmin[Calendar]
else:
    ScheduleModelAdmin = CalendarModelAdmin = admin.ModelAdmin

MOODS = {
    ScheduleState.ON: "good",
    ScheduleState.PAUSED: "waits",
    ScheduleState.OVER: "",
    ScheduleState.DISABLED: "",
    ScheduleState.TROUBLE: "bad",
}
MOST_AT_ONCE = 100  # schedules of which a run is started at once
SHOWN_RUNS = 10


def state_badge(schedule: Schedule) -> SafeString:
    """Return where a schedule stands."""
    return badges.badge(schedule.state.value, MOODS[schedule.state], schedule.error)


class StateFilter(admin.SimpleListFilter):
    """Schedules by where they stand."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(it.value, it.value.capitalize()) for it in ScheduleState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> QuerySet[Schedule]:
        """Return those that stand so."""
        chosen = self.value()
        known = chosen in ScheduleState.values
        return in_state(queryset, str(chosen)) if known else queryset


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly, ScheduleModelAdmin):
    """What starts runs at times. When it comes is drawn and published in the editor."""

    change_form_template = "admin/schedules/schedule.html"
    list_display = ("name", "when", "state_", "next_", "last_", "count")
    list_display_links = ("name",)
    list_filter = (StateFilter, "blueprint")
    list_select_related = ("blueprint", "last_run")
    search_fields = ("blueprint__name", "node", "=id")
    ordering = (F("next_at").asc(nulls_last=True), "pk")
    actions = ("pause_selected", "resume_selected", "run_selected")
    list_per_page = 50

    # --- the list --------------------------------------------------------------

    def has_control_permission(self, request: HttpRequest) -> bool:
        """Whoever may change schedules may pause, resume, run and backfill them."""
        return request.user.has_perm("runner.change_schedule")

    @admin.display(description="schedule", ordering="blueprint__name")
    def name(self, schedule: Schedule) -> str:
        """Blueprint and node."""
        return f"{schedule.blueprint.name} / {schedule.node}"

    @admin.display(description="when")
    def when(self, schedule: Schedule) -> SafeString:
        """When it comes, in words, and in which zone."""
        return format_html(
            '{}<span class="c-why">{}</span>', words_of(schedule), zone_name(schedule)
        )

    @admin.display(description="state")
    def state_(self, schedule: Schedule) -> SafeString:
        """Where it stands."""
        return state_badge(schedule)

    @admin.display(description="next", ordering="next_at")
    def next_(self, schedule: Schedule) -> SafeString | str:
        """The next time."""
        return _clock(schedule, schedule.next_at)

    @admin.display(description="last", ordering="last_at")
    def last_(self, schedule: Schedule) -> SafeString | str:
        """The last time that has started, with its run."""
        when = _clock(schedule, schedule.last_at)
        if schedule.last_run is None:
            return when
        url = reverse("admin:runner_run_change", args=[schedule.last_run.pk])
        return format_html('{} <a href="{}">{}</a>', when, url, badges.status(schedule.last_run))

    @admin.action(description="Pause selected schedules", permissions=["control"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        """Have them start nothing."""
        self._each(request, queryset, control.pause, "paused")

    @admin.action(description="Resume selected schedules", permissions=["control"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        """Have them start again what comes."""
        self._each(request, queryset, control.resume, "resumed")

    @admin.action(description="Run selected schedules now", permissions=["control"])
    def run_selected(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        """Start a run of each."""
        if queryset.count() > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE} schedules are run at once."
            self.message_user(request, text, messages.ERROR)
            return
        by = _user(request)
        self._each(request, queryset, lambda row: control.run_now(row, by), "run")

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Schedule],
        do: Callable[[Schedule], object],
        word: str,
    ) -> None:
        done = 0
        for row in queryset.select_related("blueprint"):
            try:
                do(row)
            except control.ScheduleRefused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                done += 1
                self.log_change(request, row, f"{word.capitalize()}.")
        text = f"{done} schedule{'' if done == 1 else 's'} {word}."
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)

    # --- one schedule ----------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that pause, resume, run and backfill one."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:pk>/control/", wrap(self.control), name="runner_schedule_control"),
            path("<path:pk>/backfill/", wrap(self.backfill), name="runner_schedule_backfill"),
            *super().get_urls(),
        ]

    def control(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Pause, resume or run one, and show it."""
        row = self._controlled(request, pk)
        wanted = request.POST.get("do")
        chosen = self.get_queryset(request).filter(pk=row.pk)
        if wanted == "pause":
            self._each(request, chosen, control.pause, "paused")
        elif wanted == "resume":
            self._each(request, chosen, control.resume, "resumed")
        elif wanted == "run":
            by = _user(request)
            self._each(request, chosen, lambda it: control.run_now(it, by), "run")
        return redirect("admin:runner_schedule_change", row.pk)

    def backfill(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Say which times a range has, then start their runs."""
        row = self._controlled(request, pk)
        form = BackfillForm(zone_name(row), request.POST or None)
        found: control.Backfill | None = None
        if request.method == "POST" and form.is_valid():
            dry = "start" not in request.POST
            begin, end = form.cleaned_data["begin"], form.cleaned_data["end"]
            try:
                found = control.backfill(row, begin, end, _user(request), dry=dry)
            except control.ScheduleRefused as error:
                form.add_error(None, str(error))
            else:
                if not dry:
                    count = f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"
                    self.log_change(request, row, f"Backfilled: {count}.")
                    self.message_user(request, f"{count} started.", messages.SUCCESS)
                    return redirect("admin:runner_schedule_change", row.pk)
        zone = zone_name(row)
        context = {
            **self._context(request, row, "Backfill"),
            "form": form,
            "zone": zone,
            "found": found,
            "times": [in_zone(it, zone) for it in (found.times if found else [])],
        }
        return TemplateResponse(request, "admin/schedules/backfill.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a schedule with what comes next and what it has started."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self._get(request, object_id)
        started = Run.objects.filter(
            blueprint=row.blueprint_id, trigger="schedule", trigger_node=row.node
        ).order_by("-created")
        context = {
            **self._context(request, row, str(row)),
            "shown": schedule_summary(row),
            "state": state_badge(row),
            "runs": [
                (run, badges.status(run), run.inputs.get("scheduled_for", "–"))
                for run in started[:SHOWN_RUNS]
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def _context(self, request: HttpRequest, row: Schedule, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subtitle": None,
            "schedule": row,
            "may_control": self.has_control_permission(request),
        }

    def _controlled(self, request: HttpRequest, pk: str) -> Schedule:
        if not self.has_control_permission(request):
            raise PermissionDenied
        return self._get(request, pk)

    def _get(self, request: HttpRequest, pk: str) -> Schedule:
        found = self.get_object(request, unquote(pk))
        if found is None:
            raise Http404("There is no such schedule.")
        return found


@admin.register(Calendar)
class CalendarAdmin(CalendarModelAdmin):
    """Days on which the schedules that name the calendar start nothing."""

    list_display = ("name", "days_", "used", "updated")
    search_fields = ("name", "days")
    form = CalendarForm

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


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
