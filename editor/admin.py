"""Blueprints, versions and drawings in the admin: to look at; drawing is done in the editor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from editor.actions.sharing import withdraw
from editor.models import ApiToken, Blueprint, BlueprintVersion, Drawing, Share, ShareLink
from runner.models import Run
from runner.read_only import ReadOnly

if TYPE_CHECKING:
    BlueprintModelAdmin = admin.ModelAdmin[Blueprint]
    VersionModelAdmin = admin.ModelAdmin[BlueprintVersion]
    DrawingModelAdmin = admin.ModelAdmin[Drawing]
    TokenModelAdmin = admin.ModelAdmin[ApiToken]
    ShareModelAdmin = admin.ModelAdmin[Share]
    LinkModelAdmin = admin.ModelAdmin[ShareLink]
    VersionTabular = admin.TabularInline[BlueprintVersion, Blueprint]
    PeopleAdmin = UserAdmin[User]
else:
    BlueprintModelAdmin = VersionModelAdmin = DrawingModelAdmin = admin.ModelAdmin
    TokenModelAdmin = ShareModelAdmin = LinkModelAdmin = admin.ModelAdmin
    VersionTabular = admin.TabularInline
    PeopleAdmin = UserAdmin

admin.site.unregister((Group, User))
admin.site.site_header = "Conductor"
admin.site.site_title = "Conductor"
admin.site.index_title = "Administration"
admin.site.site_url = "/blueprints/"

MOST_SHOWN = 200_000  # characters of a document
RUNS_COUNTED = 1000  # of each blueprint of the list


class VersionInline(ReadOnly, VersionTabular):
    """The versions of a blueprint."""

    model = BlueprintVersion
    fields = ("number", "message", "published_by", "created", "drawing")
    readonly_fields = fields
    ordering = ("-number",)
    show_change_link = True


@admin.register(Blueprint)
class BlueprintAdmin(BlueprintModelAdmin):
    """Blueprints: given another owner here; drawn, named and deleted in the editor."""

    list_display = ("name", "owner", "state", "revision", "run_count", "updated", "edit")
    list_per_page = 50
    list_filter = ("owner",)
    list_select_related = ("owner", "published")
    search_fields = ("name", "owner__username")
    fields = ("name", "owner", "state", "revision", "created", "updated", "edit", "document")
    readonly_fields = ("name", "state", "revision", "created", "updated", "edit", "document")
    inlines = (VersionInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: blueprints are made in the editor."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: with it would go all its runs."""
        return False

    @admin.display(description="published")
    def state(self, blueprint: Blueprint) -> str:
        """The version that webhooks and schedules use."""
        return f"v{blueprint.published.number}" if blueprint.published else "not published"

    @admin.display(description="runs")
    def run_count(self, blueprint: Blueprint) -> SafeString:
        """How many runs there are, and the way to them."""
        url = f"{reverse('admin:runner_run_changelist')}?blueprint__id__exact={blueprint.pk}"
        # Blueprint by blueprint, as an index has them, and of no list are all of them wanted.
        runs = Run.objects.filter(blueprint=blueprint).order_by()
        count = runs[: RUNS_COUNTED + 1].count()
        shown = f"more than {RUNS_COUNTED:,}" if count > RUNS_COUNTED else count
        return format_html('<a href="{}">{}</a>', url, shown)

    @admin.display(description="editor")
    def edit(self, blueprint: Blueprint) -> SafeString:
        """The way to the canvas."""
        return format_html('<a href="/blueprints/{}/">Open on the canvas</a>', blueprint.pk)

    @admin.display(description="draft")
    def document(self, blueprint: Blueprint) -> SafeString:
        """The draft's document."""
        return shown(blueprint.draft)

    def save_model(self, request: HttpRequest, obj: Blueprint, form: Any, change: bool) -> None:
        """Write the owner alone, so that a draft saved meanwhile is not set back.

        The runs go with the blueprint; what it was shared with stays so.
        """
        with transaction.atomic():
            obj.save(update_fields=["owner", "updated"])
            Run.objects.filter(blueprint=obj).exclude(owner=obj.owner).update(owner=obj.owner)


