"""What the admin shows of triggers that have rows: where they stand, what they have started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import Shown
from runner.models import Listener, Run, Schedule
from runner.webhooks import badges

Row = TypeVar("Row", Listener, Schedule)
SHOWN_RUNS = 10


def by_state(
    states: type[TextChoices], in_state: Callable[[QuerySet[Any], str], QuerySet[Any]]
) -> type[admin.SimpleListFilter]:
    """Return the filter of rows by where they stand."""

    class ByState(admin.SimpleListFilter):
        title = "state"
        parameter_name = "state"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(it.value, it.value.capitalize()) for it in states]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            chosen = self.value()
            return in_state(queryset, str(chosen)) if chosen in states.values else queryset

    return ByState


class Switch(NamedTuple):
    """What has a row start nothing, and what has it start again what comes."""

    pause: Callable[[Any], object]
    resume: Callable[[Any], object]


class TriggerAdmin(Shown[Row]):
    """Triggers of published versions. What they are is drawn in the editor."""

    moods: ClassVar[Mapping[str, str]]
    switch: ClassVar[Switch]
    refused: ClassVar[type[Exception] | tuple[()]] = ()
    list_display_links = ("name",)
    list_select_related = ("blueprint", "last_run")
    search_fields = ("blueprint__name", "node", "=id")
    actions: tuple[str, ...] = ("pause_selected", "resume_selected")
    list_per_page = 50

    def moment_of(self, row: Row) -> SafeString | str:
        """Return when it started something last, as the list shows it."""
        return badges.moment(row.last_at)

    # --- the list --------------------------------------------------------------

    def has_control_permission(self, request: HttpRequest) -> bool:
        """Whoever may change such rows may pause and resume them."""
        return request.user.has_perm(f"runner.change_{self.opts.model_name}")

    @admin.display(description="trigger", ordering="blueprint__name")
    def name(self, row: Row) -> str:
        """Blueprint and node."""
        return str(row)

    @admin.display(description="state")
    def state_(self, row: Row) -> SafeString:
        """Where it stands."""
        return badges.badge(row.state.value, self.moods[row.state], row.error)

    @admin.display(description="last", ordering="last_at")
    def last_(self, row: Row) -> SafeString | str:
        """When it started something last, with its run."""
        when = self.moment_of(row)
        if row.last_run is None:
            return when
        url = reverse("admin:runner_run_change", args=[row.last_run.pk])
        return format_html('{} <a href="{}">{}</a>', when, url, badges.status(row.last_run))

    @admin.action(description="Pause selected %(verbose_name_plural)s", permissions=["control"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        """Have them start nothing."""
        self.each(request, queryset, self.switch.pause, "paused")

    @admin.action(description="Resume selected %(verbose_name_plural)s", permissions=["control"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        """Have them start again what comes."""
        self.each(request, queryset, self.switch.resume, "resumed")

    def each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Row],
        do: Callable[[Row], object],
        word: str,
    ) -> None:
        """Do something with each row, log it, and say how many that were and what was refused."""
        done = 0
        for row in queryset.select_related("blueprint"):
            try:
                do(row)
            except self.refused as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
            else:
                done += 1
                self.log_change(request, row, f"{word.capitalize()}.")
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, self.counted(done, word), level)

    # --- one row ---------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the address that controls one."""
        view = self.admin_site.admin_view(self.control)
        name = f"runner_{self.opts.model_name}_control"
        return [path("<path:pk>/control/", view, name=name), *super().get_urls()]

    def controlled(self, request: HttpRequest, pk: str) -> Row:
        """Return a row that whoever asks may control."""
        if not self.has_control_permission(request):
            raise PermissionDenied
        return self.row(request, pk)

    def control(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Pause or resume one, or what else it can be told, and show it."""
        row = self.controlled(request, pk)
        chosen = self.get_queryset(request).filter(pk=row.pk)
        wanted = self.controls(request).get(request.POST.get("do", ""))
        if wanted is not None:
            self.each(request, chosen, *wanted)
        return redirect(f"admin:runner_{self.opts.model_name}_change", row.pk)

    def controls(self, request: HttpRequest) -> dict[str, tuple[Callable[[Row], object], str]]:
        """Return what can be done with one, and the word for what was done."""
        return {"pause": (self.switch.pause, "paused"), "resume": (self.switch.resume, "resumed")}

    def latest_runs(self, row: Row, trigger: str) -> list[Run]:
        """Return the runs that it has started last."""
        rows = Run.objects.filter(
            blueprint=row.blueprint_id, trigger=trigger, trigger_node=row.node
        )
        return list(rows.order_by("-created")[:SHOWN_RUNS])
