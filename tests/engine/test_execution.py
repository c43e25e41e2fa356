"""Executions: cancelling, limits, barriers before and after external effects, threads."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from runner.engine import Event, Execution, Fenced, MemoryJournal, NodeError, Step, current, run
from runner.engine import execution as engine
from runner.engine import node as declare
from runner.graph import compile, load
from runner.graph.spec import Effect, Runs
from tests.engine.builder import RecordingJournal, plan


class Signalling(MemoryJournal):
    """A journal that tells when a step has started."""

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()

    def append(self, event: Event) -> None:
        super().append(event)
        if event.type == "step.started":
            self.started.set()


class Behind(MemoryJournal):
    """A journal that is committed only when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.committed = 0
        self.most = 0

    def append(self, event: Event) -> None:
        super().append(event)
        self.most = max(self.most, len(self.events) - self.committed)

    async def durable(self) -> None:
        self.committed = len(self.events)


async def test_what_slow_inline_steps_made_is_written_before_more_is_made() -> None:
    @declare("test.heavy", title="Heavy", category="Test", icon="box")
    def heavy(step: Step) -> object:
        """Take longer than a turn may."""
        time.sleep(0.006)
        return step.input

    names = [f"n{number}" for number in range(20)]
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise(names)]
    nodes = {name: {"kind": "test.heavy"} for name in names}
    journal = Behind()
    drawn = compile(load({"nodes": nodes, "edges": edges}), {"test.heavy": heavy})
    assert (await run(drawn, journal=journal)).status == "succeeded"
    assert journal.most <= 4  # of 23 events


@pytest.mark.parametrize("kind", ["hang", "stubborn"])
async def test_cancel_reaches_a_run_within_a_second(kind: str) -> None:
    journal = Signalling()
    execution = Execution(plan({"h": kind, "a": "pass"}, "h.out -> a"), journal=journal)
    running = asyncio.create_task(execution.run())
    await journal.started.wait()
    began = time.monotonic()
    execution.cancel("enough")
    result = await running
    # Far less than what it runs: others may keep the processor from it for a while.
    assert time.monotonic() - began < 4
    assert result.status == "cancelled"
    assert [e.type for e in result.events][-3:] == [
        "step.cancelled", "step.skipped", "run.cancelled",
    ]  # fmt: skip
    assert result.events[-1].data == {"reason": "enough"}


async def test_a_run_is_cancelled_by_the_event_it_was_given() -> None:
    asked = asyncio.Event()
    journal = Signalling()
    running = asyncio.create_task(run(plan({"h": "hang"}), journal=journal, cancel=asked))
    await journal.started.wait()
    asked.set()
    assert (await running).status == "cancelled"


async def test_a_run_whose_host_stops_is_left_open_to_go_on_elsewhere() -> None:
    journal = Signalling()
    running = asyncio.create_task(run(plan({"h": "hang"}), journal=journal))
    await journal.started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert journal.events[-1].type == "step.started"


async def test_no_more_steps_run_at_once_than_the_blueprint_allows() -> None:
    drawn = plan({f"a{i}": "async" for i in range(6)}, settings={"concurrency": 2})
    result = await run(drawn)
    active = most = 0
    for event in result.events:
        active += {"step.started": 1, "step.succeeded": -1}.get(event.type, 0)
        most = max(most, active)
    assert most == 2
    assert result.status == "succeeded"


async def test_waits_wait_beside_each_other() -> None:
    nodes = {f"w{i}": {"kind": "wait", "parameters": {"seconds": 0.25}} for i in range(20)}
    began = time.monotonic()
    result = await run(plan(nodes))
    assert result.status == "succeeded"
    assert time.monotonic() - began < 3


async def test_a_thread_may_log_while_it_works() -> None:
    result = await run(plan({"t": "thread"}), 4)
    assert result.outputs == {"t": 4}
    assert [e.data["message"] for e in result.events if e.type == "step.logged"] == [
        "from a thread"
    ]


async def test_an_external_step_is_durable_before_it_starts_and_before_what_follows() -> None:
    journal = RecordingJournal()
    drawn = plan({"x": "external", "a": "pass"}, "x.out -> a")
    result = await run(drawn, run_id="r", journal=journal)
    assert journal.order[2:] == [
        "step.started x", "durable", "step.succeeded x", "durable", "step.succeeded a",
        "run.succeeded", "durable",
    ]  # fmt: skip
    assert result.outputs == {"a": "r:x"}


async def test_a_fenced_execution_stops_without_writing() -> None:
    class TakenOver(MemoryJournal):
        async def durable(self) -> None:
            raise Fenced

    journal = TakenOver()
    with pytest.raises(Fenced):
        await run(plan({"x": "external", "h": "stubborn"}), journal=journal)
    assert {e.type for e in journal.events} == {"run.queued", "run.started", "step.started"}


