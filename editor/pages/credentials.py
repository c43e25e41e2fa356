"""The pages of one's own credentials: all of them, and one to make, change or delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from runner.credentials.forms import OwnCredentialForm
from runner.credentials.keeping import is_readable
from runner.credentials.usage import users_of
from runner.models import Credential


@login_required
@require_GET
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """Show the user's credentials, and what may be seen of each."""
    rows = Credential.objects.filter(owner=_user(request))
    found = [{"row": row, "readable": is_readable(row)} for row in rows]
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


def _form(request: HttpRequest, row: Credential) -> HttpResponseBase:
    known = not row._state.adding
    name = row.name
    form = OwnCredentialForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.keep()
        what = "changed" if known else "kept"
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
    }
    return render(request, "credentials/detail.html", extra)


def _own(request: HttpRequest, credential_id: UUID) -> Credential:
    """Return a credential of the user's own; 404 for any other, which the admin may have."""
    rows = Credential.objects.select_related("owner").filter(owner=_user(request))
    return get_object_or_404(rows, pk=credential_id)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
