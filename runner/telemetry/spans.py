"""The spans of a run, made from its events by OpenTelemetry's SDK, which is an extra."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Full, Queue
from typing import TYPE_CHECKING, Any

from opentelemetry import trace as api
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from runner.engine import events as e
from runner.engine.events import Event
from runner.telemetry.subject import node_of
from runner.telemetry.tracing import Context, context_of, span_id, trace_id
from runner.telemetry.written import Written

if TYPE_CHECKING:
    from opentelemetry.context import Context as Parent

logger = logging.getLogger(__name__)

WAITING = 10_000  # ended runs whose traces are still to be made; the trace of a further one is lost
HELD = 100  # of them, how many may keep their events in memory
MOST = 20_000  # spans of one run
FLUSH = 500  # spans after which the exporter must have taken what there is


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a run beside its events; `kinds` are those of its nodes by their ids.

    `caused_by` are runs that have another trace of their own: with the `trace` that each was
    started under, or "".
    """

    blueprint: str
    name: str
    trigger: str
    kinds: Mapping[str, str]
    caused_by: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[str, "Sequence[Event] | None"], "tuple[Facts, Sequence[Event]] | None"]


class GivenIds(IdGenerator):
    """Gives the ids that the maker of spans has said before."""

    def __init__(self) -> None:
        self.trace = self.span = 0

    def generate_trace_id(self) -> int:
        """Return the id of the trace that is begun."""
        return self.trace

    def generate_span_id(self) -> int:
        """Return the id of the span that is begun."""
        return self.span


class RunTracer:
    """Makes the traces of ended runs, in a thread of its own, and has them exported.

    `read` returns what is known of a run, and its events where they are not given; None for a
    run that is gone. `rest` is called where nothing more waits, or reading has failed.
    """

    def __init__(
        self, provider: TracerProvider, ids: GivenIds, read: Read, rest: Callable[[], None]
    ) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("conductor")
        self._ids = ids
        self._read, self._rest = read, rest
        self._waiting: Queue[tuple[str, Sequence[Event] | None] | None] = Queue(WAITING)
        self._lost = 0
        self._made = 0
        self._thread = threading.Thread(target=self._work, name="conductor-traces", daemon=True)
        self._thread.start()

    def samples(self, parent: Context | None, trace: str) -> bool:
        """Say whether a trace is kept, as the sampler says."""
        result = self._provider.sampler.should_sample(
            _parent(parent) if parent else None, int(trace, 16), "run"
        )
        return result.decision is Decision.RECORD_AND_SAMPLE

    def written(self, writes: Sequence[Written]) -> None:
        """Have the traces of those runs made that have ended with what was committed."""
        for write in writes:
            events = write.events
            if not events or write.error is not None or events[-1].type not in e.RUN_ENDS:
                continue
            # A short run is written at once: then its events need not be read.
            self.ended(str(write.run), events if events[0].seq == 1 else None)

    def ended(self, run: str, events: Sequence[Event] | None = None) -> None:
        """Have the trace of a run made soon."""
        # The values of many runs would fill the memory while the collector is away.
        kept = events if self._waiting.qsize() < HELD else None
        try:
            self._waiting.put_nowait((run, kept))
        except Full:
            self._lost += 1
            if self._lost == 1:
                logger.warning("Traces are made too slowly; those of some runs are lost")

    def stop(self, within: float) -> None:
        """Export what there is, as far as that can be done within some seconds."""
        until = time.monotonic() + within
        try:
            self._waiting.put(None, timeout=within)
        except Full:
            return
        self._thread.join(max(0.0, until - time.monotonic()))
        self._provider.force_flush(int(1000 * max(0.0, until - time.monotonic())))

    def _work(self) -> None:
        while (found := self._waiting.get()) is not None:
            run, events = found
            try:
                if (known := self._read(run, events)) is not None:
                    self._make(run, *known)
            except Exception:
                logger.warning("The trace of run %s was not made", run, exc_info=True)
                self._rest()
            if self._waiting.empty():
                self._lost = 0
                self._rest()
        self._rest()

    def _make(self, run: str, facts: Facts, events: Sequence[Event]) -> None:
        first, last = events[0], events[-1]
        parent = str(first.data.get("trace") or "")
        context = context_of(run, parent)
        if not context.sampled:
            return
        given = Context.read(parent) if parent else None
        links = [_link(cause, under) for cause, under in facts.caused_by.items()]
        status = last.type.removeprefix("run.")
        root = self._begin(
            context,
            f"run {facts.name}",
            first.time,
            _parent(given) if given else None,
            SpanKind.SERVER if facts.trigger in ("webhook", "api") else SpanKind.INTERNAL,
            {
                "conductor.run": run,
                "conductor.blueprint": facts.blueprint,
                "conductor.trigger": facts.trigger,
                "conductor.status": status,
            },
            links,
        )
        _judge(root, status, last.data.get("error"))
        steps = steps_of(events)
        for step in list(steps.values())[:MOST]:
            self._step(run, context, step, steps, facts.kinds, last.time)
        if len(steps) > MOST:
            root.set_attribute("conductor.steps_left_out", len(steps) - MOST)
        root.end(_nanoseconds(last.time))

    def _step(
        self,
        run: str,
        context: Context,
        step: TracedStep,
        steps: Mapping[str, TracedStep],
        kinds: Mapping[str, str],
        end: float,
    ) -> None:
        node = node_of(step.path)
        kind = kinds.get(node, "unknown")
        above = above_of(step.path, steps)
        within = Context(context.trace, span_id(run, above), sampled=True)
        own = Context(context.trace, span_id(run, step.path), sampled=True)
        attributes: dict[str, Any] = {
            "conductor.step": step.path,
            "conductor.node": node,
            "conductor.kind": kind,
            "conductor.status": step.status or "unfinished",
            "conductor.attempts": len(step.attempts),
        }
        if step.instead:
            attributes["conductor.instead"] = step.instead
        made = self._begin(
            own,
            f"{kind} {node}",
            step.begun,
            _parent(within),
            SpanKind.CLIENT if kind == "http.request" else SpanKind.INTERNAL,
            attributes,
        )
        _judge(made, step.status, step.error)
        over = step.ended or end
        if len(step.attempts) > 1:
            for number, attempt in enumerate(step.attempts, 1):
                known = Context(context.trace, span_id(run, step.path, str(number)), sampled=True)
                tried = self._begin(
                    known, f"attempt {number}", attempt.begun, _parent(own), SpanKind.INTERNAL, {}
                )
                failed = attempt.error or (step.error if attempt.ended is None else None)
                _judge(tried, "failed" if failed else "", failed)
                tried.end(_nanoseconds(max(attempt.begun, attempt.ended or over)))
        made.end(_nanoseconds(max(step.begun, over)))
        self._made += 1
        if self._made % FLUSH == 0:
            # Else what comes too fast for the exporter would be dropped.
            self._provider.force_flush()

    def _begin(
        self,
        own: Context,
        name: str,
        moment: float,
        parent: Parent | None,
        kind: SpanKind,
        attributes: Mapping[str, Any],
        links: Sequence[Link] = (),
    ) -> Span:
        self._ids.trace, self._ids.span = int(own.trace, 16), int(own.span, 16)
        return self._tracer.start_span(
            name,
            # Without one the SDK would take what is current in this thread.
            parent if parent is not None else set_span_in_context(api.INVALID_SPAN),
            kind,
            dict(attributes),
            list(links),
            _nanoseconds(moment),
        )


