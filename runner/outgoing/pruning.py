"""Removes messages that have ended and are older than is kept, with their attempts."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from runner.models import OutgoingMessage

EVERY = 600.0  # seconds
PAGE = 500


def prune(stop: threading.Event) -> float:
    """Remove them, some at a time; return the seconds until that is done again."""
    days: int = settings.CONDUCTOR_KEEP_DELIVERIES_DAYS
    if days:
        before = timezone.now() - timedelta(days=days)
        old = OutgoingMessage.objects.filter(ended__lt=before).order_by("ended")
        while not stop.is_set():
            keys = list(old.values_list("pk", flat=True)[:PAGE])
            OutgoingMessage.objects.filter(pk__in=keys, ended__lt=before).delete()
            if len(keys) < PAGE:
                break
    return EVERY
