"""Messages in the admin: each with all attempts, as a command, and sent again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import Shown
from runner.long_lists import MOST_COUNTED, LongList
from runner.models import UNDELIVERED, MessageStatus, OutgoingMessage
from runner.outgoing import showing
from runner.outgoing.messages import header_names, send_again
from runner.webhooks import badges
from runner.webhooks.showing import show_body
from runner.written import written_in

MOST_AT_ONCE = 1000
TYPES_OF = 2000  # newest messages whose types can be chosen


class ByStatus(admin.ChoicesFieldListFilter):
    """Messages by where they stand; those that have not arrived have an index."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]
    ) -> QuerySet[OutgoingMessage]:
        """Return those of the one that was chosen."""
        found = cast("QuerySet[OutgoingMessage]", super().queryset(request, queryset))
        chosen = request.GET.get(str(self.lookup_kwarg), "")
        if chosen not in UNDELIVERED or not (_of_endpoint(request) or _few(chosen)):
            return found
        return found.filter(written_in("status", UNDELIVERED))


def _of_endpoint(request: HttpRequest) -> bool:
    return any(name.startswith("endpoint__id") for name in request.GET)


def _few(status: str) -> bool:
    """Say whether so few messages of all endpoints stand so that they are sorted soon.

    The index has them by their endpoint. Where there are many, the newest are found soon anyway.
    """
    rows = OutgoingMessage.objects.filter(written_in("status", UNDELIVERED), status=status)
    return rows.order_by()[: MOST_COUNTED + 1].count() <= MOST_COUNTED


class ByType(admin.SimpleListFilter):
    """Messages by what they tell; the choices are the types of the newest ones, not of all."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices, with the one that is chosen."""
        newest = OutgoingMessage.objects.order_by("-id").values_list("type", flat=True)
        found = {*newest[:TYPES_OF], request.GET.get(self.parameter_name, "")}
        return [(name, name) for name in sorted(found - {""})]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]
    ) -> QuerySet[OutgoingMessage]:
        """Return those of the one that was chosen."""
        return queryset if self.value() is None else queryset.filter(type=self.value())


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(LongList[OutgoingMessage], Shown[OutgoingMessage]):
    """Messages as they were sent. They are facts: nobody adds, changes or deletes one."""

    come_from = "The node “Send a webhook” sends them, and endpoints that are told of runs."
    change_form_template = "admin/outgoing/message.html"
    list_display = ("when", "status_", "type", "endpoint", "tries", "next", "run_")
    list_display_links = ("when",)
    list_filter = (("status", ByStatus), ByType, "created", "endpoint")
    list_select_related = ("endpoint", "run")
    # Ids begin with their moment, so this is the order in time, from an index.
    ordering = ("-id",)
    sortable_by = ("when",)
    search_fields = ("=id", "type", "endpoint__name", "endpoint__url", "why")
    actions = ("send_selected_again",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMessage]:
        """Leave the bodies out; a list does not show them."""
        return super().get_queryset(request).defer("body", "headers")

    def get_ordering(
        self, request: HttpRequest
    ) -> list[str | Combinable] | tuple[str | Combinable, ...]:
        """Go by the index of an endpoint where only its messages are shown."""
        return ("-created",) if _of_endpoint(request) else super().get_ordering(request)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Whoever may change endpoints may send their messages again."""
        return request.user.has_perm("runner.change_endpoint")

    @admin.display(description="created", ordering="id")
    def when(self, message: OutgoingMessage) -> SafeString | str:
        """When it was handed over."""
        return badges.moment(message.created)

    @admin.display(description="status", ordering="status")
    def status_(self, message: OutgoingMessage) -> SafeString:
        """Where it stands, and why."""
        return format_html(
            '{}<span class="c-why">{}</span>', showing.status(message), message.why[:120]
        )

    @admin.display(description="next attempt", ordering="due")
    def next(self, message: OutgoingMessage) -> SafeString | str:
        """When it is sent next."""
        return badges.moment(message.due if message.status == MessageStatus.WAITING else None)

    @admin.display(description="run")
    def run_(self, message: OutgoingMessage) -> SafeString | str:
        """The run that it tells of, or that sent it."""
        if message.run is None:
            return "–"
        url = f"/admin/runner/run/{message.run.pk}/change/"
        return format_html('<a href="{}">{}</a>', url, badges.status(message.run))

    @admin.action(description="Send selected again", permissions=["send"])
    def send_selected_again(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]
    ) -> None:
        """Send each that has ended once more, with the same id."""
        rows = queryset.select_related(None).only("pk")
        chosen = list(rows[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE:,} messages are sent again at once."
            self.message_user(request, text, messages.ERROR)
            return
        count = send_again(chosen)
        text = f"{count} of {len(chosen)} messages are sent again."
        if count < len(chosen):
            text += " The others wait anyway, or their endpoint is switched off."
        level = messages.SUCCESS if count == len(chosen) else messages.WARNING
        self.message_user(request, text, level)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that sends one again."""
        view = self.admin_site.admin_view(self.send_one_again)
        name = "runner_outgoingmessage_again"
        return [path("<path:pk>/again/", view, name=name), *super().get_urls()]

    def send_one_again(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Send a message that has ended once more, and go back to it."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        message = self.row(request, pk)
        if request.method == "POST":
            sent = send_again([message])
            text = "It is sent again." if sent else "It waits anyway, or its endpoint is off."
            self.message_user(request, text, messages.SUCCESS if sent else messages.WARNING)
        return redirect("admin:runner_outgoingmessage_change", message.pk)

    def title_of(self, row: OutgoingMessage) -> str:
        """Return the heading of a message's page."""
        return row.type

    def shown(self, request: HttpRequest, row: OutgoingMessage) -> dict[str, Any]:
        """Return the message with every attempt."""
        waits = row.status == MessageStatus.WAITING
        return {
            "message": row,
            "status": showing.status(row),
            "created": badges.moment(row.created),
            "next": badges.moment(row.due) if waits else "",
            "run_status": badges.status(row.run) if row.run else "",
            "headers": header_names(row),
            "body": show_body(bytes(row.body)),
            "size": len(row.body),
            "attempts": showing.attempt_rows(row),
            "curl": showing.curl(row),
            "may_send": self.has_send_permission(request) and not waits,
        }
