"""One window of the committer: the rows of many runs, written by one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from runner.engine.events import RUN_ENDS, RUN_RESUMED, RUN_STARTED, RUN_WAITING, Event
from runner.engine.journal import Fenced
from runner.journal.announcements import Committed
from runner.journal.encoding import encode, encode_events
from runner.journal.rows import Delivery, NewRun, RunChange
from runner.journal.statements import (
    CHUNK_COLUMNS,
    DELIVERY_COLUMNS,
    RUN_COLUMNS,
    Row,
    Statements,
    Values,
)

_STATUSES = {RUN_STARTED: "running", RUN_RESUMED: "running", RUN_WAITING: "waiting"}


class Write(Protocol):
    """Something that a window can write. `error` is set where the commit did not take it."""

    error: Exception | None

    def add_to(self, window: Window) -> None:
        """Add the rows to the window."""


class Window:
    """The rows to write, by table, in the order in which they must be written."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.runs: list[Row] = []
        self.changes: list[Row] = []
        self.chunks: list[tuple[RunWrite, Row]] = []
        self.deliveries: list[Row] = []

    def write(self, statements: Statements) -> None:
        """Write all rows. Runs taken over by another worker get Fenced; the others are written.

        The conditional update comes before the chunks: a run that it does not
        match gets no chunk either.
        """
        if self.runs:
            statements.insert("runner_run", RUN_COLUMNS, self.runs)
        lost = statements.update_runs(self.changes) if self.changes else set()
        chunks = []
        for write, row in self.chunks:
            key = (row[0], write.epoch)
            write.error = Fenced() if not write.new and key in lost else None
            if write.error is None:
                chunks.append(row)
        if chunks:
            statements.insert("runner_journalchunk", CHUNK_COLUMNS, chunks)
        if self.deliveries:
            statements.insert("runner_webhookdelivery", DELIVERY_COLUMNS, self.deliveries)

    def is_written(self, statements: Statements) -> bool:
        """Say whether the rows of the one write in this window are there already."""
        if self.chunks:
            return statements.has("runner_journalchunk", CHUNK_COLUMNS[:4], self.chunks[0][1][:4])
        if self.runs:
            return statements.has("runner_run", RUN_COLUMNS[:1], self.runs[0][:1])
        return statements.has(
            "runner_webhookdelivery", DELIVERY_COLUMNS[:1], self.deliveries[0][:1]
        )


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
    text: str = ""
    status: str | None = None
    error: Exception | None = None

    def add_to(self, window: Window) -> None:
        """Add the run's row or its change, its chunk, and its delivery."""
        values = window.values
        change = RunChange(self.events[-1].seq if self.events else 0)
        for event in self.events:
            if event.step is None:
                _apply(event, change)
        self.status = change.status
        if self.new is not None:
            window.runs.append(self.new.row(values, self.worker, self.epoch, change))
        else:
            window.changes.append(change.row(values, self.run, self.epoch))
        if self.events:
            self.text = self.text or encode_events(self.events)
            first, last = self.events[0].seq, self.events[-1].seq
            row = (values.key(self.run), first, last, self.epoch, self.text)
            window.chunks.append((self, row))
        if self.delivery is not None:
            window.deliveries.append(self.delivery.row(values))

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

    def add_to(self, window: Window) -> None:
        """Add the delivery's row."""
        window.deliveries.append(self.delivery.row(window.values))


def _apply(event: Event, change: RunChange) -> None:
    kind, data = event.type, event.data
    if kind in RUN_ENDS:
        change.status = kind.removeprefix("run.")
        change.finished = event.time
        if data.get("outputs") is not None:
            change.outputs = encode(data["outputs"])
        if data.get("error") is not None:
            change.error = encode(data["error"])
        elif change.status == "cancelled":
            change.error = encode({"code": "cancelled", "message": data.get("reason") or ""})
    elif kind in _STATUSES:
        change.status = _STATUSES[kind]
        if kind == RUN_STARTED:
            change.started = event.time
