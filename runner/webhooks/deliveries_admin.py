"""Deliveries in the admin: every request that came, what became of it, and delivering it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import Shown, person
from runner.journal.files import ValueLost
from runner.long_lists import LongList
from runner.models import Verdict, Webhook, WebhookDelivery
from runner.webhooks import badges, replay, showing
from runner.webhooks.addresses import webhook_url
from runner.webhooks.curl import MOST_BODY, OWN_TO_CURL, command
from runner.webhooks.deliveries import body_of
from runner.webhooks.lookup import address_of
from runner.written import Written

MOST_AT_ONCE = 100


class ByVerdict(admin.ChoicesFieldListFilter):
    """Deliveries by what became of them; those that were refused have an index."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Call each by the words that the list has for it."""
        for choice in super().choices(changelist):
            yield {**choice, "display": str(choice["display"]).capitalize()}

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> QuerySet[WebhookDelivery]:
        """Return those of the one that was chosen."""
        found = cast("QuerySet[WebhookDelivery]", super().queryset(request, queryset))
        chosen = request.GET.get(str(self.lookup_kwarg), "")
        return (
            found.filter(~Q(verdict=Written(Verdict.ACCEPTED.value))) if _refused(chosen) else found
        )


def _refused(verdict: str) -> bool:
    return verdict in Verdict.values and verdict != Verdict.ACCEPTED


