"""Runs, their events and workers in the admin: to look at, and to cancel; never to corrupt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from editor.templatetags import reading
from editor.visible import shown_as
from runner.actions import cancel_run
from runner.actions.workers import drain, standing_of
from runner.admin_pages import Shown
from runner.credentials.admin import CredentialAdmin
from runner.journal.reader import JournalDamaged, read_events
from runner.journal.spill import looked_at
from runner.listeners.admin import ListenerAdmin, MessageAsideAdmin
from runner.long_lists import LongList
from runner.models import (
    LIVE,
    SPREAD,
    UNSUCCESSFUL,
    KeyTurn,
    Pruned,
    Run,
    RunStatus,
    Wait,
    Worker,
)
from runner.nodes import node_types
from runner.outgoing.admin import EndpointAdmin
from runner.outgoing.messages_admin import OutgoingMessageAdmin
from runner.queue.line import AT_HAND
from runner.queue.shared_folder import SHARED
from runner.queues_admin import ByQueue, DeadLetterAdmin, QueueAdmin
from runner.read_only import ReadOnly
from runner.schedules.admin import CalendarAdmin, ScheduleAdmin
from runner.webhooks import badges, showing
from runner.webhooks.admin import WebhookAdmin
from runner.webhooks.deliveries_admin import WebhookDeliveryAdmin

if TYPE_CHECKING:
    WorkerModelAdmin = admin.ModelAdmin[Worker]
    WaitModelAdmin = admin.ModelAdmin[Wait]
    KeyTurnModelAdmin = admin.ModelAdmin[KeyTurn]
    PrunedModelAdmin = admin.ModelAdmin[Pruned]
else:
    WorkerModelAdmin = WaitModelAdmin = KeyTurnModelAdmin = PrunedModelAdmin = admin.ModelAdmin

__all__ = [
    "CalendarAdmin",
    "CredentialAdmin",
    "DeadLetterAdmin",
    "EndpointAdmin",
    "KeyTurnAdmin",
    "ListenerAdmin",
    "MessageAsideAdmin",
    "OutgoingMessageAdmin",
    "PrunedAdmin",
    "QueueAdmin",
    "RunAdmin",
    "ScheduleAdmin",
    "WaitAdmin",
    "WebhookAdmin",
    "WebhookDeliveryAdmin",
    "WorkerAdmin",
]

EVENTS_SHOWN = 500
NODE_TRIGGERS = "trigger."
OTHER_TRIGGERS = ("after", "api", "cli", "retry", SPREAD)
ENDED = {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED}
SILENT = 15.0  # seconds without a sign of life after which a worker is taken for gone


def moment_of(field: str) -> Callable[[Any, Any], SafeString | str]:
    """Return a column of a list that shows a moment, short and to the second."""

    @admin.display(description=field, ordering=field)
    def column(_: Any, row: Any) -> SafeString | str:
        return badges.moment(getattr(row, field))

    return column


class ByStatus(admin.ChoicesFieldListFilter):
    """Runs by where they stand; those that have not succeeded have indexes."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return those of the one that was chosen."""
        found = cast("QuerySet[Run]", super().queryset(request, queryset))
        given: Any = self.used_parameters.get(self.lookup_kwarg)
        # The admin brings what was chosen as a list, or as it stands in the address.
        chosen: list[Any] = given if isinstance(given, list) else [given]
        if set(chosen) <= set(LIVE):
            return found.filter(finished__isnull=True)
        return found.filter(shown_as(chosen)) if set(chosen) <= set(UNSUCCESSFUL) else found


class ByTrigger(admin.SimpleListFilter):
    """Runs by what started them; the rows of runs are not asked for all that there is."""

    title = "trigger"
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices: what comes from outside, and the triggers that are nodes."""
        kinds = (kind for kind in node_types() if kind.startswith(NODE_TRIGGERS))
        found = {*OTHER_TRIGGERS, *(kind.removeprefix(NODE_TRIGGERS) for kind in kinds)}
        return [(name, name) for name in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return those of the one that was chosen."""
        return queryset if self.value() is None else queryset.filter(trigger=self.value())


