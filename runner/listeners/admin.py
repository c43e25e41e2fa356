"""Listeners in the admin: where they stand, pause and resume; what was set aside, and replay."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import Shown, person
from runner.listeners import control
from runner.listeners.summary import in_state
from runner.models import Listener, ListenerState, MessageAside
from runner.nodes import node_types
from runner.triggers_admin import Switch, TriggerAdmin, by_state
from runner.webhooks import badges, showing

MOST_AT_ONCE = 100  # messages that are replayed at once


@admin.register(Listener)
class ListenerAdmin(TriggerAdmin[Listener]):
    """What starts runs when something comes. What it listens to is drawn in the editor."""

    come_from = "Publish a blueprint with a trigger that listens, such as “E-mail”."
    moods = {
        ListenerState.LISTENING: "good",
        ListenerState.WAITING: "waits",
        ListenerState.PAUSED: "waits",
        ListenerState.DISABLED: "",
        ListenerState.TROUBLE: "bad",
    }
    change_form_template = "admin/listeners/listener.html"
    list_display = ("name", "kind_", "state_", "last_", "count")
    list_filter = (by_state(ListenerState, in_state), "kind", "blueprint")
    ordering = ("blueprint__name", "node", "pk")
    switch = Switch(control.pause, control.resume)

    @admin.display(description="listens to", ordering="kind")
    def kind_(self, listener: Listener) -> str:
        """What it listens to."""
        return title_of(listener.kind)

    def shown(self, request: HttpRequest, row: Listener) -> dict[str, Any]:
        """Return where it stands, with what it has started."""
        runs = self.latest_runs(row, row.kind.removeprefix("trigger."))
        aside = MessageAside.objects.filter(blueprint=row.blueprint_id, node=row.node)
        return {
            "kind": title_of(row.kind),
            "state": self.state_(row),
            "last": badges.moment(row.last_at),
            "retry": badges.moment(row.retry_at),
            "aside": aside.filter(replayed=None).count(),
            "may_control": self.has_control_permission(request),
            "runs": [(run, badges.status(run), badges.moment(run.created)) for run in runs],
        }


class Replayed(admin.SimpleListFilter):
    """Messages that wait for somebody to look at them, unless others are asked for."""

    title = "replayed"
    parameter_name = "replayed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "No"), ("yes", "Yes")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[MessageAside]
    ) -> QuerySet[MessageAside]:
        """Return those that were replayed, or were not."""
        if self.value() not in {"no", "yes"}:
            return queryset
        return queryset.filter(replayed__isnull=self.value() == "no")


@admin.register(MessageAside)
class MessageAsideAdmin(Shown[MessageAside]):
    """What came and could not become a run. It is replayed, or deleted."""

    come_from = "What a listener hears and cannot take is set aside here."
    change_form_template = "admin/listeners/aside.html"
    list_display = ("when", "listener", "kind_", "reason_", "replayed_")
    list_display_links = ("when",)
    list_filter = (Replayed, "kind", "blueprint")
    list_select_related = ("blueprint", "run")
    search_fields = ("blueprint__name", "node", "reason", "=id")
    ordering = ("-id",)
    actions = ("replay_selected",)
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may delete such messages has looked at them."""
        return request.user.has_perm("runner.delete_messageaside")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whoever may control listeners may replay what they have set aside."""
        return request.user.has_perm("runner.change_listener")

    @admin.display(description="came", ordering="id")
    def when(self, message: MessageAside) -> SafeString | str:
        """When it was set aside."""
        return badges.moment(message.created)

    @admin.display(description="listener", ordering="blueprint__name")
    def listener(self, message: MessageAside) -> str:
        """Blueprint and node."""
        return f"{message.blueprint} / {message.node}"

    @admin.display(description="came from", ordering="kind")
    def kind_(self, message: MessageAside) -> str:
        """What was listened to."""
        return title_of(message.kind)

    @admin.display(description="why")
    def reason_(self, message: MessageAside) -> str:
        """Why it could not be accepted."""
        return message.reason if len(message.reason) <= 120 else message.reason[:119] + "…"

    @admin.display(description="replayed", ordering="replayed")
    def replayed_(self, message: MessageAside) -> SafeString | str:
        """When it was replayed, with its run."""
        when = badges.moment(message.replayed)
        if message.run is None:
            return when
        url = reverse("admin:runner_run_change", args=[message.run.pk])
        return format_html('{} <a href="{}">{}</a>', when, url, badges.status(message.run))

    @admin.action(description="Replay selected messages", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[MessageAside]) -> None:
        """Start a run of each that was not replayed."""
        chosen = list(queryset.filter(replayed=None).order_by("id")[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE} messages are replayed at once."
            self.message_user(request, text, messages.ERROR)
            return
        done = sum(self._replay(request, message) for message in chosen)
        level = messages.SUCCESS if done == len(chosen) else messages.WARNING
        self.message_user(request, f"{done} of {len(chosen)} messages started a run.", level)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that replays one."""
        view = self.admin_site.admin_view(self.replay_one)
        name = "runner_messageaside_replay"
        return [path("<path:pk>/replay/", view, name=name), *super().get_urls()]

    def replay_one(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Start a run of one, and show it."""
        if not self.has_replay_permission(request):
            raise PermissionDenied
        message = self.row(request, pk)
        if request.method == "POST" and self._replay(request, message):
            self.message_user(request, "Replayed: a run has started.", messages.SUCCESS)
        return redirect("admin:runner_messageaside_change", message.pk)

    def _replay(self, request: HttpRequest, message: MessageAside) -> bool:
        try:
            control.replay(message, person(request))
        except control.ReplayRefused as error:
            self.message_user(request, f"{message}: {error}", messages.ERROR)
            return False
        self.log_change(request, message, "Replayed.")
        return True

    def shown(self, request: HttpRequest, row: MessageAside) -> dict[str, Any]:
        """Return what came and why it was refused."""
        return {
            "kind": title_of(row.kind),
            "created": badges.moment(row.created),
            "replayed": badges.moment(row.replayed),
            "status": badges.status(row.run) if row.run else "",
            "content": showing.show_json(json.loads(row.content)),
            "may_replay": self.has_replay_permission(request) and row.replayed is None,
            "may_delete": self.has_delete_permission(request),
        }


def title_of(kind: str) -> str:
    """Return what a kind of node is called; its own name where it is not installed."""
    found = node_types().get(kind)
    return found.spec.title if found else kind
