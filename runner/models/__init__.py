"""The rows behind runs: runs, journal, workers, webhooks, schedules, listeners and messages."""

from __future__ import annotations

from runner.models.credentials import Consent, Credential, Grant
from runner.models.ids import time_ordered_id
from runner.models.journal import JournalChunk, checksum_of, note_newest, with_newest
from runner.models.listeners import Listener, ListenerState, MessageAside
from runner.models.outgoing import (
    UNDELIVERED,
    Endpoint,
    MessageStatus,
    OutgoingMessage,
    SendAttempt,
)
from runner.models.queues import Bucket, DeadLetter, KeyKind, Queue, RunKey, WhenFull
from runner.models.runs import (
    LIVE,
    PAUSED,
    SHOWN_STATUSES,
    SPREAD,
    UNSUCCESSFUL,
    WHOLE,
    Run,
    RunStatus,
)
from runner.models.schedules import Calendar, Schedule, ScheduleState
from runner.models.upkeep import Pruned, Retention, Worker
from runner.models.waits import KeyTurn, Signal, Wait, WaitingStart, WaitKind
from runner.models.webhooks import (
    Authentication,
    Encoding,
    SeenRequest,
    Verdict,
    Webhook,
    WebhookDelivery,
)

__all__ = [
    "LIVE",
    "PAUSED",
    "SHOWN_STATUSES",
    "SPREAD",
    "UNDELIVERED",
    "UNSUCCESSFUL",
    "WHOLE",
    "Authentication",
    "Bucket",
    "Calendar",
    "Consent",
    "Credential",
    "DeadLetter",
    "Encoding",
    "Endpoint",
    "Grant",
    "JournalChunk",
    "KeyKind",
    "KeyTurn",
    "Listener",
    "ListenerState",
    "MessageAside",
    "MessageStatus",
    "OutgoingMessage",
    "Pruned",
    "Queue",
    "Retention",
    "Run",
    "RunKey",
    "RunStatus",
    "Schedule",
    "ScheduleState",
    "SeenRequest",
    "SendAttempt",
    "Signal",
    "Verdict",
    "Wait",
    "WaitKind",
    "WaitingStart",
    "Webhook",
    "WebhookDelivery",
    "WhenFull",
    "Worker",
    "checksum_of",
    "note_newest",
    "time_ordered_id",
    "with_newest",
]
