"""The pages of approvals: those that wait for the user, and one to decide on."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from editor.shown import approval_shown
from runner.actions import approvals
from runner.models import Wait

LONGEST_COMMENT = 2000


@login_required
@require_GET
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """Show the approvals that wait for the user's decision."""
    user = _user(request)
    found = [_card(wait, user) for wait in approvals.approvals_of(user)]
    return render(request, "approvals/list.html", {"approvals": found, "place": "approvals"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def detail(request: HttpRequest, approval_id: UUID) -> HttpResponseBase:
    """Show one approval, and take the user's decision."""
    user = _user(request)
    try:
        wait = approvals.approval_for(user, approval_id)
    except Wait.DoesNotExist as error:
        raise Http404 from error
    except approvals.NotAsked as error:
        raise PermissionDenied from error
    if request.method == "POST":
        _decide(request, user, wait)
        return redirect("approval", approval_id=approval_id)
    card = _card(wait, user)
    return render(request, "approvals/detail.html", {"approval": card, "place": "approvals"})


def waiting(request: HttpRequest) -> dict[str, Any]:
    """Give every page the number of approvals that wait for the user, where it asks for it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"approvals_waiting": SimpleLazyObject(lambda: len(approvals.approvals_of(user)))}


def _decide(request: HttpRequest, user: User, wait: Wait) -> None:
    decision = request.POST.get("decision")
    comment = request.POST.get("comment", "").strip()
    if decision not in ("approve", "reject"):
        messages.error(request, "Say whether you approve or reject.")
    elif len(comment) > LONGEST_COMMENT:
        messages.error(request, f"A comment has at most {LONGEST_COMMENT} characters.")
    else:
        try:
            approvals.decide(user, wait.pk, approve=decision == "approve", comment=comment)
        except (approvals.AlreadyDecided, approvals.ApprovalOver) as error:
            messages.error(request, str(error.__doc__))
        else:
            messages.success(request, "Approved." if decision == "approve" else "Rejected.")


def _card(wait: Wait, user: User) -> dict[str, Any]:
    shown = approval_shown(wait, user)
    value = shown["value"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return {
        **shown,
        "text": "" if value is None else text,
        "created": wait.created,
        "until": wait.until,
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
