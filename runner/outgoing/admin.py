"""Endpoints in the admin: made, tried, rotated, switched on and off, with their last day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from runner.admin_pages import Surrounded
from runner.models import Endpoint, OutgoingMessage, SendAttempt
from runner.outgoing import showing
from runner.outgoing.endpoints import (
    LONGEST_KEPT,
    check,
    create_endpoint,
    rotate_secret,
    switch_off,
    switch_on,
)
from runner.outgoing.messages import keep_test
from runner.outgoing.statistics import chart, last_day
from runner.webhooks import badges

if TYPE_CHECKING:
    EndpointModelForm = forms.ModelForm[Endpoint]
else:
    EndpointModelForm = forms.ModelForm

PAGES = "admin/outgoing"
FIELDS = ("name", "owner", "url", "blueprint", "on_succeeded", "on_failed", "on_cancelled")


class EndpointForm(EndpointModelForm):
    """An endpoint, checked as the API checks it."""

    class Meta:
        model = Endpoint
        fields = FIELDS
        widgets = {"url": forms.URLInput(attrs={"class": "vURLField"})}

    def clean(self) -> dict[str, Any]:
        """Check that the settings fit together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for name, value in cleaned.items():
                setattr(self.instance, name, value)
            try:
                check(self.instance)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


class RotateForm(forms.Form):
    """For how long the old secret signs too."""

    keep_hours = forms.FloatField(
        label="Hours that messages are signed with the old secret too",
        min_value=0,
        max_value=LONGEST_KEPT,
        initial=24,
    )


