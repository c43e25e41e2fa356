"""What a user may see: their own blueprints and runs; a superuser sees all."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet

from editor.models import Blueprint
from runner.models import Run, Webhook


def blueprints_of(user: User) -> QuerySet[Blueprint]:
    """Return the blueprints that the user may see."""
    rows = Blueprint.objects.all()
    return rows if user.is_superuser else rows.filter(owner=user)


def runs_of(user: User) -> QuerySet[Run]:
    """Return the runs that the user may see, with what their summaries need."""
    rows = Run.objects.select_related("blueprint", "version")
    return rows if user.is_superuser else rows.filter(owner=user)


def webhooks_of(user: User) -> QuerySet[Webhook]:
    """Return the webhooks of the blueprints that the user may see."""
    rows = Webhook.objects.select_related("blueprint")
    return rows if user.is_superuser else rows.filter(blueprint__owner=user)
