"""Draws the consequences of what happened to runs: once each, whoever is killed in between.

The row of a run says `unsettled` from the commit on that wrote what happened. It is taken
back in the transaction that writes what follows from it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from django.db import InterfaceError, InternalError, OperationalError, transaction
from django.db.models import QuerySet

from runner.actions.rerun import OVER
from runner.calls.children import cancel_children, having_children, tell_of_items, wake_parent
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
# Of the database; anything else, such as a value that it does not take, is one run's alone.
_TROUBLE = (OperationalError, InternalError, InterfaceError)
_later: dict[UUID, float] = {}


def settle() -> bool:
    """Draw the consequences of what happened to runs; say whether some may be left."""
    now = time.monotonic()
    for key in [key for key, moment in _later.items() if moment <= now]:
        del _later[key]
    rows = Run.objects.filter(unsettled=True).exclude(pk__in=list(_later))
    items, others = _items_apart(rows.order_by("pk")[:MOST])
    all_ = len(others) + sum(map(len, items.values())) == MOST
    for parent, ended in items.items():
        try:
            settle_items(parent, ended)
        except _TROUBLE:
            raise
        except Exception:
            # One of them may be damaged: each is tried alone.
            logger.debug("What follows from items of %s is done singly", parent, exc_info=True)
            others += ended
    for key in others:
        try:
            settle_run(key)
        except _TROUBLE:
            raise
        except Exception:
            _later[key] = now + AGAIN
            logger.exception("What follows from the run %s cannot be done; tried again", key)
    return all_


def _items_apart(rows: QuerySet[Run]) -> tuple[dict[UUID, list[UUID]], list[UUID]]:
    """Return the items of spread frames that have ended, by the runs that they are parts of.

    The others are in the order in which they ended, which is that of what starts after them.
    """
    items: dict[UUID, list[UUID]] = {}
    others: list[tuple[float, UUID]] = []
    named = rows.values_list("pk", "parent", "trigger", "status", "limited", "finished")
    for key, parent, trigger, status, limited, finished in named:
        if parent is not None and trigger == SPREAD and status in OVER and not limited:
            items.setdefault(parent, []).append(key)
        else:
            others.append((finished.timestamp() if finished else 0.0, key))
    return items, [key for _, key in sorted(others)]


def settle_items(parent: UUID, keys_: Sequence[UUID]) -> None:
    """Draw the consequences of the ends of items of one run's spread frames, in one transaction.

    What follows from an item follows from the run that it is a part of.
    """
    with transaction.atomic():
        # Whoever locks several runs begins with the one that called the others.
        list(Run.objects.select_for_update(of=("self",)).filter(pk=parent).values("pk"))
        rows = Run.objects.select_for_update(of=("self",)).only(
            "status", "trigger", "parent_step", "owner", "blueprint", "parent"
        )
        ended = list(rows.filter(pk__in=keys_, unsettled=True).order_by("pk"))
        Run.objects.filter(pk__in=[run.pk for run in ended]).update(unsettled=False)
        calling = having_children(ended)
        for run in ended:
            if run.pk in calling:
                cancel_children(run)
        transaction.on_commit(partial(keys.give_back, ended))
        tell_of_items(parent, ended)


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
            transaction.on_commit(partial(keys.give_back, [run]))
            if run.limited:
                slots.give(run.blueprint_id, run.limit_key)
                transaction.on_commit(wake_workers)
            if run.trigger == SPREAD:
                wake_parent(run)
                return
            if try_again(run):
                return
            for consequence in (*CONSEQUENCES, *lent.consequences):
                consequence(run)
