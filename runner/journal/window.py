"""What can be put to the committer: events of a run, or a delivery that started none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from runner.engine.events import (
    RUN_ENDS,
    RUN_RESUMED,
    RUN_STARTED,
    RUN_SUCCEEDED,
    STEP_CANCELLED,
    STEP_FAILED,
    STEP_RETRYING,
    Event,
)
from runner.journal.announcements import Committed
from runner.journal.encoding import columns_of
from runner.journal.rows import Delivery, NewRun, RunChange
from runner.journal.spill import Spiller
from runner.journal.tables import ASKED, UNSETTLED, Rows, Values
from runner.models import checksum_of
from runner.telemetry.subject import Subject

# A run's row is `waiting` when its worker has let it go, which is after its `run.waiting`.
_STATUSES = {RUN_STARTED: "running", RUN_RESUMED: "running"}

# A step that gives up may leave a run behind that it called.
_GIVEN_UP = frozenset({STEP_CANCELLED, STEP_FAILED, STEP_RETRYING})
_CHANGING = RUN_ENDS | _STATUSES.keys() | _GIVEN_UP


@dataclass(slots=True)
class RunWrite:
    """Events of one run, and what they change in its row."""

    run: UUID
    blueprint: UUID
    epoch: int
    worker: str
    events: Sequence[Event]
    new: NewRun | None = None
    delivery: Delivery | None = None
    spiller: Spiller | None = None
    subject: Subject | None = None
    text: str = ""
    status: str | None = None
    error: Exception | None = None

    def rows(self, values: Values, *, at_once: bool = False) -> Rows:
        """Return the run's row, or its change if there is one, its chunk, and its delivery.

        Raises FileNeeded where that takes a file, and it is to be done `at_once`.
        """
        spiller = self.spiller = self.spiller or Spiller(self.run)
        spiller.at_once = at_once
        rows = Rows()
        key = spiller.key = spiller.key or values.key(self.run)
        events = self.events
        columns = columns_of(events)
        changing = not _CHANGING.isdisjoint(columns.types)
        if changing or self.new is not None or self.delivery is not None:
            change = self._change(spiller, changing=changing)
            self.status = change.status
            if self.new is not None:
                rows.run = self.new.row(values, self.worker, self.epoch, change, spiller)
            else:
                rows.change = change.row(values, key, self.epoch)
        if events:
            text = self.text = self.text or spiller.events(events, columns)
            first, last = events[0].seq, events[-1].seq
            rows.chunk = (key, first, last, self.epoch, text, checksum_of(text))
        if self.delivery is not None:
            rows.delivery = self.delivery.row(values)
            rows.seen = self.delivery.seen_row(values)
        return rows

    def _change(self, spiller: Spiller, *, changing: bool) -> RunChange:
        change = RunChange(self.events[-1].seq if self.events else 0)
        for event in self.events if changing else ():
            if event.step is None:
                _apply(event, change, spiller)
            elif event.type in _GIVEN_UP and change.unsettled < ASKED:
                change.unsettled = ASKED
        return change

    def committed(self) -> Committed | None:
        """Return the news for those who watch, where there is any."""
        if not self.events or self.error is not None:
            return None
        return Committed(
            str(self.run),
            str(self.blueprint),
            self.events[0].seq,
            self.events[-1].seq,
            self.text,
            self.status is not None or self.new is not None,
        )


@dataclass(slots=True)
class DeliveryWrite:
    """A delivery that started no run."""

    delivery: Delivery
    error: Exception | None = None
    run: ClassVar[None] = None
    events: ClassVar[tuple[Event, ...]] = ()
    subject: ClassVar[None] = None

    def rows(self, values: Values, *, at_once: bool = False) -> Rows:
        """Return the delivery's row, which never takes long."""
        return Rows(delivery=self.delivery.row(values))


def _apply(event: Event, change: RunChange, spiller: Spiller) -> None:
    kind, data = event.type, event.data
    if kind in RUN_ENDS:
        change.status = kind.removeprefix("run.")
        change.finished = event.time
        change.unsettled = ASKED if kind == RUN_SUCCEEDED else UNSETTLED
        if data.get("outputs") is not None:
            change.outputs = spiller.column(data["outputs"], event.seq, "outputs")
        if data.get("error") is not None:
            change.error = spiller.shown(data["error"], event.seq, "error")
        elif change.status == "cancelled":
            error = {"code": "cancelled", "message": data.get("reason") or ""}
            change.error = spiller.shown(error, event.seq, "error")
    elif kind in _STATUSES:
        change.status = _STATUSES[kind]
        if kind == RUN_STARTED:
            change.started = event.time
