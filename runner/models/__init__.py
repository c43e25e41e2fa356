"""The rows behind runs: runs, their journal, workers, webhooks, schedules and messages."""

from __future__ import annotations

from runner.models.ids import time_ordered_id
from runner.models.journal import JournalChunk, checksum_of
from runner.models.outgoing import Endpoint, MessageStatus, OutgoingMessage, SendAttempt
from runner.models.runs import PAUSED, SHOWN_STATUSES, Run, RunStatus
from runner.models.schedules import Calendar, Schedule, ScheduleState
from runner.models.upkeep import Pruned, Retention, Worker
from runner.models.waits import Signal, Wait, WaitingStart, WaitKind
from runner.models.webhooks import (
    Authentication,
    Encoding,
    SeenRequest,
    Verdict,
    Webhook,
    WebhookDelivery,
)

__all__ = [
    "PAUSED",
    "SHOWN_STATUSES",
    "Authentication",
    "Calendar",
    "Encoding",
    "Endpoint",
    "JournalChunk",
    "MessageStatus",
    "OutgoingMessage",
    "Pruned",
    "Retention",
    "Run",
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
    "Worker",
    "checksum_of",
    "time_ordered_id",
]
