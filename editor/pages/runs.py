"""The pages of runs: their list, one run with its steps and events, and its cancelling."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from editor.models import Right
from editor.pages.paging import Pages
from editor.pages.steps import steps_of
from editor.pages.waiting import waits_for
from editor.veil import veiled
from editor.visible import (
    RightMissing,
    Who,
    blueprints_of,
    few_runs_of,
    newest_runs_of,
    require,
    runs_of,
    shown_as,
)
from runner.actions import cancel_run
from runner.actions.history import JournalDamaged, JournalPruned, events_of_run
from runner.actions.summary import run_summary
from runner.models import LIVE, PAUSED, SHOWN_STATUSES, WHOLE, Run, RunStatus
from runner.queue.holding import holds_of

PAGE = 50
EVENTS = 100
CHILDREN = 100
OTHERS = 50  # runs that one can be compared with; the editor lists all
MOST_EVENTS = 20_000  # for the table of steps; the canvas shows longer runs whole
OVER = {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED}


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Show the runs that the user may see, all or of one status or blueprint."""
    who = Who.of(request.user, request.session)
    status = request.GET.get("status", "")
    blueprint = _uuid(request.GET.get("blueprint", ""))
    live = status in {*LIVE, PAUSED}
    few = blueprint is not None or live
    found = few_runs_of(who, blueprint, live=live) if few else newest_runs_of(who)
    rows = found.filter(WHOLE)
    if status in SHOWN_STATUSES:
        rows = rows.filter(shown_as([status]))
    until = _moment(request.GET.get("until", ""))
    if until:
        rows = rows.filter(created__lte=until)
    page = Pages(rows, PAGE, request.GET.get("page"), goes_on=True).shown()
    shown = list(page.object_list)
    kept = {"status": status, "blueprint": blueprint}
    query = urlencode({name: it for name, it in kept.items() if it})
    goes_on = page.paginator.capped and not page.has_next() and shown  # type: ignore[attr-defined]
    wanted = waits_for(shown) | {
        run: " ".join(hold.message for hold in held_by) for run, held_by in holds_of(shown).items()
    }
    context = {
        "page": page,
        "runs": [(run, wanted.get(run.pk, "")) for run in shown],
        "status": status,
        "statuses": [(each, each.capitalize()) for each in SHOWN_STATUSES],
        "blueprint": blueprint,
        "blueprints": blueprints_of(who).order_by("name").only("id", "name")[:500],
        "place": "runs",
        # The last run is shown once more: none of the same moment is lost.
        "further": urlencode({"until": shown[-1].created.isoformat()}) if goes_on else "",
        "begin": f"?{query}" if until else "",
        "until": until,
        "query": f"{query}&" if query else "",
        "within": urlencode({"until": until.isoformat()}) + "&" if until else "",
    }
    return render(request, "runs/list.html", context)


@require_GET
@never_cache
def detail(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """Show one run: where it stands, what went in and out, its steps and its events.

    Guests who have opened a link to its blueprint see it, too.
    """
    try:
        run, right = _run(request, run_id, Right.VIEW)
    except Http404:
        if request.user.is_authenticated:
            raise
        return redirect_to_login(request.get_full_path())
    show = _as_it_is if right is Right.OWN else veiled
    events, damage = _sound(run, 0, MOST_EVENTS)
    if not events and run.pruned is None:
        run.refresh_from_db(fields=["pruned"])
    first = max(0, _number(request.GET.get("after", "")))
    window, _ = _sound(run, first, EVENTS)
    who = Who.of(request.user, request.session)
    children = list(runs_of(who).filter(parent=run)[: CHILDREN + 1])
    shown = show(run_summary(run))
    context: dict[str, Any] = {
        "run": run,
        "children": children[:CHILDREN],
        "parent_shown": run.parent_id and runs_of(who).filter(pk=run.parent_id).exists(),
        "more_children": len(children) > CHILDREN,
        "others": _others(who, run),
        "over": run.status in OVER,
        "steps": steps_of(show(events), run.drawing.document),
        "cut": len(events) == MOST_EVENTS,
        "inputs": _pretty(shown["inputs"]),
        "outputs": _pretty(shown["outputs"]),
        "error": shown["error"],
        "labels": ", ".join(shown["labels"]),
        "lacking": shown["lacking"],
        "held_by": shown["held_by"],
        "may_run": right.allows(Right.RUN),
        "damage": damage,
        "events": [_event(event) for event in show(window)],
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
    run, _ = _run(request, run_id, Right.RUN)
    if run.status in OVER:
        messages.info(request, "The run was already over.")
    else:
        cancel_run(run, f"cancelled by {_user(request).get_username()}")
        messages.info(request, "The run was asked to stop.")
    return redirect("run", run_id=run.pk)


def _run(request: HttpRequest, run_id: UUID, right: Right) -> tuple[Run, Right]:
    who = Who.of(request.user, request.session)
    rows = runs_of(who).select_related("drawing", "parent__blueprint", "blueprint__owner")
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise Http404
    try:
        return run, require(who, run.blueprint, right)
    except RightMissing as missing:
        raise PermissionDenied(str(missing)) from missing


def _as_it_is(value: Any) -> Any:
    return value


def _others(who: Who, run: Run) -> list[Run]:
    """Return the latest other runs of the blueprint, first those that this one repeats."""
    rows = runs_of(who).filter(WHOLE, blueprint=run.blueprint_id).exclude(pk=run.pk)
    latest = list(rows.order_by("-created")[:OTHERS])
    return sorted(latest, key=lambda other: other.pk != run.rerun_of_id)


def _sound(run: Run, after: int, most: int) -> tuple[list[dict[str, Any]], str]:
    """Return the events before any damage of the journal, and what the damage is."""
    try:
        return events_of_run(run, after, most), ""
    except JournalDamaged as damage:
        return events_of_run(run, after, damage.sound - after), str(damage)
    except JournalPruned:
        return [], ""


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


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
