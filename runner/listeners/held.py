"""A listener that this worker holds: what it takes is written only as long as it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from editor.models import Blueprint
from runner.actions.triggered import start_triggered
from runner.models import Listener, Run
from runner.schedules.clock import now

logger = logging.getLogger(__name__)


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

        When it returns, the runs are durable, and what they came from may be acknowledged.
        Raises Fenced.
        """
        with transaction.atomic():
            # Whoever publishes locks the blueprint first, too, so that nobody waits for ever.
            blueprints = Blueprint.objects.select_for_update(no_key=True, of=("self",))
            blueprint = blueprints.select_related("published").filter(pk=self.blueprint).first()
            rows = Listener.objects.select_for_update(of=("self",))
            row = rows.filter(pk=self.key, epoch=self.epoch).first()
            if row is None or blueprint is None or blueprint.published is None:
                raise Fenced
            trigger = self.kind.removeprefix("trigger.")
            runs = [start_triggered(blueprint, row.node, trigger, it) for it in messages]
            row.cursor = cursor
            changed = ["cursor"]
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