class OfTestAddress(admin.SimpleListFilter):
    """Whether it came to a test address."""

    title = "test address"
    parameter_name = "test"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("1", "Yes"), ("0", "No")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> QuerySet[WebhookDelivery]:
        """Return those of the one that was chosen.

        Addresses are few. By a join with them all deliveries would be read for those of none.
        """
        if self.value() not in ("0", "1"):
            return queryset
        test = list(Webhook.objects.filter(draft=True).values_list("pk", flat=True))
        chosen = self.value() == "1"
        return queryset.filter(webhook__in=test) if chosen else queryset.exclude(webhook__in=test)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LongList[WebhookDelivery], Shown[WebhookDelivery]):
    """Requests as they came. They are facts: nobody adds, changes or deletes one."""

    come_from = "Each request to a webhook has a row here."
    change_form_template = "admin/webhooks/delivery.html"
    list_display = ("when", "verdict_", "request_line", "webhook", "run_")
    list_display_links = ("when",)
    list_filter = (("verdict", ByVerdict), "received", OfTestAddress, "webhook")
    list_select_related = ("webhook__blueprint", "run")
    # Ids begin with their moment, so this is the order in time, from an index.
    ordering = ("-id",)
    sortable_by = ("when",)
    search_fields = ("path", "sender", "webhook__blueprint__name", "webhook__node", "reason")
    actions = ("deliver_selected_again", "deliver_selected_to_draft")
    list_per_page = 50

    class Media:
        js = (Script("admin-conductor/live.js", defer=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Leave the bodies out; a list does not show them."""
        return super().get_queryset(request).defer("body", "headers")

    def get_ordering(
        self, request: HttpRequest
    ) -> list[str | Combinable] | tuple[str | Combinable, ...]:
        """Go by the index of a webhook where only its deliveries are shown, refused or not."""
        one = any(name.startswith("webhook__id") for name in request.GET)
        refused = _refused(request.GET.get("verdict__exact", ""))
        return ("-received",) if one and not refused else super().get_ordering(request)

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        """Whoever may change webhooks may deliver again: it starts a run, as a request would."""
        return request.user.has_perm("runner.change_webhook")

    @admin.display(description="received", ordering="id")
    def when(self, delivery: WebhookDelivery) -> SafeString | str:
        """When it came."""
        return badges.moment(delivery.received)

    @admin.display(description="verdict", ordering="verdict")
    def verdict_(self, delivery: WebhookDelivery) -> SafeString:
        """What became of it."""
        return badges.verdict(delivery.verdict)

    @admin.display(description="request")
    def request_line(self, delivery: WebhookDelivery) -> SafeString:
        """Method, path and query, and why it was refused."""
        drafted = delivery.run is not None and delivery.run.version_id is None
        again = "delivered again, to the draft" if drafted else "delivered again"
        why = delivery.reason or (again if delivery.replay_of_id else "")
        line = badges.request_line(delivery)
        return format_html('{}<span class="c-why">{}</span>', line, why)

    @admin.display(description="run")
    def run_(self, delivery: WebhookDelivery) -> SafeString | str:
        """The run that it started, as it stands."""
        if delivery.run is None:
            return "–"
        url = reverse("admin:runner_run_change", args=[delivery.run.pk])
        return format_html('<a href="{}">{}</a>', url, badges.status(delivery.run))

    @admin.action(description="Deliver selected again", permissions=["deliver"])
    def deliver_selected_again(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> None:
        """Start a run from each, in the order in which they came."""
        self._deliver(request, queryset)

    @admin.action(description="Deliver selected again, to the drafts", permissions=["deliver"])
    def deliver_selected_to_draft(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]
    ) -> None:
        """Start a run of the blueprint's draft from each."""
        self._deliver(request, queryset, draft=True)

    def _deliver(
        self, request: HttpRequest, queryset: QuerySet[WebhookDelivery], draft: bool | None = None
    ) -> None:
        chosen = list(queryset.defer(None).order_by("id")[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            text = f"At most {MOST_AT_ONCE} deliveries are delivered again at once."
            self.message_user(request, text, messages.ERROR)
            return
        started, by = 0, person(request)
        for delivery in chosen:
            try:
                started += replay.deliver_again(delivery, by, draft=draft).run_id is not None
            except ValueLost as error:
                self.message_user(request, f"A body is gone: {error}.", messages.ERROR)
        text = f"{started} of {len(chosen)} deliveries started a run."
        level = messages.SUCCESS if started == len(chosen) else messages.WARNING
        self.message_user(request, text, level)

    def get_urls(self) -> list[URLPattern]:
        """Add the address that delivers one again."""
        view = self.admin_site.admin_view(self.deliver_one_again)
        name = "runner_webhookdelivery_again"
        return [path("<path:pk>/again/", view, name=name), *super().get_urls()]

    def deliver_one_again(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Start a new run from the stored request, and show what came of it."""
        if not self.has_deliver_permission(request):
            raise PermissionDenied
        delivery = self.row(request, pk)
        if request.method != "POST":
            return redirect("admin:runner_webhookdelivery_change", delivery.pk)
        try:
            to_draft = True if "draft" in request.POST else None
            made = replay.deliver_again(delivery, person(request), draft=to_draft)
        except ValueLost as error:
            self.message_user(request, f"The body is gone: {error}.", messages.ERROR)
            return redirect("admin:runner_webhookdelivery_change", delivery.pk)
        if made.run_id:
            self.message_user(request, "Delivered again: a run has started.", messages.SUCCESS)
        else:
            text = f"Delivered again, and refused: {made.reason}"
            self.message_user(request, text, messages.WARNING)
        return redirect("admin:runner_webhookdelivery_change", made.pk)

    def title_of(self, row: WebhookDelivery) -> str:
        """Return the heading of a delivery's page."""
        return badges.request_line(row)

    def shown(self, request: HttpRequest, row: WebhookDelivery) -> dict[str, Any]:
        """Return the request as it came."""
        delivery = row
        body, lost = b"", ""
        try:
            body = body_of(delivery)
        except ValueLost as error:
            lost = str(error)
        again = WebhookDelivery.objects.filter(replay_of=delivery).select_related("run")
        return {
            "delivery": delivery,
            "headers": sorted(delivery.headers.items()),
            "body": showing.show_body(body),
            "size": len(body),
            "lost": lost,
            "curl": self._curl(request, delivery, body),
            "row": next(iter(badges.rows([delivery]))),
            "deliveries": badges.rows(again.order_by("-id")[:20]),
            "may_deliver": self.has_deliver_permission(request),
        }

    def _curl(self, request: HttpRequest, delivery: WebhookDelivery, body: bytes) -> str:
        """Return the command that makes the same request again; empty where none can."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return ""
        if len(text) > MOST_BODY or "\0" in text:
            return ""
        url = webhook_url(delivery.webhook, request.build_absolute_uri("/"))
        url += f"/{quote(delivery.path)}" if delivery.path else ""
        url += f"?{delivery.query}" if delivery.query else ""
        headers = {name: it for name, it in delivery.headers.items() if name not in OWN_TO_CURL}
        wanted = address_of(delivery.webhook).credentials
        return command(wanted, url, delivery.method, text, headers)
