"""Listeners in the admin: where they stand, pause and resume."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.listeners import control
from runner.listeners.summary import in_state
from runner.models import Listener, ListenerState, Run
from runner.nodes import node_types
from runner.read_only import ReadOnly
from runner.webhooks import badges

if TYPE_CHECKING:
    ListenerModelAdmin = admin.ModelAdmin[Listener]
else:
    ListenerModelAdmin = admin.ModelAdmin

MOODS = {
    ListenerState.LISTENING: "good",
    ListenerState.WAITING: "waits",
    ListenerState.PAUSED: "waits",
    ListenerState.DISABLED: "",
    ListenerState.TROUBLE: "bad",
}
SHOWN_RUNS = 10


def state_badge(listener: Listener) -> SafeString:
    """Return where a listener stands."""
    return badges.badge(listener.state.value, MOODS[listener.state], listener.error)


class StateFilter(admin.SimpleListFilter):
    """Listeners by where they stand."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(it.value, it.value.capitalize()) for it in ListenerState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listener]) -> QuerySet[Listener]:
        """Return those that stand so."""
        chosen = self.value()
        known = chosen in ListenerState.values
        return in_state(queryset, str(chosen)) if known else queryset


@admin.register(Listener)
class ListenerAdmin(ReadOnly, ListenerModelAdmin):
    """What starts runs when something comes. What it listens to is drawn in the editor."""

    change_form_template = "admin/listeners/listener.html"
    list_display = ("name", "kind_", "state_", "last_", "count")
    list_display_links = ("name",)
    list_filter = (StateFilter, "kind", "blueprint")
    list_select_related = ("blueprint", "last_run")
    search_fields = ("blueprint__name", "node", "=id")
    ordering = ("blueprint__name", "node", "pk")
    actions = ("pause_selected", "resume_selected")
    list_per_page = 50

    def has_control_permission(self, request: HttpRequest) -> bool:
        """Whoever may change listeners may pause and resume them."""
        return request.user.has_perm("runner.change_listener")

    @admin.display(description="listener", ordering="blueprint__name")
    def name(self, listener: Listener) -> str:
        """Blueprint and node."""
        return str(listener)

    @admin.display(description="listens to", ordering="kind")
    def kind_(self, listener: Listener) -> str:
        """What it listens to."""
        return title_of(listener.kind)

    @admin.display(description="state")
    def state_(self, listener: Listener) -> SafeString:
        """Where it stands."""
        return state_badge(listener)

    @admin.display(description="last", ordering="last_at")
    def last_(self, listener: Listener) -> SafeString | str:
        """When something came last, with its run."""
        when = badges.moment(listener.last_at)
        if listener.last_run is None:
            return when
        url = reverse("admin:runner_run_change", args=[listener.last_run.pk])
        return format_html('{} <a href="{}">{}</a>', when, url, badges.status(listener.last_run))

    @admin.action(description="Pause selected listeners", permissions=["control"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        """Have nobody listen."""
        self._each(request, queryset, control.pause, "paused")

    @admin.action(description="Resume selected listeners", permissions=["control"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Listener]) -> None:
        """Have workers listen again."""
        self._each(request, queryset, control.resume, "resumed")

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Listener],
        do: Callable[[Listener], object],
        word: str,
    ) -> None:
        rows = list(queryset.select_related("blueprint"))
        for row in rows:
            do(row)
            self.log_change(request, row, f"{word.capitalize()}.")
        text = f"{len(rows)} listener{'' if len(rows) == 1 else 's'} {word}."
        self.message_user(request, text, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that pauses and resumes one."""
        wrap = self.admin_site.admin_view
        control_one = path("<path:pk>/control/", wrap(self.control), name="runner_listener_control")
        return [control_one, *super().get_urls()]

    def control(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Pause or resume one, and show it."""
        if not self.has_control_permission(request):
            raise PermissionDenied
        row = self._get(request, pk)
        chosen = self.get_queryset(request).filter(pk=row.pk)
        match request.POST.get("do"):
            case "pause":
                self._each(request, chosen, control.pause, "paused")
            case "resume":
                self._each(request, chosen, control.resume, "resumed")
        return redirect("admin:runner_listener_change", row.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a listener with what it has started."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self._get(request, object_id)
        trigger = row.kind.removeprefix("trigger.")
        started = Run.objects.filter(
            blueprint=row.blueprint_id, trigger=trigger, trigger_node=row.node
        ).order_by("-created")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "subtitle": None,
            "listener": row,
            "kind": title_of(row.kind),
            "state": state_badge(row),
            "last": badges.moment(row.last_at),
            "retry": badges.moment(row.retry_at),
            "may_control": self.has_control_permission(request),
            "runs": [
                (run, badges.status(run), badges.moment(run.created))
                for run in started[:SHOWN_RUNS]
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def _get(self, request: HttpRequest, pk: str) -> Listener:
        found = self.get_object(request, unquote(pk))
        if found is None:
            raise Http404("There is no such listener.")
        return found


def title_of(kind: str) -> str:
    """Return what a kind of node is called; its own name where it is not installed."""
    found = node_types().get(kind)
    return found.spec.title if found else kind