# --- reading the events --------------------------------------------------------------


@dataclass(slots=True)
class Attempt:
    """One attempt of a step: when it began and, where it failed, ended, and with what error."""

    begun: float
    ended: float | None = None
    error: Mapping[str, Any] | None = None


@dataclass(slots=True)
class TracedStep:
    """A step as its events tell it; moments are seconds since the epoch."""

    path: str
    begun: float
    attempts: list[Attempt]
    ended: float | None = None
    status: str = ""
    error: Mapping[str, Any] | None = None
    instead: str = ""


def steps_of(events: Sequence[Event]) -> dict[str, TracedStep]:
    """Return the steps that were run, by their paths, in the order of their beginnings."""
    steps: dict[str, TracedStep] = {}
    for event in events:
        path, data = event.step, event.data
        if path is None or event.type == e.STEP_SKIPPED:
            continue
        step = steps.get(path)
        if event.type == e.STEP_STARTED:
            if step is None:
                steps[path] = TracedStep(path, event.time, [Attempt(event.time)])
            elif step.attempts[-1].ended is not None:
                step.attempts.append(Attempt(event.time))
        elif event.type == e.STEP_RETRYING and step is not None:
            step.attempts[-1].ended, step.attempts[-1].error = event.time, data.get("error")
            # What tries again in the same process says so with its end alone.
            step.attempts.append(Attempt(event.time + float(data.get("delay") or 0)))
        elif event.type in e.STEP_ENDS:
            if step is None:
                begun = data.get("started") or event.time - float(data.get("duration") or 0)
                step = steps[path] = TracedStep(path, begun, [Attempt(begun)])
            step.ended, step.status = event.time, event.type.removeprefix("step.")
            step.error = data.get("error")
            marks = ("reused", "pinned", "mocked", "bypassed")
            step.instead = next((mark for mark in marks if data.get(mark)), "")
    for step in steps.values():
        # One that was cancelled before its next attempt has not tried again.
        if step.ended is not None and len(step.attempts) > 1:
            step.attempts = [it for it in step.attempts if it.begun <= step.ended]
    return steps


def above_of(path: str, steps: Mapping[str, TracedStep]) -> str:
    """Return the step in which another one is: its list's, or its frame's; "" for the run."""
    above = path
    while above:
        if above.endswith("]"):
            above = above.rpartition("[")[0]
        else:
            scope, _, name = above.rpartition("/")
            # `lines~2` is the second attempt of the frame `lines`.
            frame = name.rpartition("~")[0]
            above = f"{scope}/{frame}" if scope and frame else frame or scope
        if above in steps:
            return above
    return ""


def _judge(span: Span, status: str, error: Mapping[str, Any] | None) -> None:
    if status in ("failed", "cancelled") and error:
        # The message may have what a run handles; its code and kind are words of the code.
        code = str(error.get("code") or status)
        span.set_attribute("error.type", str(error.get("kind") or code))
        span.set_status(Status(StatusCode.ERROR, code))
    elif status == "failed":
        span.set_status(Status(StatusCode.ERROR))


def _parent(context: Context) -> Parent:
    return set_span_in_context(NonRecordingSpan(_span_context(context, remote=True)))


def _link(run: str, under: str) -> Link:
    given = Context.read(under) if under else None
    trace = given.trace if given else trace_id(run)
    return Link(_span_context(Context(trace, span_id(run), sampled=True), remote=True))


def _span_context(context: Context, *, remote: bool) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(context.trace, 16), int(context.span, 16), remote, flags)


def _nanoseconds(moment: float) -> int:
    return round(moment * 1e9)
