"""The door behind share links.

A link's token stands after the `#`, which browsers send to no server: no log and no Referer has it.
The page there takes it out of the address and posts it, so that a link which is only looked at by
a chat's preview opens nothing.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from editor.actions.sharing import LinkInvalid, find_link, grant
from editor.models import ShareLink
from editor.visible import OPENED, valid_links

# The id of the link that somebody has opened who has to sign in first.
WAITING = "share_link_waiting"
MOST_OPENED = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponseBase:
    """Open the link whose token is posted."""
    if request.method != "POST":
        return render(request, "share/door.html")
    try:
        link = find_link(request.POST.get("token", "")[:200])
    except LinkInvalid:
        return _closed(request)
    user = request.user
    if isinstance(user, User):
        return _let_in(link, user)
    if link.open:
        others = [key for key in request.session.get(OPENED, []) if key != str(link.pk)]
        request.session[OPENED] = [*others, str(link.pk)][-MOST_OPENED:]
        return redirect("editor", blueprint_id=link.blueprint_id)
    request.session[WAITING] = str(link.pk)
    return redirect(f"{reverse('sign-in')}?next={reverse('share-opened')}")


@never_cache
@require_GET
@login_required
def opened(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in who had to sign in first."""
    waiting = request.session.pop(WAITING, None)
    assert isinstance(request.user, User)
    link = valid_links().filter(pk=UUID(waiting)).first() if waiting else None
    return _let_in(link, request.user) if link is not None else _closed(request)


def _let_in(link: ShareLink, user: User) -> HttpResponseBase:
    grant(link, user)
    return redirect("editor", blueprint_id=link.blueprint_id)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "share/closed.html", status=404)
