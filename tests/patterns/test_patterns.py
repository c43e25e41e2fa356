"""The workflow patterns that the engine holds, each drawn as a small blueprint in a file.

Each case runs three ways: plainly; cut after every event in turn and continued from its
journal; and with every step failing once and tried again. The trace is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.engine import Event, Execution, MemoryJournal, NodeError, NodeType, Step
from runner.graph import Plan, compile, load
from runner.graph.files import parse
from runner.graph.spec import Runs
from runner.nodes import node_types

HERE = Path(__file__).resolve().parent
ENDS = {"succeeded": "ran", "failed": "failed", "skipped": "skipped", "cancelled": "cancelled"}


def cases() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yaml")):
        pattern = parse(path.read_text())
        for number, case in enumerate(pattern["cases"]):
            yield pytest.param(pattern["blueprint"], case, id=f"{path.stem}-{number}")


def trace(events: list[Event]) -> dict[str, Any]:
    """Return how the run and each of its steps ended."""
    found: dict[str, Any] = {name: [] for name in ENDS.values()}
    for event in events:
        end = event.type.removeprefix("step.")
        if event.type.startswith("step.") and end in ENDS:
            found[ENDS[end]].append(event.step)
    last = events[-1]
    assert last.type.startswith("run."), last
    found = {name: sorted(steps) for name, steps in found.items()}
    return {**found, "status": last.type.removeprefix("run."), "outputs": last.data.get("outputs")}


def check(case: Mapping[str, Any], events: list[Event]) -> None:
    found = trace(events)
    for name in ENDS.values():
        assert found[name] == sorted(case.get(name, [])), name
    assert found["status"] == case.get("status", "succeeded")
    if "outputs" in case:
        assert found["outputs"] == case["outputs"]


def plan_of(blueprint: Mapping[str, Any], types: Mapping[str, NodeType] | None = None) -> Plan:
    return compile(load({"format": "conductor/1", **blueprint}), types or node_types())


def failing_once(types: Mapping[str, NodeType]) -> dict[str, NodeType]:
    """Return the node types, each of which fails at the first attempt of every step."""

    def first(step: Step) -> None:
        if step.attempt == 1:
            raise NodeError("not yet", kind="connection")

    def wrap(declared: NodeType) -> NodeType:
        if declared.spec.runs is Runs.ASYNC:

            async def work(step: Step) -> Any:
                first(step)
                return await declared.work(step)

            return replace(declared, work=work)

        def work_now(step: Step) -> Any:
            first(step)
            return declared.work(step)

        return replace(declared, work=work_now)

    return {kind: wrap(declared) for kind, declared in types.items()}


def waits(execution: Execution, path: str) -> bool:
    """Say whether a step waits now, parked or in memory."""
    step = execution.state.open_step(path)
    return step is not None and (step.until is not None or step.parking is not None)


async def ended(
    plan: Plan, case: Mapping[str, Any], history: tuple[Event, ...] = ()
) -> list[Event]:
    """Run the case to its end, or until the step that is to be cancelled waits."""
    journal = MemoryJournal()
    execution = Execution(
        plan, case.get("inputs", {}), run_id="run", journal=journal, history=history
    )
    running = asyncio.create_task(execution.run())
    if wanted := case.get("cancel"):
        while not running.done() and not any(
            e.type == "step.waiting" and e.step == wanted for e in (*history, *journal.events)
        ):
            await asyncio.sleep(0)
        execution.cancel("enough")
    signals = list(enumerate(case.get("signals", [])))
    while signals and not running.done():
        number, signal = signals[0]
        if waits(execution, signal.get("once", signal["step"])):
            execution.resume(signal["step"], signal["value"], f"signal {number}")
            del signals[0]
        await asyncio.sleep(0)
    await running
    return [*history, *journal.events]


@pytest.mark.parametrize(("blueprint", "case"), [*cases()])
async def test_a_pattern_has_the_trace_that_is_expected(
    blueprint: dict[str, Any], case: dict[str, Any]
) -> None:
    events = await ended(plan_of(blueprint), case)
    check(case, events)
    ends = [e.step for e in events if e.type in ("step.succeeded", "step.skipped")]
    places = [ends.index(step) for step in case.get("order", [])]
    assert places == sorted(places), ends
    if "last" in case:
        assert ends[-1] == case["last"]
    if overlap := case.get("overlap"):
        begun = [e.seq for e in events if e.type == "step.started" and e.step in overlap]
        over = [e.seq for e in events if e.type == "step.succeeded" and e.step in overlap]
        assert len(begun) == len(over) == len(overlap)
        assert max(begun) < min(over)


@pytest.mark.parametrize(("blueprint", "case"), [*cases()])
async def test_cut_after_any_event_it_goes_on_to_the_same_trace(
    blueprint: dict[str, Any], case: dict[str, Any]
) -> None:
    plan = plan_of(blueprint)
    whole = await ended(plan, case)
    wanted = trace(whole)
    for cut in range(len(whole)):
        events = await ended(plan, case, tuple(whole[:cut]))
        assert trace(events) == wanted, f"cut after event {cut}"
        assert [event.seq for event in events] == list(range(1, len(events) + 1))


@pytest.mark.parametrize(("blueprint", "case"), [*cases()])
async def test_with_every_step_failing_once_the_trace_is_the_same(
    blueprint: dict[str, Any], case: dict[str, Any]
) -> None:
    nodes = {
        name: {
            **node,
            "settings": {
                **node.get("settings", {}),
                "retry": {"attempts": 2, "delay": 0, "backoff": "fixed"},
            },
        }
        for name, node in blueprint["nodes"].items()
    }
    events = await ended(plan_of({**blueprint, "nodes": nodes}, failing_once(node_types())), case)
    check(case, events)
    tried = {e.step for e in events if e.type == "step.retrying"}
    # Where a node runs for each item, the items are tried again, not the whole.
    whole = {name for name, node in nodes.items() if node["settings"].get("each")}
    assert tried >= set(case["ran"]) - whole


def test_each_file_is_one_pattern_of_the_list() -> None:
    numbers = [parse(path.read_text())["pattern"] for path in HERE.glob("*.yaml")]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(range(1, 44))
