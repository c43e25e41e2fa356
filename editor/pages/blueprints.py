"""The pages of blueprints: their list, making and importing one, and the editor."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from editor import shown
from editor.actions import create_blueprint
from editor.actions.copies import copy_document
from editor.actions.usage import count_users
from editor.gallery import examples
from editor.models import Blueprint, Right
from editor.pages.paging import Pages
from editor.pages.uploads import ImportForm, NewForm
from editor.together.rooms import open_draft, opened_to_read
from editor.visible import Who, blueprints_of, right_of
from runner.graph.files import MOST_BYTES
from runner.outgoing.failing import switched_off_for

PAGE = 25


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show the user's blueprints, and those that are shared with them."""
    search = request.GET.get("search", "").replace("\0", "").strip()[:200]
    who = Who.of(request.user, request.session)
    rows = blueprints_of(who).select_related("published", "owner").order_by("-updated")
    if search:
        rows = rows.filter(name__icontains=search)
    page = Pages(rows, PAGE, request.GET.get("page")).shown()
    newest = shown.last_runs(page.object_list)
    users = count_users(page.object_list)
    context = {
        "search": search,
        "page": page,
        "rows": [
            _row(blueprint, newest.get(blueprint.pk), users.get(blueprint.pk, 0), who)
            for blueprint in page.object_list
        ],
        "examples": examples().values(),
        "switched_off": switched_off_for(_user(request)),
        "place": "blueprints",
    }
    return render(request, "blueprints/list.html", context)


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponseBase:
    """Make an empty blueprint and open it."""
    form = NewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A name has at most 200 characters.")
        return redirect("blueprints")
    blueprint = create_blueprint(owner=_user(request), name=form.cleaned_data["name"])
    return redirect("editor", blueprint_id=blueprint.pk)


@login_required
@require_POST
def imported(request: HttpRequest) -> HttpResponseBase:
    """Make a blueprint of a file and open it; of an OpenAPI file, one for each operation."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        for message in form.errors.get("file", []):
            messages.error(request, str(message))
        return redirect("blueprints")
    documents = form.cleaned_data["file"]
    owner = _user(request)
    if len(documents) > 1:
        with transaction.atomic():
            made = [copy_document(owner, document) for document in documents]
        text = f"{len(made)} blueprints were made, one for each operation of the file."
        messages.success(request, text)
        return redirect("blueprints")
    (document,) = documents
    blueprint = create_blueprint(owner=owner, name=document.name or "Imported", document=document)
    return redirect("editor", blueprint_id=blueprint.pk)


@login_required
@require_POST
def example(request: HttpRequest, key: str) -> HttpResponseBase:
    """Make a blueprint of an example and open it."""
    found = examples().get(key)
    if found is None:
        raise Http404
    blueprint = copy_document(_user(request), found.document)
    return redirect("editor", blueprint_id=blueprint.pk)


@require_GET
@never_cache
@ensure_csrf_cookie
def editor(request: HttpRequest, blueprint_id: UUID) -> HttpResponseBase:
    """Show the canvas, with all that it needs for its first picture; to guests with a link, too."""
    who = Who.of(request.user, request.session)
    rows = blueprints_of(who).select_related("published", "owner")
    blueprint = rows.filter(pk=blueprint_id).first()
    right = right_of(who, blueprint) if blueprint is not None else None
    if blueprint is None or right is None:
        if who.user is None:
            return redirect_to_login(request.get_full_path())
        raise Http404
    opened = open_draft(blueprint) if right.allows(Right.EDIT) else opened_to_read(blueprint)
    about = shown.blueprint_shown(blueprint, request.build_absolute_uri("/"), right)
    # All pages begin with the same shared document; one that each made of the JSON would be
    # another one, and merging two would double what they hold.
    del about["document"]
    bootstrap: dict[str, Any] = {
        "blueprint": about,
        "draft": {"sequence": opened.sequence, "state": b64encode(opened.state).decode()},
        "node_types": shown.node_types_shown(),
        "user": {"name": who.user.get_username(), "staff": who.user.is_staff} if who.user else None,
        "most_bytes": MOST_BYTES,
        "urls": {
            "list": "/blueprints/",
            "approvals": "/approvals/",
            "admin": "/admin/",
            "api": "/api/",
            "socket": "/ws/",
        },
    }
    context = {"blueprint": blueprint, "bootstrap": bootstrap}
    return render(request, "editor/editor.html", context)


def _row(blueprint: Blueprint, run: object, users: int, who: Who) -> dict[str, Any]:
    right = right_of(who, blueprint) or Right.VIEW
    own = who.user is not None and blueprint.owner_id == who.user.pk
    return {
        "blueprint": blueprint,
        "changed": shown.is_changed(blueprint),
        "run": run,
        # Who uses it are other blueprints of its owner's.
        "users": users if right is Right.OWN else 0,
        "shared": "" if own else blueprint.owner.get_username(),
        "right": right.label,
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