@admin.register(Run)
class RunAdmin(LongList[Run], Shown[Run]):
    """What ran, when, and event by event."""

    come_from = "Press Run in the editor, or publish a blueprint with a trigger."
    change_form_template = "admin/runs/run.html"
    list_display = ("short_id", "state", "blueprint", "version_", "trigger", "created_", "took")
    list_display_links = ("short_id",)
    list_filter = (("status", ByStatus), "paused", ByTrigger, ByQueue, "created", "blueprint")
    list_select_related = ("blueprint", "version")
    search_fields = ("id", "blueprint__name")
    # Not by id: what other runs start has an id that does not begin with its moment.
    ordering = ("-created",)
    # By anything else all would be sorted for the first fifty.
    sortable_by = ("created_",)
    actions = ("cancel_selected",)
    list_per_page = 50
    created_ = moment_of("created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Leave out what may be large; a list does not show it."""
        return super().get_queryset(request).defer("inputs", "outputs", "error")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Whoever may change runs may cancel them."""
        return request.user.has_perm("runner.change_run")

    @admin.display(description="run", ordering="id")
    def short_id(self, run: Run) -> SafeString:
        """The end of the id; its beginning is the moment and alike for neighbours."""
        return format_html('<code title="{}">…{}</code>', run.pk, str(run.pk)[-12:])

    @admin.display(description="status", ordering="status")
    def state(self, run: Run) -> SafeString:
        """Where it stands."""
        return badges.status(run)

    @admin.display(description="version")
    def version_(self, run: Run) -> str:
        """The version's number."""
        return f"v{run.version.number}" if run.version else "draft"

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        """From its start to its end, or until now."""
        return reading.took(run)

    @admin.action(description="Cancel selected runs", permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        """Cancel those that have not ended."""
        runs = list(queryset.exclude(status__in=ENDED)[:1000])
        for run in runs:
            self._cancel(request, run)
        plural = "" if len(runs) == 1 else "s"
        text = f"{len(runs)} run{plural} cancelled; ended ones stay as they are."
        self.message_user(request, text, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that cancels one."""
        view = self.admin_site.admin_view(self.cancel_one)
        return [path("<path:pk>/cancel/", view, name="runner_run_cancel"), *super().get_urls()]

    def cancel_one(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Cancel a run and show it."""
        if not self.has_cancel_permission(request):
            raise PermissionDenied
        run = self.row(request, pk)
        if request.method == "POST" and run.status not in ENDED:
            self._cancel(request, run)
            self.message_user(request, "The run is being cancelled.", messages.SUCCESS)
        return redirect("admin:runner_run_change", run.pk)

    def _cancel(self, request: HttpRequest, run: Run) -> None:
        cancel_run(run, f"cancelled in the admin by {request.user.get_username()}")

    def title_of(self, row: Run) -> str:
        """Return the heading of a run's page."""
        return f"Run of {row.blueprint}"

    def shown(self, request: HttpRequest, row: Run) -> dict[str, Any]:
        """Return the run with its events."""
        run = row
        after = request.GET.get("after", "0")
        first = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
        damage = ""
        events: list[dict[str, Any]] = []
        try:
            events = read_events(run.pk, first, EVENTS_SHOWN)
        except JournalDamaged as error:
            damage = str(error)
        last = events[-1]["seq"] if events else run.last_seq
        return {
            "run": run,
            "status": badges.status(run),
            "version": self.version_(run),
            "took": self.took(run),
            "created": badges.moment(run.created),
            "started": badges.moment(run.started),
            "finished": badges.moment(run.finished),
            "inputs": showing.show_json(looked_at(run.inputs)),
            "outputs": showing.show_json(looked_at(run.outputs)),
            "error": showing.show_json(run.error),
            "events": [showing.show_event(event, run.created) for event in events],
            "more": last if last < run.last_seq else None,
            "damage": damage,
            "deliveries": badges.rows(run.deliveries.select_related("run")[:10]),
            "may_cancel": self.has_cancel_permission(request) and run.status not in ENDED,
        }


@admin.register(Worker)
class WorkerAdmin(ReadOnly, WorkerModelAdmin):
    """Who executes runs, and when they were last seen."""

    list_display = ("name", "state", "labels", "started_", "heartbeat_", "has_now")
    readonly_fields = ("state", "started_", "heartbeat_", "looked_", "runs", "folder")
    fields = ("name", "labels", "version", *readonly_fields)
    started_, heartbeat_, looked_ = (
        moment_of("started"),
        moment_of("heartbeat"),
        moment_of("looked"),
    )
    ordering = ("-heartbeat",)
    actions = ("drain_selected", "undo_selected")

    def has_drain_permission(self, request: HttpRequest) -> bool:
        """Whoever may change workers may ask them to drain."""
        return request.user.has_perm("runner.change_worker")

    @admin.action(description="Drain selected workers", permissions=["drain"])
    def drain_selected(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        """Ask them to let what is under way end, and to take nothing more."""
        count = drain(list(queryset.values_list("name", flat=True)))
        text = f"{count} asked to drain: what is under way ends, and no further run is taken."
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Have selected workers take runs again", permissions=["drain"])
    def undo_selected(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        """Ask them to take runs again."""
        count = drain(list(queryset.values_list("name", flat=True)), wanted=False)
        self.message_user(request, f"{count} asked to take runs again.", messages.SUCCESS)

    @admin.display(description="folder of large values")
    def folder(self, worker: Worker) -> str:
        """Whether it is that of the others."""
        return {"": "not looked at yet", SHARED: "shared"}.get(worker.store, worker.store)

    @admin.display(description="state")
    def state(self, worker: Worker) -> SafeString:
        """Whether it has been seen lately, and whether it takes runs."""
        silent = (timezone.now() - worker.heartbeat).total_seconds()
        if silent >= SILENT:
            return badges.badge("gone", "", f"not seen for {silent:.0f} s")
        runs = _in_hand(worker).count()
        standing = standing_of(draining=worker.draining, heeds=worker.heeds, runs=runs)
        if standing == "draining":
            return badges.badge(standing, "busy", "What is under way ends; it takes nothing more.")
        if standing == "drained":
            return badges.badge(standing, "waits", "It has nothing in hand, and may be restarted.")
        if worker.store not in ("", SHARED):
            return badges.badge("another folder", "bad", worker.store)
        return badges.badge("alive", "good")

    @admin.display(description="runs now")
    def has_now(self, worker: Worker) -> int:
        """How many runs it has in hand."""
        return _in_hand(worker).count()

    @admin.display(description="runs now")
    def runs(self, worker: Worker) -> SafeString:
        """The list of the runs that it has in hand."""
        url = f"{reverse('admin:runner_run_changelist')}?worker={worker.name}"
        return format_html('<a href="{}">{}</a>', url, _in_hand(worker).count())


class Open(admin.SimpleListFilter):
    """Waits that are open, unless others are asked for."""

    title = "open"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside all."""
        return [("1", "Yes"), ("0", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wait]) -> QuerySet[Wait]:
        """Return those that were chosen."""
        chosen = {"1": True, "0": False}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(closed__isnull=chosen)


@admin.register(Wait)
class WaitAdmin(LongList[Wait], ReadOnly, WaitModelAdmin):
    """Which steps wait for somebody, for whom, and until when."""

    come_from = "A step waits here for an approval, or for a call to its address."
    list_display = ("what", "kind", "blueprint", "step", "who", "created_", "until_", "closed_")
    list_filter = (Open, "kind")
    list_select_related = ("run__blueprint",)
    search_fields = ("=run__id", "step")
    fields = ("kind", "run", "step", "what", "who", "created", "until", "closed")
    readonly_fields = ("what", "who")
    created_, until_, closed_ = moment_of("created"), moment_of("until"), moment_of("closed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wait]:
        """Read those who are asked with them."""
        return super().get_queryset(request).prefetch_related("users", "groups")

    @admin.display(description="what")
    def what(self, wait: Wait) -> str:
        """What is asked."""
        return wait.offer.get("title") or "a call at its address"

    @admin.display(description="blueprint", ordering="run__blueprint__name")
    def blueprint(self, wait: Wait) -> str:
        """The blueprint of the run."""
        return wait.run.blueprint.name

    @admin.display(description="asked")
    def who(self, wait: Wait) -> str:
        """Who is asked."""
        users = [user.get_username() for user in wait.users.all()]
        groups = [f"group {group.name}" for group in wait.groups.all()]
        return ", ".join([*users, *groups]) or "–"


@admin.register(KeyTurn)
class KeyTurnAdmin(ReadOnly, KeyTurnModelAdmin):
    """Which runs have the keys that frames of several take in turn, and which wait for them."""

    come_from = "A frame that several runs take in turn shows here who has its key."
    list_display = ("key", "blueprint", "run_", "step", "created_", "granted_")
    list_display_links = None
    list_select_related = ("run__blueprint",)
    search_fields = ("key", "=run__id")
    ordering = ("name", "id")
    created_, granted_ = moment_of("created"), moment_of("granted")

    @admin.display(description="blueprint", ordering="run__blueprint__name")
    def blueprint(self, turn: KeyTurn) -> str:
        """The blueprint of the run."""
        return turn.run.blueprint.name

    @admin.display(description="run")
    def run_(self, turn: KeyTurn) -> SafeString:
        """The way to the run, which can be cancelled there."""
        url = reverse("admin:runner_run_change", args=[turn.run_id])
        return format_html('<a href="{}"><code>…{}</code></a>', url, str(turn.run_id)[-12:])


@admin.register(Pruned)
class PrunedAdmin(ReadOnly, PrunedModelAdmin):
    """What was pruned, day by day."""

    come_from = "Each day on which old runs or journals were deleted has a row here."
    list_display = ("day", "journals", "size", "runs", "deliveries")
    fields = ("day", "journals", "size", "runs", "deliveries")
    readonly_fields = ("size",)

    @admin.display(description="of journals", ordering="bytes")
    def size(self, pruned: Pruned) -> str:
        """The size of the journals."""
        return filesizeformat(pruned.bytes)


def _in_hand(worker: Worker) -> QuerySet[Run]:
    live = (RunStatus.RUNNING, RunStatus.WAITING)
    return Run.objects.filter(AT_HAND, worker=worker.name, status__in=live)
