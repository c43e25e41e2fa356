"""What Conductor tells of itself: figures for Prometheus, traces for OpenTelemetry.

Both are told what was committed, by whoever committed it: a run waits for neither.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from runner.telemetry import figures, tracing
from runner.telemetry.subject import Subject
from runner.telemetry.written import Written

logger = logging.getLogger(__name__)

__all__ = ["Subject", "run_accepted", "run_ended", "written"]


def written(writes: Sequence[Written], seconds: float) -> None:
    """Take what one transaction has written, and how long that took."""
    try:
        figures.written(writes, seconds)
        if tracing.tracer is not None:
            tracing.tracer.written(writes)
    except Exception:
        # Runs stand still when the committer's thread ends, and this is no reason for that.
        logger.exception("What was written was not counted")


def run_accepted(trigger: str) -> None:
    """Count a run that was accepted with a transaction of its own."""
    figures.ACCEPTED.labels(trigger).inc()


def run_ended(run: str, trigger: str, status: str) -> None:
    """Count a run that ended without being executed, such as a queued one that was cancelled."""
    figures.ENDED.labels(status, trigger).inc()
    if tracing.tracer is not None:
        tracing.tracer.ended(run)
