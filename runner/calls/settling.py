"""Draws the consequences of what happened to runs: once each, whoever is killed in between.

The row of a run says `unsettled` from the commit on that wrote what happened. It is taken
back in the transaction that writes what follows from it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import DatabaseError, transaction

from runner.actions.rerun import OVER
from runner.calls.children import cancel_children, wake_parent
from runner.calls.errors import start_error_blueprint
from runner.calls.followers import start_followers
from runner.calls.retries import bury, try_again
from runner.models import SPREAD, Run
from runner.queue import keys, lent, slots
from runner.queue.wake import wake_workers

logger = logging.getLogger(__name__)

MOST = 100
AGAIN = 30.0  # seconds before a run whose consequences could not be drawn is looked at again
CONSEQUENCES: tuple[Callable[[Run], None], ...] = (
    wake_parent,
    bury,
    start_error_blueprint,
    start_followers,
)
_later: dict[UUID, float] = {}


def settle() -> bool:
    """Draw the consequences of what happened to runs; say whether some may be left."""
    now = time.monotonic()
    for key in [key for key, moment in _later.items() if moment <= now]:
        del _later[key]
    rows = Run.objects.filter(unsettled=True).exclude(pk__in=list(_later))
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])
    for key in keys:
        try:
            settle_run(key)
        except DatabaseError:
            raise
        except Exception:
            _later[key] = now + AGAIN
            logger.exception("What follows from the run %s cannot be done; tried again", key)
    return len(keys) == MOST


def settle_run(key: UUID) -> None:
    """Draw the consequences of what happened to one run, in one transaction."""
    with transaction.atomic():
        rows = Run.objects.select_for_update(of=("self",)).select_related(
            "blueprint__owner", "version", "started_by", "drawing"
        )
        # Most ends have no consequence for which a document would have to be read.
        rows = rows.defer("blueprint__draft", "drawing__document")
        for blueprint in Run.objects.filter(pk=key, limited=True).values_list(
            "blueprint", flat=True
        ):
            # Who starts one of its runs holds this lock first as well.
            slots.lock(blueprint)
        # Whoever locks several runs begins with the one that called the others.
        callers = Run.objects.filter(pk=key).exclude(parent_step="").values("parent")
        list(Run.objects.select_for_update(of=("self",)).filter(pk__in=callers).values("pk"))
        run = rows.filter(pk=key, unsettled=True).first()
        if run is None:
            return
        Run.objects.filter(pk=key).update(unsettled=False)
        cancel_children(run)
        if run.status in OVER:
            transaction.on_commit(partial(keys.give_back, run))
            if run.limited:
                slots.give(run.blueprint_id, run.limit_key)
                transaction.on_commit(wake_workers)
            if run.trigger == SPREAD:
                # What follows from an item follows from the run that it is a part of.
                wake_parent(run)
                return
            if try_again(run):
                return
            for consequence in (*CONSEQUENCES, *lent.consequences):
                consequence(run)
