"""Listens: a worker claims what nobody listens to, and keeps it for as long as it lives.

The lease is a row's `until`, by the database's clock. A worker that dies says no more that it
lives, and another claims what it had; one that was only asleep finds that its epoch is over.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections, transaction
from django.db.models import Q, QuerySet

from runner.listeners.held import LEASE, Fenced, Held, ListenFailed
from runner.listeners.kinds import KINDS
from runner.models import Listener
from runner.queue.claim import host_name
from runner.schedules.clock import now

logger = logging.getLogger(__name__)

TROUBLE = (DatabaseError, InterfaceError)
LOOK = 1.0  # seconds between two looks for what nobody listens to
BEAT = 3.0  # seconds between two signs of life
MOST = 200  # listeners that one worker holds: each has a thread
LONGEST_RETRY = 60.0  # seconds until what failed again and again is tried again
LEAVE = 3.0  # seconds that listeners have to end when the worker stops


class Listening:
    """The listeners that one worker holds, each with a thread that listens."""

    def __init__(self) -> None:
        self.name = f"{host_name()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._threads: dict[UUID, _Thread] = {}
        self._beaten = time.monotonic()

    def look(self) -> None:
        """Tell of what has ended, say that the others are held, and claim what is free."""
        moment = now()
        for thread in list(self._threads.values()):
            if not thread.is_alive():
                self._ended(thread, moment)
                del self._threads[thread.held.key]
        if time.monotonic() - self._beaten >= BEAT:
            self._beat(moment)
        self._claim(moment)

    def silent(self) -> None:
        """End what others may have claimed: the database does not hear that it is held."""
        if time.monotonic() - self._beaten > LEASE.total_seconds():
            for thread in self._threads.values():
                thread.held.stop.set()

    def close(self) -> None:
        """End all, and leave them to other workers at once."""
        for thread in self._threads.values():
            thread.held.stop.set()
        deadline = time.monotonic() + LEAVE
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))
            # What still goes on is fenced, as the next one to claim it raises the epoch.
            self._mine(thread.held).update(holder="", until=None)

    def _beat(self, moment: datetime) -> None:
        asked = time.monotonic()
        for thread in self._threads.values():
            mine = self._mine(thread.held)
            with transaction.atomic():
                # What comes to it may be written just now, which says that it is held, too. Who
                # waited for that would lose all the others meanwhile.
                free = mine.select_for_update(of=("self",), skip_locked=True)
                if row := free.only("pk").first():
                    Listener.objects.filter(pk=row.pk).update(until=moment + LEASE)
            if row is None and not mine.exists():
                thread.held.stop.set()
        self._beaten = asked

    def _claim(self, moment: datetime) -> None:
        room = MOST - len(self._threads)
        free = _free(moment).exclude(pk__in=list(self._threads)).order_by("pk")
        keys = list(free.values_list("pk", flat=True)[:room]) if room > 0 else []
        for key in keys:
            if row := self._claimed(key, moment):
                held = Held(
                    key=row.pk,
                    blueprint=row.blueprint_id,
                    epoch=row.epoch,
                    kind=row.kind,
                    parameters=row.parameters,
                    cursor=row.cursor,
                    failures=row.failures,
                )
                self._threads[row.pk] = thread = _Thread(held)
                thread.start()

    @transaction.atomic
    def _claimed(self, key: UUID, moment: datetime) -> Listener | None:
        """Return a listener that is this worker's from now on; None where it is not free any more.

        How far it has come is read under the lock: whoever had it may have written that just now.
        """
        # An update by these conditions would ask them in a query of its own, which PostgreSQL does
        # not ask again when it has waited for the row: two would have it, under the same epoch.
        free = _free(moment).select_for_update(of=("self",), skip_locked=True)
        row = free.filter(pk=key).first()
        if row is not None:
            row.holder, row.until, row.epoch = self.name, moment + LEASE, row.epoch + 1
            row.save(update_fields=["holder", "until", "epoch"])
        return row

    def _ended(self, thread: _Thread, moment: datetime) -> None:
        """Leave it to whoever claims it next, after a while where it has failed."""
        held = thread.held
        if thread.error is None:
            self._mine(held).update(holder="", until=None)
            return
        pause = min(LONGEST_RETRY, 2.0 ** min(held.failures, 10))
        told = self._mine(held).update(
            holder="",
            until=None,
            error=thread.error,
            failures=held.failures + 1,
            retry_at=moment + timedelta(seconds=pause),
        )
        if told and not held.failures:
            logger.warning(
                "The listener %s cannot listen; tried again (%s)", held.key, thread.error
            )

    def _mine(self, held: Held) -> QuerySet[Listener]:
        return Listener.objects.filter(pk=held.key, epoch=held.epoch, holder=self.name)


def listen(stop: threading.Event) -> float:
    """Listen to what is this worker's until the event is set: a chore that does not end."""
    listening = Listening()
    try:
        while not stop.is_set():
            try:
                listening.look()
            except TROUBLE as error:
                logger.debug("Listeners are not looked for (%s); tried again", error)
                connections["default"].close()
                listening.silent()
            stop.wait(LOOK)
    finally:
        listening.close()
    return LOOK


class _Thread(threading.Thread):
    """Listens to one source, over a database connection of its own."""

    def __init__(self, held: Held) -> None:
        super().__init__(name=f"conductor-listener-{held.key}", daemon=True)
        self.held = held
        self.error: str | None = None

    def run(self) -> None:
        """Listen until it is stopped, or cannot any more; `error` says why then."""
        try:
            KINDS[self.held.kind].listen(self.held)
        except Fenced:
            return
        except ListenFailed as error:
            self.error = str(error)[:2000]
        except TROUBLE as error:
            # What came is not acknowledged, so it comes again.
            self.error = "The database could not be written."
            logger.debug("What came to the listener %s is not kept yet (%s)", self.held.key, error)
        except Exception:
            logger.exception("The listener %s has a fault", self.held.key)
            self.error = "It could not listen; the log says why."
        finally:
            connections.close_all()


def _free(moment: datetime) -> QuerySet[Listener]:
    unheld = Q(until__isnull=True) | Q(until__lt=moment)
    due = Q(retry_at__isnull=True) | Q(retry_at__lte=moment)
    return Listener.objects.filter(
        unheld, due, enabled=True, paused=False, kind__in=KINDS, blueprint__published__isnull=False
    )
