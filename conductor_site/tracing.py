"""Traces by OpenTelemetry, where its standard environment says to whom they go."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connections

from runner.engine.events import Event
from runner.telemetry import tracing

if TYPE_CHECKING:
    from runner.telemetry.spans import Facts

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PARTING = 2.0  # seconds at the end for what was not exported yet


def wanted() -> bool:
    """Say whether the environment asks for traces."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "")
    named = any(os.environ.get(name) for name in ENDPOINTS) or exporter == "otlp"
    return named and not disabled and exporter in ("", "otlp")


def hindrance() -> str:
    """Say why traces that are asked for cannot be made; "" where they can."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter.otlp") is None:
        return "the extra 'otel' is not installed"
    named = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"
    )
    if named != "http/protobuf":
        return f"the protocol is {named!r}, and only http/protobuf is spoken"
    return ""


@contextmanager
def traced() -> Iterator[None]:
    """Make traces of the runs that this process ends, where the environment asks for them."""
    if not wanted():
        yield
        return
    if why := hindrance():
        # The same environment may be given to all programs of a machine.
        logger.warning("No traces are made: %s", why)
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from runner.queue.claim import version
    from runner.telemetry.spans import GivenIds, RunTracer

    about: dict[str, str] = {SERVICE_VERSION: version()}
    if "service.name" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        about[SERVICE_NAME] = os.environ.get("OTEL_SERVICE_NAME") or "conductor"
    ids = GivenIds()
    provider = TracerProvider(
        resource=Resource.create(about), id_generator=ids, shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = RunTracer(provider, ids, read, connections.close_all)
    tracing.tracer = tracer
    try:
        yield
    finally:
        tracing.tracer = None
        tracer.stop(PARTING)


def read(run: str, events: Sequence[Event] | None) -> tuple[Facts, Sequence[Event]] | None:
    """Return what a trace says of a run, and its events; None for a run that is gone."""
    from runner.journal.reader import read_events
    from runner.models import Run
    from runner.telemetry.spans import Facts

    row = (
        Run.objects.filter(pk=run)
        .values_list("blueprint", "drawing", "trigger", "parent", "rerun_of")
        .first()
    )
    if row is None:
        return None
    blueprint, drawing, trigger, *causes = row
    if events is None:
        events = [Event.from_json(event) for event in read_events(run)]
    own = str(events[0].data.get("trace") or "") if events else ""
    # A run that a step called is in the trace of that step.
    caused = {} if own else {str(cause): _trace_of(cause) for cause in causes if cause}
    facts = Facts(str(blueprint), _name_of(blueprint), trigger, _kinds_of(drawing), caused)
    return (facts, events) if events else None


def _trace_of(run: UUID) -> str:
    from runner.journal.reader import read_events

    first = read_events(run, limit=1)
    return str(first[0]["data"].get("trace") or "") if first else ""


def _name_of(blueprint: UUID) -> str:
    from editor.models import Blueprint

    return Blueprint.objects.values_list("name", flat=True).get(pk=blueprint)


@lru_cache(256)
def _kinds_of(drawing: str) -> Mapping[str, str]:
    from editor.models import Drawing

    document = Drawing.objects.values_list("document", flat=True).get(pk=drawing)
    return {name: str(node.get("kind", "")) for name, node in document["nodes"].items()}
