"""What parked runs wait for, in a few words, for a list of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Min
from django.db.models.fields.json import KT
from django.utils.text import Truncator

from runner.models import Run, RunStatus, Wait, WaitKind

LONGEST_TITLE = 80


def waits_for(runs: Iterable[Run]) -> dict[UUID, str]:
    """Return a sentence for each of the runs that is parked.

    However many runs and open waits there are, at most two queries ask for them.
    """
    parked = [run for run in runs if run.status == RunStatus.WAITING]
    wanted = _people(parked)
    # Without a row and a moment, it can only be runs that it has called.
    called = _called([run for run in parked if run.pk not in wanted and run.wake_at is None])
    return {
        run.pk: _sentence(wanted.get(run.pk) or called.get(run.pk), run.wake_at) for run in parked
    }


def _people(runs: list[Run]) -> dict[UUID, str]:
    if not runs:
        return {}
    # Counted by the database: a run can ask for each item of a long list.
    rows = (
        Wait.objects.filter(run__in=[run.pk for run in runs], closed__isnull=True)
        .order_by("run", "kind")
        .values_list("run", "kind")
        .annotate(Count("pk"), title=Min(KT("offer__title")))
    )
    found: dict[UUID, list[str]] = {}
    for run, kind, count, title in rows:
        found.setdefault(run, []).append(_named(kind, count, title))
    return {run: " and ".join(names) for run, names in found.items()}


def _named(kind: str, count: int, title: str | None) -> str:
    if kind == WaitKind.CALL:
        return "a call at its address" if count == 1 else f"{count} calls at its addresses"
    return (
        f"an approval: “{Truncator(title or '').chars(LONGEST_TITLE)}”"
        if count == 1
        else f"{count} approvals"
    )


def _called(runs: list[Run]) -> dict[UUID, str]:
    if not runs:
        return {}
    rows = (
        Run.objects.filter(parent__in=[run.pk for run in runs], finished__isnull=True)
        .exclude(parent_step="")
        .order_by("parent")
        .values_list("parent")
        .annotate(Count("pk"), Min("blueprint__name"))
    )
    return {run: f"a run of {name}" if n == 1 else f"{n} runs" for run, n, name in rows}


def _sentence(wanted: str | None, until: datetime | None) -> str:
    # A run with more than one wait goes on at the first of their moments.
    moment = until.astimezone(UTC).isoformat(timespec="seconds") if until is not None else ""
    if wanted is None:
        return f"Waits until {moment}" if moment else "Waits for something from outside"
    return f"Waits for {wanted}{moment and f', at most until {moment}'}"
