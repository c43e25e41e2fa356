"""The pages of runs: their list, one run with its steps and events, and its cancelling."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from editor.pages.steps import steps_of
from editor.visible import blueprints_of, runs_of
from runner.actions import cancel_run
from runner.actions.history import events_of_run
from runner.models import Run, RunStatus

PAGE = 50
EVENTS = 100
MOST_EVENTS = 20_000  # for the table of steps; the canvas shows longer runs whole
OVER = {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED}


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show the user's runs, all or of one status or blueprint."""
    user = _user(request)
    status = request.GET.get("status", "")
    rows = runs_of(user)
    if status in RunStatus.values:
        rows = rows.filter(status=status)
    blueprint = _uuid(request.GET.get("blueprint", ""))
    if blueprint:
        rows = rows.filter(blueprint=blueprint)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "status": status,
        "statuses": RunStatus.choices,
        "blueprint": blueprint,
        "blueprints": blueprints_of(user).order_by("name").only("id", "name")[:500],
        "place": "runs",
    }
    return render(request, "runs/list.html", context)


@login_required
@require_GET
@never_cache
def detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show one run: where it stands, what went in and out, its steps and its events."""
    run = _run(request, run_id)
    events = events_of_run(run, 0, MOST_EVENTS)
    first = max(0, _number(request.GET.get("after", "")))
    window = events_of_run(run, first, EVENTS)
    context: dict[str, Any] = {
        "run": run,
        "over": run.status in OVER,
        "steps": steps_of(events, run.drawing.document),
        "cut": len(events) == MOST_EVENTS,
        "inputs": _pretty(run.inputs),
        "outputs": _pretty(run.outputs),
        "error": run.error,
        "events": [_event(event) for event in window],
        "first": first,
        "before": max(0, first - EVENTS) if first else None,
        "after": window[-1]["seq"] if len(window) == EVENTS else None,
        "place": "runs",
    }
    return render(request, "runs/detail.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Ask a run to stop."""
    run = _run(request, run_id)
    if run.status in OVER:
        messages.info(request, "The run was already over.")
    else:
        cancel_run(run, f"cancelled by {_user(request).get_username()}")
        messages.info(request, "The run was asked to stop.")
    return redirect("run", run_id=run.pk)


def _run(request: HttpRequest, run_id: UUID) -> Run:
    return get_object_or_404(runs_of(_user(request)).select_related("drawing"), pk=run_id)


def _pretty(value: Any) -> str:
    """Return a value as text to read; empty where there is nothing to show."""
    return "" if value in (None, {}) else json.dumps(value, ensure_ascii=False, indent=2)


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {
        **event,
        "moment": datetime.fromtimestamp(event["time"], tz=UTC),
        "text": json.dumps(event["data"], ensure_ascii=False) if event["data"] else "",
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
