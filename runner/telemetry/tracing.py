"""The trace of a run: another reading of its journal, made when the run has ended.

The ids of traces and spans are hashes of those of runs and steps. So whoever executes a run,
after a crash another process, says the same ones, and nothing of them is kept anywhere but
what came from outside: the W3C trace context of the caller, in the run's first event.

Nothing here imports OpenTelemetry, which is an extra; `tracer` is set where it makes traces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from runner.engine import current
from runner.engine.events import Event
from runner.telemetry.written import Written

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

CALLER: ContextVar[str] = ContextVar("conductor_caller", default="")
"""The trace context with which somebody calls the site now; empty: with none."""
_executed: ContextVar[Context | None] = ContextVar("conductor_trace", default=None)


@dataclass(frozen=True, slots=True)
class Context:
    """A W3C trace context: the ids in hexadecimal digits; `sampled` says whether it is kept."""

    trace: str
    span: str
    sampled: bool

    @classmethod
    def read(cls, text: str) -> Context | None:
        """Return what a `traceparent` header says; None where it is none."""
        found = _TRACEPARENT.fullmatch(text)
        if found is None or not int(found[1], 16) or not int(found[2], 16):
            return None
        return cls(found[1], found[2], bool(int(found[3], 16) & 1))

    def __str__(self) -> str:
        return f"00-{self.trace}-{self.span}-{'01' if self.sampled else '00'}"


class Tracer(Protocol):
    """Makes the traces of runs."""

    def samples(self, parent: Context | None, trace: str) -> bool:
        """Say whether a trace is kept."""

    def written(self, writes: Sequence[Written]) -> None:
        """Take what was committed."""

    def ended(self, run: str, events: Sequence[Event] | None = None) -> None:
        """Have the trace of a run made; without its `events` they are read from the rows."""


tracer: Tracer | None = None


def trace_id(run: str) -> str:
    """Return the id of the trace that a run begins, which nobody else has begun."""
    return blake2b(run.encode(), digest_size=16, person=b"trace").hexdigest()


def span_id(run: str, step: str = "", more: str = "") -> str:
    """Return the id of the span of a run, of a step, or of what is `more` in it."""
    return blake2b(f"{run}\0{step}\0{more}".encode(), digest_size=8, person=b"span").hexdigest()


def context_of(run: str, parent: str) -> Context:
    """Return the context of a run that was started under a `traceparent`, or under none."""
    given = Context.read(parent) if parent else None
    trace = given.trace if given else trace_id(run)
    sampled = tracer is not None and tracer.samples(given, trace)
    return Context(trace, span_id(run), sampled)


def enter(run: str, parent: str) -> None:
    """Say that the current task executes a run that was started under a `traceparent` or none."""
    if tracer is not None:
        # The task may have been made while somebody called.
        CALLER.set("")
        _executed.set(context_of(run, parent))


def traceparent(run: str, step: str) -> str:
    """Return the context of what a step of the run that is executed here calls; "" for none."""
    known = _executed.get()
    return str(Context(known.trace, span_id(run, step), known.sampled)) if known else ""


def inherited() -> str:
    """Return the context under which a run is that is started now: the caller's or a step's."""
    if tracer is None:
        return ""
    run = current.RUN.get()
    return CALLER.get() or (traceparent(run, current.STEP.get()) if run else "")


def heard(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Take the trace context of a request's headers for the current task, where traces are made."""
    if tracer is None:
        return
    for name, value in headers:
        if name == b"traceparent" and (context := Context.read(value.decode("latin-1").strip())):
            CALLER.set(str(context))
