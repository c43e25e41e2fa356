"""Webhooks in the admin: made, tested, their secrets rotated, switched on and off."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.admin_pages import Surrounded
from runner.models import Authentication, Webhook, WebhookDelivery
from runner.webhooks import badges, showing, testing
from runner.webhooks.addresses import (
    SETTINGS,
    forget_old_secret,
    needs_secret,
    new_token,
    rotate_secret,
    secret_header,
    webhook_url,
)
from runner.webhooks.curl import curl
from runner.webhooks.forms import RotationForm, TestRequestForm, WebhookForm
from runner.webhooks.lookup import Address, address_of, find
from runner.webhooks.statistics import last_day

PAGES = "admin/webhooks"

DEFAULT_METHOD = "POST"


@admin.register(Webhook)
class WebhookAdmin(Surrounded[Webhook]):
    """The addresses that start runs."""

    come_from = "Each gives the trigger “Webhook” of a blueprint an address."
    form = WebhookForm
    change_form_template = "admin/webhooks/change_form.html"
    list_display = ("name", "address", "authentication_", "switch", "last_delivery")
    list_display_links = ("name",)
    list_filter = ("enabled", "authentication", "blueprint")
    list_select_related = ("blueprint__published__drawing",)
    search_fields = ("blueprint__name", "node", "token")
    actions = ("enable", "disable", "rotate_selected")
    change_list_template = "admin/webhooks/change_list.html"
    list_per_page = 50

    # --- the list --------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        """Bring each webhook's last delivery along, and where its address begins."""
        latest = WebhookDelivery.objects.filter(webhook=OuterRef("pk")).order_by("-received")
        return (
            super()
            .get_queryset(request)
            # Test addresses belong to the editor, where they are opened and end.
            .filter(draft=False)
            .annotate(
                last_verdict=Subquery(latest.values("verdict")[:1]),
                last_received=Subquery(latest.values("received")[:1]),
                base=Value(request.build_absolute_uri("/")),
            )
        )

    @admin.display(description="webhook", ordering="blueprint__name")
    def name(self, webhook: Webhook) -> str:
        """Blueprint and node."""
        return str(webhook)

    @admin.display(description="address")
    def address(self, webhook: Any) -> SafeString:
        """A button that copies the address; its title shows it."""
        place, url = f"address-{webhook.pk.hex}", webhook_url(webhook, webhook.base)
        return format_html(
            '<span class="c-copy"><span id="{}" hidden>{}</span>'
            '<button type="button" data-copy="{}" title="{}">Copy</button></span>',
            place,
            url,
            place,
            url,
        )

    @admin.display(description="authentication", ordering="authentication")
    def authentication_(self, webhook: Webhook) -> str:
        """How it knows its callers, in a word."""
        return badges.AUTHENTICATION.get(webhook.authentication, webhook.authentication)

    @admin.display(description="state", ordering="enabled")
    def switch(self, webhook: Webhook) -> SafeString:
        """Whether it answers."""
        if not webhook.enabled:
            return badges.badge("disabled", "bad")
        missing = address_of(webhook).missing
        return badges.badge("not published", "waits", missing) if missing else badges.ANSWERS

    @admin.display(description="last delivery")
    def last_delivery(self, webhook: Any) -> SafeString | str:
        """What became of the last request."""
        if webhook.last_received is None:
            return "never"
        when = badges.moment(webhook.last_received)
        return format_html("{} {}", badges.verdict(webhook.last_verdict), when)

    @admin.action(description="Enable selected webhooks", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        """Let them answer."""
        self._switch(request, queryset, enabled=True)

    @admin.action(description="Disable selected webhooks", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        """Let them answer 404."""
        self._switch(request, queryset, enabled=False)

    @admin.action(description="Rotate the secrets of selected webhooks", permissions=["change"])
    def rotate_selected(
        self, request: HttpRequest, queryset: QuerySet[Webhook]
    ) -> HttpResponse | None:
        """Ask, then give each a new secret and show them all, this once."""
        chosen = [webhook for webhook in queryset if needs_secret(webhook)]
        if not chosen:
            text = "None of the selected webhooks has a secret."
            self.message_user(request, text, messages.WARNING)
            return None
        form = RotationForm(request.POST if "rotate" in request.POST else None, many=True)
        return self.rotate_many(
            request,
            chosen,
            form,
            lambda it: rotate_secret(it, keep_old_hours=form.cleaned_data["keep_old_hours"]),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show above the list what came in the last day."""
        keys = Webhook.objects.filter(draft=False).values_list("pk", flat=True)
        return super().changelist_view(request, {"day": last_day(keys), **(extra_context or {})})

    def _switch(self, request: HttpRequest, queryset: QuerySet[Webhook], *, enabled: bool) -> None:
        # One by one: saving a row announces the change, so that it acts at once.
        changed = [webhook for webhook in queryset if webhook.enabled is not enabled]
        for webhook in changed:
            webhook.enabled = enabled
            webhook.save(update_fields=["enabled", "updated"])
            self.log_change(request, webhook, "Enabled." if enabled else "Disabled.")
        text = self.counted(changed, "enabled" if enabled else "disabled")
        self.message_user(request, text, messages.SUCCESS)

    # --- one webhook -----------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        """The trigger, who may call, and whether it answers."""
        first = "trigger" if self._may_edit(request, obj) else "blueprint"
        if first == "blueprint":
            fields: tuple[str, ...] = ("blueprint", "node", "enabled")
        else:
            fields = ("trigger", "enabled")
        who = ["authentication", *SETTINGS]
        if first == "trigger":
            who[1:1] = ["open_to_all"] if obj else ["open_to_all", "given_secret"]
        often = [who.pop(who.index(name)) for name in ("rate_limit", "burst")]
        return (
            (None, {"fields": fields}),
            ("Who may call it", {"fields": tuple(who)}),
            ("How often", {"fields": tuple(often)}),
        )

    def _may_edit(self, request: HttpRequest, obj: Webhook | None) -> bool:
        if obj is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start from the blueprint and node that the editor's link names."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        return {key: value for key, value in initial.items() if isinstance(value, str)}

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        """Save, with a new address for a new webhook and a secret where one is needed."""
        obj._shown_secret = None  # type: ignore[attr-defined]
        if not change:
            obj.token = new_token()
        super().save_model(request, obj, form, change)
        given = form.cleaned_data.get("given_secret", "")
        if needs_secret(obj) and not obj.secret:
            made = rotate_secret(obj, given)
            # Who pasted it knows it.
            obj._shown_secret = None if given else made  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the address and the secret, this once."""
        return self._ready(request, obj, getattr(obj, "_shown_secret", None), "Webhook created")

    def response_change(self, request: HttpRequest, obj: Webhook) -> HttpResponse:
        """Show a secret that the change made necessary, this once."""
        secret = getattr(obj, "_shown_secret", None)
        if secret:
            return self._ready(request, obj, secret, "Webhook changed")
        return super().response_change(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let deliveries go with their webhook, though nobody may delete one alone."""
        gone, counts, needed, protected = super().get_deleted_objects(objs, request)
        name = WebhookDelivery._meta.verbose_name
        return gone, counts, needed - {name}, protected

    def beside(self, request: HttpRequest, row: Webhook) -> dict[str, Any]:
        """Show the form below the address, ready to copy, and above the latest deliveries."""
        address = find(row.token)
        assert address is not None
        latest = row.deliveries.select_related("run").order_by("-received")[:8]
        return {
            **self._context(request, row, address),
            "deliveries": badges.rows(latest),
            "day": last_day([row.pk]),
        }

    # --- pages of their own ----------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that rotate and test."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:pk>/rotate/", wrap(self.rotate), name="runner_webhook_rotate"),
            path("<path:pk>/forget/", wrap(self.forget), name="runner_webhook_forget"),
            path("<path:pk>/test/", wrap(self.test), name="runner_webhook_test"),
            *super().get_urls(),
        ]

    def rotate(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Ask, then replace the secret and show the new one, this once."""
        webhook = self.changed_row(request, pk)
        if not needs_secret(webhook):
            text = "This webhook asks for no secret; choose another authentication first."
            self.message_user(request, text, messages.WARNING)
            return redirect("admin:runner_webhook_change", webhook.pk)
        form = RotationForm(request.POST if request.method == "POST" else None)
        secret = self._rotated(webhook, form) if form.is_valid() else None
        if secret is None:
            shown = {"form": form}
            return self.page_of(
                request, webhook, f"{PAGES}/rotate.html", "Rotate the secret", shown
            )
        self.log_change(request, webhook, "Rotated the secret.")
        given = form.cleaned_data["secret"]
        return self._ready(request, webhook, None if given else secret, "The secret is rotated")

    def _rotated(self, webhook: Webhook, form: RotationForm) -> str | None:
        try:
            return rotate_secret(webhook, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return None

    def forget(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """End the time in which the secret before this one opens."""
        webhook = self.changed_row(request, pk)
        if request.method == "POST":
            forget_old_secret(webhook)
            self.log_change(request, webhook, "Ended the old secret.")
            self.message_user(request, "The old secret opens no more.", messages.SUCCESS)
        return redirect("admin:runner_webhook_change", webhook.pk)

    def test(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Send a request of one's own making through the real way in, and show what came."""
        webhook = self.changed_row(request, pk)
        address = find(webhook.token)
        assert address is not None
        methods = tuple(address.methods) or (DEFAULT_METHOD,)
        form = TestRequestForm(methods, request.POST or None)
        extra: dict[str, Any] = {"webhook": webhook, "form": form, "address": address}
        if request.method == "POST" and form.is_valid():
            result = testing.send(address, **form.cleaned_data)
            rows = WebhookDelivery.objects.select_related("run").filter(pk__in=result.deliveries)
            extra |= {
                "result": result,
                "row": next(iter(badges.rows(rows)), None),
                "shown": showing.show_body(result.body),
            }
        return self.page_of(request, webhook, f"{PAGES}/test.html", "Send a test", extra)

    def _ready(
        self, request: HttpRequest, webhook: Webhook, secret: str | None, title: str
    ) -> HttpResponse:
        # Rendered in answer to the POST itself: through a redirect the secret would have to be
        # kept somewhere in between. (Admin pages are sent with `no-store`.)
        address = find(webhook.token)
        assert address is not None
        context = self._context(request, webhook, address, secret or "") | {"secret": secret}
        return self.page_of(request, webhook, f"{PAGES}/ready.html", title, context)

    def _context(
        self, request: HttpRequest, webhook: Webhook, address: Address, secret: str = ""
    ) -> dict[str, Any]:
        url = webhook_url(webhook, request.build_absolute_uri("/"))
        method = (address.methods or [DEFAULT_METHOD])[0]
        return {
            "webhook": webhook,
            "address": address,
            "url": url,
            "header": secret_header(webhook),
            "curl": curl(address, url, method, secret),
            "needs_secret": needs_secret(webhook),
            "needs_token": webhook.authentication == Authentication.JWT
            and not needs_secret(webhook),
            "old_until": webhook.old_until
            if webhook.old_until and webhook.old_until > timezone.now()
            else None,
        }
