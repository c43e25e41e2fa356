"""A listener that this worker holds: what it takes is written only as long as it does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, DataError, InterfaceError, transaction

from editor.models import Blueprint
from runner.actions.triggered import start_triggered
from runner.models import Listener, MessageAside, Run
from runner.schedules.clock import now

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=9)  # without a sign of life, after which others take over
TRIES = 3  # of a message, until it counts as one that can never be accepted
PAUSE = 0.2  # seconds before the second one; it doubles then
MOST_ASIDE = 1000  # messages of one listener that wait for somebody to look at them

Accept = Callable[[Listener, Blueprint, Mapping[str, Any]], Run | None]


class Fenced(Exception):
    """Another worker listens now, or this is not listened to any more."""


class ListenFailed(Exception):
    """It cannot be listened now; the message says why, and what to do. It is tried again."""


@dataclass(slots=True)
class Held:
    """A listener under the epoch with which it was claimed."""

    key: UUID
    blueprint: UUID
    epoch: int
    kind: str
    parameters: Mapping[str, Any]
    cursor: dict[str, Any]
    failures: int
    stop: threading.Event = field(default_factory=threading.Event)

    def take(self, messages: Sequence[Mapping[str, Any]], cursor: dict[str, Any]) -> list[Run]:
        """Start a run of each message, and note how far this has come: both or neither.

        When it returns, the runs are durable, and what they came from may be acknowledged. A
        message that cannot be accepted, whenever it is tried, is set aside, so that the stream
        goes on. Raises Fenced, and what the database raises where it cannot be written at all.
        """
        for trial in range(1, TRIES):
            try:
                return self._take(messages, cursor, _accept)
            except Exception as error:
                if not messages or not is_its_own_fault(error):
                    raise
                logger.debug("A message to %s is not accepted (%s)", self.key, error)
            self.pause(PAUSE * trial)
        return self._take(messages, cursor, _accept_or_set_aside)

    def _take(
        self, messages: Sequence[Mapping[str, Any]], cursor: dict[str, Any], accept: Accept
    ) -> list[Run]:
        with transaction.atomic():
            # Whoever publishes locks the blueprint first, too, so that nobody waits for ever.
            blueprints = Blueprint.objects.select_for_update(no_key=True, of=("self",))
            blueprint = blueprints.select_related("published").filter(pk=self.blueprint).first()
            rows = Listener.objects.select_for_update(of=("self",))
            row = rows.filter(pk=self.key, epoch=self.epoch).first()
            if row is None or blueprint is None or blueprint.published is None:
                raise Fenced
            started = [accept(row, blueprint, it) for it in messages]
            runs = [run for run in started if run is not None]
            row.cursor = cursor
            changed = ["cursor"]
            if row.holder:
                # As good as a sign of life: none can be given while the row is locked.
                row.until = now() + LEASE
                changed.append("until")
            if runs:
                row.last_run, row.last_at = runs[-1], now()
                row.count += len(runs)
                changed += ["last_run", "last_at", "count"]
            row.save(update_fields=changed)
        self.cursor = cursor
        return runs

    def well(self) -> None:
        """Say that it listens: what had gone wrong before is over."""
        if not self.failures:
            return
        mine = Listener.objects.filter(pk=self.key, epoch=self.epoch)
        if mine.update(error="", failures=0, retry_at=None):
            logger.warning("The listener %s listens again", self.key)
        self.failures = 0

    def pause(self, seconds: float) -> bool:
        """Wait; return whether to go on listening."""
        return not self.stop.wait(seconds)


def is_its_own_fault(error: Exception) -> bool:
    """Say whether an error comes of what a message holds, and not of who would keep it."""
    if isinstance(error, DataError):
        return True
    return not isinstance(error, DatabaseError | InterfaceError | Fenced | ListenFailed)


def _accept(row: Listener, blueprint: Blueprint, message: Mapping[str, Any]) -> Run:
    return start_triggered(blueprint, row.node, row.kind.removeprefix("trigger."), message)


def _accept_or_set_aside(
    row: Listener, blueprint: Blueprint, message: Mapping[str, Any]
) -> Run | None:
    try:
        with transaction.atomic():
            return _accept(row, blueprint, message)
    except Exception as error:
        if not is_its_own_fault(error):
            raise
        reason = " ".join(str(error).split())[:2000] or type(error).__name__
    waiting = MessageAside.objects.filter(blueprint=blueprint, node=row.node, replayed=None)
    if waiting.count() >= MOST_ASIDE:
        raise ListenFailed(
            f"{MOST_ASIDE:,} messages are set aside that could not be accepted, and nobody has "
            "looked at them. Replay or delete them in the admin; then it goes on."
        )
    MessageAside.objects.create(
        blueprint=blueprint,
        node=row.node,
        kind=row.kind,
        # What was refused may be what no database takes: of ASCII each takes all.
        content=json.dumps(message, default=str),
        reason=reason,
    )
    logger.warning("The listener %s has set a message aside (%s)", row.pk, reason)
    return None