@admin.register(Endpoint)
class EndpointAdmin(Surrounded[Endpoint]):
    """The addresses that are told."""

    come_from = "Each is an address that messages are sent to."
    form = EndpointForm
    change_form_template = "admin/outgoing/endpoint.html"
    change_list_template = "admin/outgoing/endpoints.html"
    list_display = ("name", "url", "owner", "told", "state", "day")
    list_filter = ("enabled", "owner", "blueprint")
    list_select_related = ("owner", "blueprint")
    search_fields = ("name", "url", "blueprint__name", "owner__username")
    actions = ("enable", "disable", "rotate_selected", "try_selected")
    list_per_page = 50

    # --- the list --------------------------------------------------------------

    @admin.display(description="told of")
    def told(self, endpoint: Endpoint) -> str:
        """Which ends it is told of."""
        return showing.told_of(endpoint)

    @admin.display(description="state", ordering="enabled")
    def state(self, endpoint: Endpoint) -> SafeString:
        """Whether it gets messages."""
        return showing.state(endpoint)

    @admin.display(description="last day")
    def day(self, endpoint: Any) -> str:
        """What became of its attempts in the last day."""
        return str(endpoint.last_day)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show above the list what became of the attempts of the last day."""
        keys = Endpoint.objects.values_list("pk", flat=True)
        return super().changelist_view(request, {"day": chart(keys), **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Count the last day of all that a page shows at once."""
        found = super().get_changelist_instance(request)
        days = last_day([endpoint.pk for endpoint in found.result_list])
        for endpoint in found.result_list:
            endpoint.last_day = days[endpoint.pk]
        return found

    @admin.action(description="Enable selected endpoints", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Let them get messages."""
        changed = [endpoint for endpoint in queryset if not endpoint.enabled]
        for endpoint in changed:
            switch_on(endpoint)
            self.log_change(request, endpoint, "Enabled.")
        self.message_user(request, self.counted(changed, "enabled"), messages.SUCCESS)

    @admin.action(description="Disable selected endpoints", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Send them nothing any more."""
        changed = [endpoint for endpoint in queryset if endpoint.enabled]
        for endpoint in changed:
            switch_off(endpoint)
            self.log_change(request, endpoint, "Disabled.")
        self.message_user(request, self.counted(changed, "disabled"), messages.SUCCESS)

    @admin.action(description="Send a test to selected endpoints", permissions=["change"])
    def try_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Send each that is on a message that only tries it."""
        tried = [endpoint for endpoint in queryset if endpoint.enabled]
        for endpoint in tried:
            keep_test(endpoint)
        what = "get a test" if len(tried) != 1 else "gets a test"
        text = self.counted(tried, f"{what}; what comes of it is shown with their messages")
        self.message_user(request, text, messages.SUCCESS if tried else messages.WARNING)

    @admin.action(description="Rotate the secrets of selected endpoints", permissions=["change"])
    def rotate_selected(
        self, request: HttpRequest, queryset: QuerySet[Endpoint]
    ) -> HttpResponseBase:
        """Ask, then give each a new secret and show them all, this once."""
        form = RotateForm(request.POST if "rotate" in request.POST else None)
        rows = list(queryset)
        return self.rotate_many(
            request, rows, form, lambda it: rotate_secret(it, form.cleaned_data["keep_hours"])
        )

    # --- one endpoint ----------------------------------------------------------

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the person who makes it as the owner."""
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        """Save, with a secret for a new endpoint."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj._shown_secret = create_endpoint(obj)  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, this once."""
        secret = obj._shown_secret  # type: ignore[attr-defined]
        return self._ready(request, obj, secret, "Endpoint created")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let messages go with their endpoint, though nobody may delete one alone."""
        gone, counts, needed, protected = super().get_deleted_objects(objs, request)
        names = {OutgoingMessage._meta.verbose_name, SendAttempt._meta.verbose_name}
        return gone, counts, needed - names, protected

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        """Tell the steps that wait, then delete."""
        switch_off(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Tell the steps that wait, then delete."""
        for endpoint in queryset:
            switch_off(endpoint)
        super().delete_queryset(request, queryset)

    def beside(self, request: HttpRequest, row: Endpoint) -> dict[str, Any]:
        """Show the form below the state and above the latest messages."""
        return {
            "endpoint": row,
            "state": showing.state(row),
            "day": chart([row.pk]),
            "summary": last_day([row.pk])[row.pk],
            "rows": [
                {"message": it, "when": badges.moment(it.created), "status": showing.status(it)}
                for it in row.messages.select_related("run").order_by("-created")[:8]
            ],
        }

    # --- pages of their own ----------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add what rotates, tries and switches one."""
        wrap = self.admin_site.admin_view
        return [
            path("<path:pk>/rotate/", wrap(self.rotate), name="runner_endpoint_rotate"),
            path("<path:pk>/test/", wrap(self.test), name="runner_endpoint_test"),
            path("<path:pk>/switch/", wrap(self.switch), name="runner_endpoint_switch"),
            *super().get_urls(),
        ]

    def rotate(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Ask, then replace the secret and show the new one, this once."""
        endpoint = self.changed_row(request, pk)
        form = RotateForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            title = "Rotate the secret"
            return self.page_of(request, endpoint, f"{PAGES}/rotate.html", title, {"form": form})
        secret = rotate_secret(endpoint, form.cleaned_data["keep_hours"])
        self.log_change(request, endpoint, "Rotated the secret.")
        return self._ready(request, endpoint, secret, "The secret is rotated")

    def test(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Send a message that only tries the endpoint, and show what becomes of it."""
        endpoint = self.changed_row(request, pk)
        if request.method != "POST":
            return redirect("admin:runner_endpoint_change", endpoint.pk)
        if not endpoint.enabled:
            text = "The endpoint is switched off; switch it on first."
            self.message_user(request, text, messages.WARNING)
            return redirect("admin:runner_endpoint_change", endpoint.pk)
        message = keep_test(endpoint)
        text = "A test is on its way; what came of it shows here once you load the page anew."
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:runner_outgoingmessage_change", message.pk)

    def switch(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Switch the endpoint on or off."""
        endpoint = self.changed_row(request, pk)
        if request.method == "POST":
            on = not endpoint.enabled
            (switch_on if on else switch_off)(endpoint)
            self.log_change(request, endpoint, "Enabled." if on else "Disabled.")
            text = "The endpoint is switched on." if on else "The endpoint is switched off."
            self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:runner_endpoint_change", endpoint.pk)

    def _ready(
        self, request: HttpRequest, endpoint: Endpoint, secret: str, title: str
    ) -> HttpResponse:
        # In answer to the POST itself: a redirect would have to keep the secret in between.
        extra = {"endpoint": endpoint, "secret": secret}
        return self.page_of(request, endpoint, f"{PAGES}/ready.html", title, extra)
