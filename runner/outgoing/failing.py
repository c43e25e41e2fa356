"""Endpoints that take nothing: when they are switched off, and how their owner gets to know."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from runner.models import Endpoint, time_ordered_id
from runner.outgoing.messages import keep

logger = logging.getLogger(__name__)


def too_long(since: datetime, now: datetime) -> bool:
    """Say whether an endpoint has failed for as many days as it may."""
    days: int = settings.CONDUCTOR_ENDPOINT_DAYS
    return days > 0 and now - since >= timedelta(days=days)


def tell_owner(endpoint: Endpoint) -> None:
    """Say that an endpoint was switched off: in the log, and to the owner's other endpoints.

    Its row keeps why; pages, admin and API show it until it is switched on again.
    """
    logger.error("The endpoint %s was switched off: %s", endpoint.pk, endpoint.why_off)
    others = Endpoint.objects.filter(owner=endpoint.owner_id, enabled=True).exclude(pk=endpoint.pk)
    told = {"endpoint": {"id": str(endpoint.pk), "name": endpoint.name}, "why": endpoint.why_off}
    moment = time_ordered_id()
    for other in others.filter(Q(on_failed=True), blueprint__isnull=True):
        keep(other, f"off:{moment}:{other.pk}", "endpoint.switched_off", told)


def switched_off_for(owner: User) -> list[Endpoint]:
    """Return a person's endpoints that were switched off and not by anybody's hand."""
    rows = Endpoint.objects.filter(owner=owner, enabled=False).exclude(why_off="")
    return list(rows.order_by("name")[:20])
