"""The pages of one's own credentials: all of them, and one to make, change or delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runner.credentials.connecting import NotConnected, begin, finish, redirect_address
from runner.credentials.forms import OwnCredentialForm
from runner.credentials.grants import connection_of
from runner.credentials.grants import disconnect as throw_away
from runner.credentials.keeping import CODE, is_readable
from runner.credentials.providers import PROVIDERS
from runner.credentials.usage import users_of
from runner.models import Credential

OUTCOME = "connected"


@login_required
@require_GET
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """Show the user's credentials, and what may be seen of each."""
    rows = Credential.objects.filter(owner=_user(request)).select_related("grant")
    found = [
        {"row": row, "readable": is_readable(row), "connection": connection_of(row)} for row in rows
    ]
    return render(request, "credentials/list.html", {"found": found, "place": "credentials"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def new(request: HttpRequest) -> HttpResponseBase:
    """Make a credential."""
    return _form(request, Credential(owner=_user(request)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def detail(request: HttpRequest, credential_id: UUID) -> HttpResponseBase:
    """Change a credential; what is secret and left empty stays."""
    return _form(request, _own(request, credential_id))


@login_required
@require_POST
def delete(request: HttpRequest, credential_id: UUID) -> HttpResponseBase:
    """Delete a credential; one that blueprints use only where that was said besides."""
    row = _own(request, credential_id)
    if users_of(row.owner, row.name) and request.POST.get("even_if_used") != "yes":
        messages.error(request, "Blueprints use it. Tick that it goes all the same, or keep it.")
        return redirect("credential", credential_id=row.pk)
    row.delete()
    messages.success(request, f"The credential “{row.name}” is deleted.")
    return redirect("credentials")


@login_required
@require_POST
@never_cache
def connect(request: HttpRequest, credential_id: UUID) -> HttpResponseBase:
    """Send the owner to the provider, which asks for consent.

    A page leads on: browsers forbid a form what it is redirected to, unless its page knows where.
    """
    row = _own(request, credential_id)
    here = urlsplit(f"//{request.get_host()}").hostname
    try:
        if here != urlsplit(settings.CONDUCTOR_URL).hostname:
            # Whoever comes back there is not signed in there: cookies are of one host.
            raise NotConnected(
                f"You are at {here}, and providers send you back to {settings.CONDUCTOR_URL}: "
                "open Conductor there, and connect it again.",
                row,
            )
        asked = begin(row, _user(request), request.session)
    except NotConnected as error:
        return _outcome(request, row, str(error))
    return render(request, "credentials/leave.html", {"asked": asked, "credential": row})


@login_required
@require_POST
def disconnect(request: HttpRequest, credential_id: UUID) -> HttpResponseBase:
    """Throw away what the owner has granted to a credential."""
    row = _own(request, credential_id)
    throw_away(row)
    messages.success(request, f"The credential “{row.name}” is not connected any more.")
    return redirect("credential", credential_id=row.pk)


@require_GET
@never_cache
@sensitive_variables()
def connected(request: HttpRequest) -> HttpResponseBase:
    """Take what a provider sends a person back with, and say whether that connects a credential.

    The code goes out of the address at once, and never into one that leads to the sign-in.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("credentials"))
    if not request.GET.keys() & {"state", "code", "error"}:
        said = request.session.pop(OUTCOME, None)
        row = _kept(request, said)
        return _outcome(request, row, str(said["why"]) if said else None)
    row, why = None, ""
    told = {name: str(value) for name, value in request.GET.items()}
    if any(len(values) > 1 for _, values in request.GET.lists()):
        told = {}  # RFC 6749, section 3.1: no part may come twice
    try:
        row = finish(told, _user(request), request.session)
    except NotConnected as error:
        row, why = error.credential, str(error)
    request.session[OUTCOME] = {"credential": str(row.pk) if row else "", "why": why}
    return redirect("connected-credential")


def _kept(request: HttpRequest, said: Mapping[str, str] | None) -> Credential | None:
    """Return the credential of an outcome, if it is there and the user's own."""
    if not said or not said["credential"]:
        return None
    return Credential.objects.filter(pk=said["credential"], owner=_user(request)).first()


def _outcome(request: HttpRequest, row: Credential | None, why: str | None) -> HttpResponse:
    """Say whether a credential is connected now; why it is not, or None where nothing was begun."""
    done = why == "" and row is not None
    extra = {"credential": row, "why": why, "done": done, "place": "credentials"}
    status = 200 if done or request.method == "GET" else 409
    return render(request, "credentials/connected.html", extra, status=status)


def _form(request: HttpRequest, row: Credential) -> HttpResponseBase:
    known = not row._state.adding
    name = row.name
    form = OwnCredentialForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.keep()
        what = "changed" if known else "kept"
        connection = connection_of(Credential.objects.get(pk=row.pk))
        if connection is not None and not connection.works:
            messages.success(request, f"The credential “{row.name}” is {what}. Connect it now.")
            return redirect("credential", credential_id=row.pk)
        messages.success(request, f"The credential “{row.name}” is {what}.")
        return redirect("credentials")
    extra = {
        "form": form,
        "known": known,
        "name": name,
        "users": users_of(row.owner, name) if known else [],
        "credential": row,
        "readable": not known or is_readable(row),
        "place": "credentials",
        "connection": connection_of(row) if known else None,
        "redirect_address": redirect_address(),
        "providers": [asdict(provider) for provider in PROVIDERS],
        "code": CODE,
    }
    return render(request, "credentials/detail.html", extra)


def _own(request: HttpRequest, credential_id: UUID) -> Credential:
    """Return a credential of the user's own; 404 for any other, which the admin may have."""
    rows = Credential.objects.select_related("owner", "grant").filter(owner=_user(request))
    return get_object_or_404(rows, pk=credential_id)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
