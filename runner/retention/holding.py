"""Who prunes: one process at a time, whichever database and however many workers there are."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from runner.models import Retention

HELD = timedelta(seconds=60)  # after which a process that says nothing has ended


class Busy(Exception):
    """Another process prunes."""


class Hold:
    """The right to prune, until it is given back or its holder says nothing for `HELD`."""

    def __init__(self) -> None:
        """Take the right. Raises Busy where another process has it."""
        self._name = secrets.token_hex(8)
        Retention.objects.get_or_create(pk=1)
        free = Q(holder="") | Q(until__lt=Now())
        if not Retention.objects.filter(free, pk=1).update(holder=self._name, until=Now() + HELD):
            raise Busy

    @contextmanager
    def changing(self) -> Iterator[Retention]:
        """Change rows in one transaction, while nobody else prunes. Raises Busy."""
        with transaction.atomic():
            own = Retention.objects.filter(pk=1, holder=self._name)
            if not own.update(until=Now() + HELD):
                raise Busy
            yield own.get()

    def give_back(self, *, due: timedelta) -> None:
        """Let others prune; a site does so by itself when the time `due` has passed."""
        Retention.objects.filter(pk=1, holder=self._name).update(holder="", due=Now() + due)


def is_due() -> bool:
    """Say whether it is time to prune and nobody does."""
    waits = Q(due__gt=Now()) | (~Q(holder="") & Q(until__gte=Now()))
    return not Retention.objects.filter(waits, pk=1).exists()
