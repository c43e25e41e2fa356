"""The rows behind runs: the runs themselves, their journal, workers, webhooks and schedules."""

from __future__ import annotations

from runner.models.ids import time_ordered_id
from runner.models.journal import JournalChunk, checksum_of
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
    "JournalChunk",
    "Pruned",
    "Retention",
    "Run",
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
    "Worker",
    "checksum_of",
    "time_ordered_id",
]
