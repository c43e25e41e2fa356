"""Queues and dead letters in the admin: how they are, and what is done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from runner.actions.dead import dismiss, replay
from runner.actions.queues import QueueNeeded, delete_queue, save_queue
from runner.long_lists import LongList
from runner.models import DeadLetter, Queue, Run
from runner.queue.figures import QueueFigures, figures
from runner.queue.queues import known
from runner.read_only import ReadOnly
from runner.webhooks import badges

if TYPE_CHECKING:
    QueueModelAdmin = admin.ModelAdmin[Queue]
    DeadModelAdmin = admin.ModelAdmin[DeadLetter]
else:
    QueueModelAdmin = DeadModelAdmin = admin.ModelAdmin

MOST = 1000


class ByQueue(admin.SimpleListFilter):
    """Runs of one of the queues that there are; the rows of runs are not asked for their names."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [(name, name) for name in sorted(known())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return those of the one that was chosen."""
        return queryset if self.value() is None else queryset.filter(queue=self.value())


@admin.register(Queue)
class QueueAdmin(QueueModelAdmin):
    """The queues, with what waits and runs in them."""

    list_display = (
        "name",
        "state",
        "priority",
        "limits",
        "waiting",
        "running",
        "oldest",
        "waited",
    )
    list_display_links = ("name",)
    actions = ("pause", "resume", "drain")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "priority")}),
        ("How many, and how fast", {"fields": ("concurrency", "rate", "burst")}),
        ("When it is full", {"fields": ("when_full", "most_waiting")}),
        ("Now", {"fields": ("paused", "draining")}),
    )

    _figures: dict[str, QueueFigures] = {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        """Bring the figures along: one account for all rows of a page."""
        self._figures = {it.name: it for it in figures()}
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Queue | None = None) -> list[str]:
        """Keep the name of a queue that there is."""
        return ["name"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Queue | None = None) -> bool:
        """Never the default one."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    def save_model(self, request: HttpRequest, obj: Queue, form: Any, change: bool) -> None:
        """Write it as the API does: what waits gets its turn anew."""
        save_queue(obj, {})

    def delete_model(self, request: HttpRequest, obj: Queue) -> None:
        """Delete it; what waits in it goes to the default one."""
        delete_queue(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        """Delete all of them but the default one."""
        for queue in queryset:
            try:
                delete_queue(queue)
            except QueueNeeded as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.display(description="state")
    def state(self, queue: Queue) -> SafeString:
        """What it does now."""
        told = []
        if queue.paused:
            told.append(badges.badge("paused", "waits", "Nothing of it begins."))
        if queue.draining:
            told.append(badges.badge("draining", "busy", "It takes nothing new."))
        return format_html_join(" ", "{}", zip(told)) or badges.badge("open", "good")

    @admin.display(description="limits")
    def limits(self, queue: Queue) -> str:
        """How many of its runs may be under way, and how fast they begin."""
        told = []
        if queue.concurrency is not None:
            told.append(f"{queue.concurrency} at once")
        if queue.rate is not None:
            told.append(f"{queue.rate:g} a second")
        return ", ".join(told) or "none"

    @admin.display(description="waiting")
    def waiting(self, queue: Queue) -> SafeString:
        """How many runs wait for what, and the way to them."""
        it = self._of(queue)
        total = it.waiting + it.held + it.put_off
        parts = ((it.held, "for others to end"), (it.put_off, "for their moment"))
        more = ", ".join(f"{number} {what}" for number, what in parts if number)
        return format_html(
            '<a href="{}">{}</a>{}',
            f"{reverse('admin:runner_run_changelist')}?queue={queue.name}&status__exact=queued",
            total,
            f" ({more})" if more else "",
        )

    @admin.display(description="running")
    def running(self, queue: Queue) -> SafeString:
        """How many runs workers execute, and the way to them."""
        url = f"{reverse('admin:runner_run_changelist')}?queue={queue.name}&status__exact=running"
        return format_html('<a href="{}">{}</a>', url, self._of(queue).running)

    @admin.display(description="oldest waits")
    def oldest(self, queue: Queue) -> str:
        """How long the first of those that are ready has waited."""
        return seconds(self._of(queue).oldest)

    @admin.display(description="waited (half, 95 %)")
    def waited(self, queue: Queue) -> str:
        """How long those waited that began in the last hour."""
        it = self._of(queue)
        if it.waited_p50 is None:
            return "–"
        return f"{seconds(it.waited_p50)}, {seconds(it.waited_p95)}"

    @admin.action(description="Pause selected queues", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        """Begin no runs of them; those under way go on."""
        self._change(request, queryset, {"paused": True}, "Paused")

    @admin.action(description="Resume selected queues", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        """Begin their runs again, and take new ones."""
        self._change(request, queryset, {"paused": False, "draining": False}, "Open again")

    @admin.action(description="Drain selected queues", permissions=["change"])
    def drain(self, request: HttpRequest, queryset: QuerySet[Queue]) -> None:
        """Take no new runs; those that wait begin."""
        self._change(request, queryset, {"draining": True}, "Being drained")
        if held := [queue.name for queue in queryset if queue.paused]:
            text = f"Still paused, so that what waits does not begin: {', '.join(held)}."
            self.message_user(request, text, messages.WARNING)

    def _change(
        self, request: HttpRequest, queryset: QuerySet[Queue], changes: dict[str, bool], now: str
    ) -> None:
        names = []
        for queue in queryset:
            names.append(save_queue(queue, changes).name)
            self.log_change(request, queue, f"{now}.")
        # The names last: Django makes a message's first letter a capital.
        self.message_user(request, f"{now}: {', '.join(names)}.", messages.SUCCESS)

    def _of(self, queue: Queue) -> QueueFigures:
        return self._figures.get(queue.name) or QueueFigures(queue.name)


@admin.register(DeadLetter)
class DeadLetterAdmin(LongList[DeadLetter], ReadOnly, DeadModelAdmin):
    """Runs that failed for good, until somebody replays or dismisses them."""

    come_from = "A run of a published version that fails, and is not begun again, is kept here."
    list_display = ("blueprint", "what", "attempt", "finished_", "run")
    list_display_links = None
    list_filter = ("blueprint", ByQueue, "finished")
    list_select_related = ("blueprint",)
    search_fields = ("id", "blueprint__name")
    ordering = ("-finished",)
    actions = ("replay_failed", "replay_start", "dismiss")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        """Leave out all that live, and what may be large."""
        return super().get_queryset(request).filter(dead=True).defer("inputs", "outputs")

    def has_deal_permission(self, request: HttpRequest) -> bool:
        """Whoever may change runs may deal with those that failed."""
        return request.user.has_perm("runner.change_run")

    @admin.display(description="error")
    def what(self, run: DeadLetter) -> str:
        """Why it failed, and where."""
        error = run.error or {}
        where = f"{error['step']}: " if error.get("step") else ""
        return f"{where}{error.get('message') or error.get('code') or '–'}"[:200]

    @admin.display(description="failed", ordering="finished")
    def finished_(self, run: DeadLetter) -> SafeString | str:
        """When it failed."""
        return badges.moment(run.finished)

    @admin.display(description="run", ordering="id")
    def run(self, run: DeadLetter) -> SafeString:
        """The way to the run with its events."""
        url = reverse("admin:runner_run_change", args=[run.pk])
        return format_html('<a href="{}"><code>…{}</code></a>', url, str(run.pk)[-12:])

    @admin.action(description="Replay selected from what failed", permissions=["deal"])
    def replay_failed(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Run them again, taking over what succeeded."""
        self._replay(request, queryset, "failed")

    @admin.action(description="Replay selected from the start", permissions=["deal"])
    def replay_start(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Run them again from their start."""
        self._replay(request, queryset, "start")

    @admin.action(description="Dismiss selected", permissions=["deal"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        """Take them off the list."""
        number = dismiss(queryset[:MOST])
        self.message_user(request, f"{number} dismissed.", messages.SUCCESS)

    def _replay(self, request: HttpRequest, queryset: QuerySet[DeadLetter], how: str) -> None:
        rows = Run.objects.filter(pk__in=queryset.values("pk")[:MOST])
        runs = rows.select_related("blueprint", "drawing", "version").order_by("created")
        by = request.user if request.user.is_authenticated else None
        done = replay(runs, how, trigger="manual", by=by)
        self.message_user(request, f"{len(done.runs)} replayed.", messages.SUCCESS)
        for key, why in list(done.refused.items())[:5]:
            self.message_user(request, f"…{str(key)[-12:]} was not replayed: {why}", messages.ERROR)


def seconds(value: float | None) -> str:
    """Return a time as people read it."""
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"
