"""What a user may see: their own blueprints and runs; a superuser sees all."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from editor.models import Blueprint
from runner.models import PAUSED, Run, RunStatus, Webhook


def blueprints_of(user: User) -> QuerySet[Blueprint]:
    """Return the blueprints that the user may see."""
    rows = Blueprint.objects.all()
    return rows if user.is_superuser else rows.filter(owner=user)


def runs_of(user: User) -> QuerySet[Run]:
    """Return the runs that the user may see, with what their summaries need."""
    rows = Run.objects.select_related("blueprint", "version")
    return rows if user.is_superuser else rows.filter(owner=user)


def with_status(rows: QuerySet[Run], wanted: Collection[str]) -> QuerySet[Run]:
    """Return those of the runs that are shown with one of these statuses."""
    held = Q(paused=True, status__in=(RunStatus.RUNNING, RunStatus.WAITING))
    found = Q(status__in=wanted) & ~held
    return rows.filter(found | held) if PAUSED in wanted else rows.filter(found)


def webhooks_of(user: User) -> QuerySet[Webhook]:
    """Return the webhooks of the blueprints that the user may see."""
    rows = Webhook.objects.select_related("blueprint")
    return rows if user.is_superuser else rows.filter(blueprint__owner=user)