@pytest.mark.parametrize(
    ("nodes", "edges", "over"),
    [
        ({"a": "pass", "b": "pass"}, ["a.out -> b"], True),
        ({"a": "crash"}, [], False),
        ({"a": "pass", "b": "async", "c": "pass"}, ["a.out -> b", "b.out -> c"], False),
        ({"a": "pass", "b": "external", "c": "pass"}, ["a.out -> b", "b.out -> c"], False),
        ({f"n{number}": "pass" for number in range(600)}, [], False),
    ],
    ids=["pure", "failing", "async", "external", "long"],
)
async def test_what_is_done_at_once_is_what_the_run_would_have_done(
    nodes: dict[str, str], edges: list[str], over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may take any time for two nodes.
    monkeypatch.setattr(engine, "TURN_SECONDS", 60.0)
    made = plan({"start": "trigger.manual", **nodes}, *edges, *(f"start.out -> {n}" for n in nodes))
    before = await run(made, {"x": 1})
    journal = MemoryJournal()
    execution = Execution(made, {"x": 1}, journal=journal)
    assert execution.at_once() is over
    if not over:
        await execution.run()
    assert [(e.seq, e.type, e.step) for e in journal.events] == [
        (e.seq, e.type, e.step) for e in before.events
    ]
    assert execution.state.status == before.status


async def test_a_retry_of_an_external_step_asks_first_whether_the_run_is_its_own() -> None:
    class LostMeanwhile(MemoryJournal):
        async def fence(self) -> None:
            if any(event.type == "step.retrying" for event in self.events):
                raise Fenced

    attempts = []

    @declare(
        "refused",
        title="Refused",
        category="Test",
        icon="x",
        runs=Runs.ASYNC,
        effect=Effect.EXTERNAL,
    )
    async def refused(step: Step) -> None:
        """Fail each time."""
        attempts.append(step.attempt)
        raise NodeError("Refused.")

    retry = {"retry": {"attempts": 3, "backoff": "fixed", "delay": 0.01}}
    document = load({"nodes": {"x": {"kind": "refused", "settings": retry}}})
    with pytest.raises(Fenced):
        await run(compile(document, {"refused": refused}), journal=LostMeanwhile())
    assert attempts == [1]


async def test_code_says_of_which_step_it_is_also_behind_an_asynchronous_one() -> None:
    heard: dict[str, tuple[str, str]] = {}

    def told(step: Step) -> None:
        heard[step.path] = (current.RUN.get(), current.STEP.get())

    @declare("test.told", title="Told", category="Test", icon="box", runs=Runs.ASYNC)
    async def later(step: Step) -> object:
        """Say where it is, as a task."""
        await asyncio.sleep(0)
        told(step)
        return step.input

    @declare("test.at_once", title="At once", category="Test", icon="box")
    def at_once(step: Step) -> object:
        """Say where it is, in the run's own turn."""
        told(step)
        return step.input

    kinds = {"test.told": later, "test.at_once": at_once}
    nodes = {name: {"kind": kind} for name, kind in zip("abcd", [*kinds, *kinds], strict=True)}
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise("abcd")]
    drawn = compile(load({"nodes": nodes, "edges": edges}), kinds)
    assert (await run(drawn, run_id="r")).status == "succeeded"
    assert heard == {"a": ("r", "a"), "b": ("r", ""), "c": ("r", "c"), "d": ("r", "")}


async def test_a_chain_of_asynchronous_steps_takes_one_turn_of_the_loop_each() -> None:
    @declare("test.none", title="None", category="Test", icon="box", runs=Runs.ASYNC)
    async def none(step: Step) -> object:
        """Give at once what came."""
        return step.input

    names = [f"n{number}" for number in range(200)]
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise(names)]
    nodes = {name: {"kind": "test.none"} for name in names}
    drawn = compile(load({"nodes": nodes, "edges": edges}), {"test.none": none})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert (await run(drawn)).status == "succeeded"
    counting.cancel()
    assert 200 <= turns < 230


@pytest.mark.parametrize(("seconds", "told"), [(0.01, 0), (0.1, 1)])
async def test_a_wait_that_nobody_would_see_is_not_told(seconds: float, told: int) -> None:
    @declare("test.pause", title="Pause", category="Test", icon="box", runs=Runs.ASYNC)
    async def pause(step: Step) -> None:
        """Wait so long."""
        await step.wait_until(step.started + seconds)

    journal = MemoryJournal()
    drawn = compile(load({"nodes": {"a": {"kind": "test.pause"}}}), {"test.pause": pause})
    began = time.time()
    assert (await run(drawn, journal=journal)).status == "succeeded"
    assert time.time() - began >= seconds
    assert [it.type for it in journal.events].count("step.waiting") == told
