"""The figures of this process, for Prometheus: counted where things happen, added up nowhere else.

No label can take more values than there are node types, triggers and statuses: none names a
blueprint, an address or a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from runner.engine.events import (
    RUN_CANCELLED,
    RUN_ENDS,
    RUN_FAILED,
    RUN_QUEUED,
    RUN_STARTED,
    RUN_SUCCEEDED,
    STEP_FAILED,
    STEP_RETRYING,
    STEP_SUCCEEDED,
    Event,
)
from runner.engine.journal import Fenced
from runner.telemetry.durations import Durations
from runner.telemetry.subject import Subject
from runner.telemetry.written import Written

# The moment at which a series began says little, and is a series more for each.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# Seconds: for runs and steps up to an hour, for commits and requests up to half a minute.
LONG = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0, 3600.0)
SHORT = (0.001, 0.002, 0.004, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0)

ACCEPTED = Counter(
    "conductor_runs_accepted", "Runs that were accepted.", ["trigger"], registry=REGISTRY
)
ENDED = Counter(
    "conductor_runs_ended", "Runs that have ended.", ["status", "trigger"], registry=REGISTRY
)
RUN_SECONDS = Durations(
    "conductor_run_seconds",
    "From a run's start to its end, waits included.",
    ["status"],
    buckets=LONG,
    registry=REGISTRY,
)
QUEUE_SECONDS = Durations(
    "conductor_run_queued_seconds",
    "From a run's acceptance to its start.",
    [],
    buckets=LONG,
    registry=REGISTRY,
)
STEP_SECONDS = Durations(
    "conductor_step_seconds",
    "From a step's start to its end, all attempts and waits included.",
    ["kind", "status"],
    buckets=LONG,
    registry=REGISTRY,
)
RETRIES = Counter(
    "conductor_step_retries",
    "Attempts that failed and are tried again.",
    ["kind"],
    registry=REGISTRY,
)
FLUSH_SECONDS = Durations(
    "conductor_journal_flush_seconds",
    "One commit of what runs have written.",
    [],
    buckets=SHORT,
    registry=REGISTRY,
)
FLUSH_EVENTS = Durations(
    "conductor_journal_flush_events",
    "Events that shared one commit.",
    [],
    buckets=(1, 3, 10, 30, 100, 300, 1000, 3000, 10_000),
    registry=REGISTRY,
)
REFUSED = Counter(
    "conductor_journal_refused",
    "Writes that were refused: another worker has the run by now.",
    registry=REGISTRY,
)
HOOKS = Counter(
    "conductor_webhook_requests", "Requests to webhooks.", ["verdict"], registry=REGISTRY
)
SOCKETS = Gauge("conductor_sockets", "Open websockets.", registry=REGISTRY)
HTTP_SECONDS = Histogram(
    "conductor_http_request_seconds",
    "Requests that nodes made, until their answer was read.",
    ["method", "status"],
    buckets=SHORT,
    registry=REGISTRY,
)

_accepted, _ended, _hooks = cache(ACCEPTED.labels), cache(ENDED.labels), cache(HOOKS.labels)
_UNKNOWN = Subject("unknown")
_TOLD = frozenset(
    {RUN_QUEUED, RUN_STARTED, RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELLED, STEP_FAILED, STEP_RETRYING}
)


def written(writes: Sequence[Written], seconds: float) -> None:
    """Count what one transaction has written; by one thread at a time."""
    count = 0
    took: defaultdict[str, list[float]] = defaultdict(list)
    for write in writes:
        if write.error is not None:
            if isinstance(write.error, Fenced):
                REFUSED.inc()
            continue
        if write.delivery is not None:
            _hooks(write.delivery.verdict).inc()
        count += len(write.events)
        subject = write.subject or _UNKNOWN
        kind_of = subject.kind_of
        for event in write.events:
            _, _, kind, step, data = event
            if kind == STEP_SUCCEEDED:
                # What was taken over, pinned, mocked or bypassed took no time.
                if duration := data.get("duration"):
                    took[kind_of(step or "")].append(duration)
            elif kind in _TOLD:
                _tell(event, subject)
    for kind, durations in took.items():
        STEP_SECONDS.observe_all(durations, kind, "succeeded")
    FLUSH_SECONDS.observe(seconds)
    if count:
        FLUSH_EVENTS.observe(count)


def _tell(event: Event, subject: Subject) -> None:
    kind = event.type
    if kind == RUN_QUEUED:
        if subject is not _UNKNOWN:
            subject.accepted = event.time
        _accepted(event.data.get("by") or "unknown").inc()
    elif kind == RUN_STARTED:
        if subject is not _UNKNOWN:
            subject.started = event.time
        if subject.accepted is not None:
            QUEUE_SECONDS.observe(max(0.0, event.time - subject.accepted))
    elif kind in RUN_ENDS:
        status = kind.removeprefix("run.")
        _ended(status, subject.trigger).inc()
        if subject.started is not None:
            RUN_SECONDS.observe(max(0.0, event.time - subject.started), status)
    elif kind == STEP_FAILED:
        took = event.data.get("duration") or 0.0
        STEP_SECONDS.observe(took, subject.kind_of(event.step or ""), "failed")
    else:
        RETRIES.labels(subject.kind_of(event.step or "")).inc()