@admin.register(BlueprintVersion)
class VersionAdmin(ReadOnly, VersionModelAdmin):
    """Published versions, which never change."""

    come_from = "Each time a blueprint is published there is one more."
    list_display = ("version", "number", "name", "message", "published_by", "created")
    list_filter = ("created", "blueprint")
    list_select_related = ("blueprint", "published_by")
    search_fields = ("blueprint__name", "name", "message")
    ordering = ("-created",)
    fields = (
        "blueprint",
        "number",
        "name",
        "message",
        "published_by",
        "created",
        "hash_",
        "document",
    )
    readonly_fields = ("hash_", "document")

    @admin.display(description="version", ordering="blueprint__name")
    def version(self, version: BlueprintVersion) -> str:
        """Blueprint and number."""
        return str(version)

    @admin.display(description="content hash")
    def hash_(self, version: BlueprintVersion) -> str:
        """The hash of its drawing."""
        return version.drawing_id

    @admin.display(description="document")
    def document(self, version: BlueprintVersion) -> SafeString:
        """The drawing's document."""
        return shown(version.drawing.document)


@admin.register(Drawing)
class DrawingAdmin(ReadOnly, DrawingModelAdmin):
    """Documents by their content, as versions and runs use them."""

    list_display = ("short_hash", "name", "created")
    search_fields = ("hash",)
    ordering = ("-created",)
    fields = ("hash", "created", "shown_document")
    readonly_fields = fields

    @admin.display(description="hash", ordering="hash")
    def short_hash(self, drawing: Drawing) -> SafeString:
        """The beginning of the hash, as runs show it."""
        return format_html('<code title="{}">{}</code>', drawing.pk, drawing.pk[:12])

    @admin.display(description="name")
    def name(self, drawing: Drawing) -> str:
        """The name that the document has."""
        return str(drawing.document.get("name", ""))

    @admin.display(description="document")
    def shown_document(self, drawing: Drawing) -> SafeString:
        """The document."""
        return shown(drawing.document)


@admin.register(ApiToken)
class ApiTokenAdmin(TokenModelAdmin):
    """API tokens: to see when they were used, and to withdraw them."""

    come_from = "The command “conductor token create” makes them."
    list_display = ("name", "user", "created", "used")
    list_filter = ("user",)
    fields = ("name", "user", "created", "used")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: `conductor token create` makes them and shows them, once."""
        return False


class Withdrawn:
    """Rows that are made by the owner in the editor, never changed, and may be withdrawn here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the owner shares in the editor."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Withdraw it, so that open pages close."""
        withdraw(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Withdraw all of them."""
        with transaction.atomic():
            for row in queryset:
                withdraw(row)


@admin.register(Share)
class ShareAdmin(Withdrawn, ShareModelAdmin):
    """Who may do what with the blueprint of somebody else."""

    come_from = "Owners share their blueprints in the editor."
    list_display = ("user", "right", "blueprint", "owner", "link", "created")
    list_filter = ("right", "user")
    list_select_related = ("user", "blueprint__owner", "link")
    search_fields = ("user__username", "blueprint__name", "blueprint__owner__username")
    fields = ("blueprint", "user", "right", "link", "created")

    @admin.display(description="owner", ordering="blueprint__owner__username")
    def owner(self, share: Share) -> str:
        """Whose blueprint it is."""
        return share.blueprint.owner.get_username()


@admin.register(ShareLink)
class ShareLinkAdmin(Withdrawn, LinkModelAdmin):
    """Links that open blueprints; their tokens are kept nowhere."""

    come_from = "Owners share their blueprints in the editor."
    list_display = ("__str__", "right", "open", "blueprint", "owner", "expires", "used")
    list_filter = ("right", "open")
    list_select_related = ("blueprint__owner",)
    search_fields = ("name", "blueprint__name", "blueprint__owner__username")
    fields = ("blueprint", "name", "right", "open", "expires", "used", "created")

    @admin.display(description="owner", ordering="blueprint__owner__username")
    def owner(self, link: ShareLink) -> str:
        """Whose blueprint it is."""
        return link.blueprint.owner.get_username()


def shown(document: Any) -> SafeString:
    """Return a document as indented JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return format_html('<pre tabindex="0" class="c-body">{}</pre>', text[:MOST_SHOWN])


@admin.register(Group)
class Groups(GroupAdmin):
    """Groups; their permissions in a list that readers of the screen can use."""

    filter_horizontal = ()


@admin.register(User)
class Users(PeopleAdmin):
    """People; what the site itself writes down of them is only read."""

    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
