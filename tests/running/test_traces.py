"""The spans that a run's events amount to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from runner.engine import run
from runner.engine.events import RUN_QUEUED, Event
from runner.graph import compile, load
from runner.nodes import node_types
from runner.telemetry import tracing
from runner.telemetry.spans import Facts, GivenIds, RunTracer, TracedStep, above_of
from runner.telemetry.tracing import Context, trace_id

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
FACTS = Facts("b-1", "Orders", "api", {"each": "frame.each", "set": "data.set"}, {"r-0": ""})


class Made:
    """A tracer whose spans are kept here."""

    def __init__(self) -> None:
        self.exporter, ids = InMemorySpanExporter(), GivenIds()
        sampler = ParentBased(TraceIdRatioBased(1.0))
        provider = TracerProvider(id_generator=ids, sampler=sampler, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = RunTracer(
            provider, ids, lambda _, events: (FACTS, events or ()), lambda: None
        )

    def of(self, events: list[Event]) -> dict[str, ReadableSpan]:
        """Return the spans of a run by their steps; that of the run is at ""."""
        self.tracer.ended("r-1", events)
        self.tracer.stop(10)
        found: dict[str, ReadableSpan] = {}
        for span in self.exporter.get_finished_spans():
            found[str((span.attributes or {}).get("conductor.step", ""))] = span
        return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    made = Made()
    monkeypatch.setattr(tracing, "tracer", made.tracer)
    yield made
    made.tracer.stop(10)


async def events_of(trace: str = "") -> list[Event]:
    document: dict[str, Any] = {
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "each": {"kind": "frame.each", "parameters": {"list": [{}, {}]}},
            "set": {"kind": "data.set", "frame": "each", "parameters": {"fields": {"n": 1}}},
        },
        "edges": ["start.out -> each.in", "each.item -> set.in", "set.out -> each.result"],
    }
    done = await run(compile(load(document), node_types()), run_id="r-1")
    first = done.events[0]
    assert first.type == RUN_QUEUED
    told = first._replace(data={**first.data, "trace": trace} if trace else first.data)
    return [told, *done.events[1:]]


async def test_steps_are_in_the_span_of_their_frame(made: Made) -> None:
    spans = made.of(await events_of())
    assert set(spans) == {"", "start", "each", "each[0]/set", "each[1]/set"}

    def above(step: str) -> int | None:
        parent = spans[step].parent
        return parent.span_id if parent else None

    assert above("") is None
    assert above("start") == above("each") == spans[""].context.span_id
    assert above("each[0]/set") == above("each[1]/set") == spans["each"].context.span_id
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {trace_id("r-1")}
    (link,) = spans[""].links
    assert f"{link.context.trace_id:032x}" == trace_id("r-0")


@pytest.mark.parametrize(("flags", "count"), [("01", 5), ("00", 0)])
async def test_whether_a_trace_is_kept_is_the_callers_to_say(
    made: Made, flags: str, count: int
) -> None:
    spans = made.of(await events_of(f"00-{TRACE}-{SPAN}-{flags}"))
    assert len(spans) == count
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} <= {TRACE}
    tracing.enter("r-1", f"00-{TRACE}-{SPAN}-{flags}")
    assert tracing.traceparent("r-1", "set").endswith(f"-{flags}")


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("orders[3]/charge#2", "orders"),
        ("orders~2[3]/charge", "orders"),
        ("safe[catch]/mail[17]", "safe[catch]/mail"),
        ("a/b~2[1]/c", "a/b"),
        ("a/gone[1]/c", "a"),
        ("b", ""),
    ],
)
def test_a_step_is_below_what_it_is_in(path: str, above: str) -> None:
    names = ("orders", "safe", "safe[catch]/mail", "a", "a/b")
    steps = {name: TracedStep(name, 0.0, []) for name in names}
    assert above_of(path, steps) == above


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_what_is_no_trace_context_is_not_taken(text: str) -> None:
    assert Context.read(text) is None
