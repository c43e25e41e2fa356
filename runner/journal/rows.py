"""What a commit can write besides events: the row of a new run, and a webhook's delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from runner.graph.queueing import DEFAULT, STEP
from runner.journal.encoding import encode
from runner.journal.spill import Spiller
from runner.journal.tables import SETTLED, Row, Values
from runner.models import time_ordered_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run that has no row yet: it is inserted with its first events.

    `drawing` is the drawing's hash, `version` the version's primary key, `priority` that of the
    queue and its own together. `stand_ins` are the outputs that stand in for nodes, as pins do
    in a draft.
    """

    blueprint: UUID
    drawing: str
    version: int | None
    owner: int
    inputs: dict[str, Any]
    trigger: str
    created: float
    trigger_node: str = ""
    queue: str = DEFAULT
    priority: int = 0
    stand_ins: Mapping[str, Any] | None = None
    labels: str = ""
    id: UUID = field(default_factory=time_ordered_id)

    def row(self, values: Values, worker: str, epoch: int, end: RunChange, spiller: Spiller) -> Row:
        """Return the row's values in the order of RUN_COLUMNS."""
        return (
            values.key(self.id),
            values.key(self.blueprint),
            self.version,
            self.drawing,
            self.owner,
            end.status or ("running" if worker else "queued"),
            self.trigger,
            self.trigger_node,
            spiller.column(self.inputs, 1, "inputs"),
            end.outputs,
            end.error,
            False,
            "",
            epoch,
            worker,
            end.last_seq,
            values.moment(self.created),
            values.moment(end.started) if end.started else None,
            values.moment(end.finished) if end.finished else None,
            self.queue,
            self.priority,
            values.moment(self.created - self.priority * STEP),
            self.labels,
            end.unsettled,
        )


@dataclass(slots=True)
class RunChange:
    """What some events change in the row of their run; None leaves a column as it is."""

    last_seq: int
    status: str | None = None
    started: float | None = None
    finished: float | None = None
    outputs: str | None = None
    error: str | None = None
    unsettled: int = SETTLED

    def row(self, values: Values, run: str, epoch: int) -> Row:
        """Return the row's values in the order of CHANGE_COLUMNS."""
        return (
            run,
            epoch,
            self.last_seq,
            self.status,
            values.moment(self.started) if self.started else None,
            values.moment(self.finished) if self.finished else None,
            self.outputs,
            self.error,
            self.unsettled,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What tells a request from others, and until when (seconds since 1970) it is remembered."""

    key: str
    body_hash: str
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request to a webhook, as its row will show it."""

    webhook: UUID
    received: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    sender: str
    verdict: str
    reason: str = ""
    run: UUID | None = None
    replay_of: UUID | None = None
    body_file: str = ""
    seen: Seen | None = None
    id: UUID = field(default_factory=time_ordered_id)

    def row(self, values: Values) -> Row:
        """Return the row's values in the order of DELIVERY_COLUMNS."""
        return (
            values.key(self.id),
            values.key(self.webhook),
            values.moment(self.received),
            self.method,
            self.path,
            self.query,
            encode(self.headers),
            self.body,
            self.sender,
            self.verdict,
            self.reason,
            values.key(self.run) if self.run else None,
            values.key(self.replay_of) if self.replay_of else None,
            self.body_file,
        )

    def seen_row(self, values: Values) -> Row | None:
        """Return the row that remembers the request, in the order of SEEN_COLUMNS."""
        if self.seen is None or self.run is None:
            return None
        return (
            values.key(self.webhook),
            self.seen.key,
            self.seen.body_hash,
            values.key(self.id),
            values.key(self.run),
            values.moment(self.seen.expires),
        )
