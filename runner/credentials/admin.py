"""Credentials in the admin: made, changed, and who uses them; their secrets are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from runner.admin_pages import Surrounded
from runner.credentials.forms import FIELDS_OF, ORDER, SETTINGS, VALUES, CredentialForm
from runner.credentials.grants import connect_at, connection_of
from runner.credentials.keeping import names_of_secrets
from runner.credentials.usage import users_of
from runner.engine.rates import in_words
from runner.graph.document import Rate
from runner.models import Credential
from runner.nodes.credentials import KINDS


@admin.register(Credential)
class CredentialAdmin(Surrounded[Credential]):
    """What proves to other programs who runs are."""

    come_from = "Each is a password, token or key that blueprints use by its name."
    form = CredentialForm
    change_form_template = "admin/credentials/credential.html"
    list_display = ("name", "what", "owner", "sent_to", "editors", "rate", "updated")
    list_filter = ("kind", "for_editors", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "hosts", "owner__username")
    list_per_page = 50

    @admin.display(description="kind", ordering="kind")
    def what(self, credential: Credential) -> str:
        """Its kind, with what may be seen of it."""
        title = KINDS[credential.kind].title if credential.kind in KINDS else credential.kind
        return f"{title} ({credential.seen})" if credential.seen else title

    @admin.display(description="sent to")
    def sent_to(self, credential: Credential) -> str:
        """The hosts that it may be sent to."""
        hosts = credential.host_list
        if not hosts:
            return "any host" if credential.kind != "values" else "–"
        return hosts[0] if len(hosts) == 1 else f"{hosts[0]} and {len(hosts) - 1} more"

    @admin.display(description="editors", ordering="for_editors")
    def editors(self, credential: Credential) -> str:
        """Whether editors of its owner's blueprints may use it too."""
        return "open" if credential.for_editors else "–"

    @admin.display(description="rate")
    def rate(self, credential: Credential) -> str:
        """How often it may be used."""
        if credential.per_second is None:
            return "any"
        return in_words(Rate(per_second=credential.per_second, burst=credential.burst))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the person who makes it as the owner."""
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Credential | None = None
    ) -> tuple[str, ...]:
        """Leave its owner and kind as they are: another one is another credential."""
        return () if obj is None else ("owner", "kind")

    def get_fieldsets(self, request: HttpRequest, obj: Credential | None = None) -> Any:
        """Show what it is before where and how often it may be used; of one, its kind's fields."""
        if obj is None:
            fields = (*(name for name in ORDER if name != VALUES), VALUES)
        else:
            fields = FIELDS_OF.get(obj.kind, ())
            if not self.has_change_permission(request, obj):
                fields = ()
        return (
            (None, {"fields": ("name", "owner", "kind", *fields)}),
            ("Where and how often", {"fields": SETTINGS}),
        )

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        """Keep it, with its secrets sealed."""
        form.keep()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say which blueprints fail without it before it is deleted."""
        gone, counts, needed, protected = super().get_deleted_objects(objs, request)
        for row in objs:
            names = ", ".join(it.name for it in users_of(row.owner, row.name))
            if names:
                gone.append(format_html("These blueprints use {} and will fail: {}", row, names))
        return gone, counts, needed, protected

    def beside(self, request: HttpRequest, row: Credential) -> dict[str, Any]:
        """Show which blueprints use it, and what is secret of it, by name."""
        secrets = names_of_secrets(row)
        return {
            "credential": row,
            "users": users_of(row.owner, row.name),
            "secrets": secrets or [],
            "readable": secrets is not None,
            "connection": connection_of(row),
            "connect_at": connect_at(row),
            "about": KINDS[row.kind].about if row.kind in KINDS else "",
        }
