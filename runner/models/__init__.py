"""The rows behind runs: the runs themselves, their journal, workers, webhooks and schedules."""

from __future__ import annotations

from runner.models.ids import time_ordered_id
from runner.models.journal import JournalChunk, checksum_of
from runner.models.queues import Bucket, DeadLetter, KeyKind, Queue, RunKey, WhenFull
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
    "Bucket",
    "Calendar",
    "DeadLetter",
    "Encoding",
    "JournalChunk",
    "KeyKind",
    "Pruned",
    "Queue",
    "Retention",
    "Run",
    "RunKey",
    "RunStatus",
    "Schedule",
    "ScheduleState",
    "SeenRequest",
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
    "time_ordered_id",
]
