"""Runs the test cases that a document carries: in memory, with mocks for what works outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from runner.engine import events as e
from runner.engine.differences import MOST_DIFFERENCES, Difference, differences, shown, unlike
from runner.engine.events import Event
from runner.engine.execution import Execution, Result
from runner.engine.inputs import InputsInvalid, check_inputs, with_defaults
from runner.engine.node import NodeTypes
from runner.engine.stand_ins import mock_problems, mocks_of
from runner.graph.cases import TestCase
from runner.graph.document import Document
from runner.graph.plan import ExpressionCheck, Plan, compile
from runner.graph.spec import Effect

TOTAL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case: it passed, or differs in these places.

    `refused` says why it was not run at all. `seconds` is how long it took.
    """

    name: str
    seconds: float = 0.0
    status: str | None = None
    differences: tuple[Difference, ...] = ()
    refused: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the run was as expected."""
        return self.refused is None and not self.differences

    def to_json(self) -> dict[str, Any]:
        """Return the result as the API shows it."""
        return {
            "name": self.name,
            "passed": self.passed,
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "refused": self.refused,
            "differences": [it.to_json() for it in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which nodes and edges some case went through, in the document's order."""

    nodes: dict[str, bool]
    edges: dict[str, bool]

    def to_json(self) -> dict[str, Any]:
        """Return the coverage as the API shows it."""
        return {
            name: {
                "covered": [key for key, seen in found.items() if seen],
                "missed": [key for key, seen in found.items() if not seen],
            }
            for name, found in (("nodes", self.nodes), ("edges", self.edges))
        }


@dataclass(frozen=True, slots=True)
class TestReport:
    """What became of a document's cases."""

    __test__ = False  # pytest takes classes of such names for its own

    cases: tuple[CaseResult, ...]
    coverage: Coverage

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(case.passed for case in self.cases)

    def to_json(self) -> dict[str, Any]:
        """Return the report as the API and the command show it."""
        return {
            "passed": self.passed,
            "cases": [case.to_json() for case in self.cases],
            "coverage": self.coverage.to_json(),
        }


@dataclass(slots=True)
class _Seen:
    nodes: set[str] = field(default_factory=set)
    edges: set[str] = field(default_factory=set)


async def run_tests(
    document: Document,
    types: NodeTypes,
    check_expression: ExpressionCheck | None = None,
    *,
    names: Sequence[str] | None = None,
    resources: Any = None,
    vars: Mapping[str, Any] | None = None,
    seconds: float = TOTAL_SECONDS,
) -> TestReport:
    """Run the document's cases, one after the other; of `names` only those that are named.

    All of them together may take `seconds`; those that come later are refused.
    Nothing is stored. Raises DocumentInvalid where the document cannot be run.
    """
    plan = compile(document, types, check_expression)
    seen = _Seen()
    deadline = time.monotonic() + seconds
    results = []
    for case in document.tests:
        if names is not None and case.name not in names:
            continue
        left = deadline - time.monotonic()
        if left <= 0:
            said = f"All cases together may take {seconds:g} seconds, which are over."
            results.append(CaseResult(case.name, refused=said))
        else:
            results.append(await _run_case(plan, case, seen, resources, vars, left))
    return TestReport(
        tuple(results),
        Coverage(
            {name: name in seen.nodes for name in document.nodes},
            {str(edge): str(edge) in seen.edges for edge in document.edges},
        ),
    )


async def _run_case(
    plan: Plan,
    case: TestCase,
    seen: _Seen,
    resources: Any,
    vars: Mapping[str, Any] | None,
    left: float,
) -> CaseResult:
    if refused := _refusal(plan, case):
        return CaseResult(case.name, refused=refused)
    inputs = with_defaults(plan.document, case.inputs)
    execution = Execution(
        plan,
        inputs,
        trigger=case.trigger,
        run_id=f"test:{case.name}",
        resources=resources,
        vars=vars,
        stand_ins=mocks_of(plan, case.mocks),
    )
    began = time.monotonic()
    limit = min(float(case.timeout), left)
    loop = asyncio.get_running_loop()
    timer = loop.call_later(limit, execution.cancel, "the test's time is over")
    try:
        result = await execution.run()
    finally:
        timer.cancel()
    took = time.monotonic() - began
    _note(plan, result.events, seen)
    if result.status == "cancelled" and took >= limit and case.expect.status != "cancelled":
        said = f"The run took longer than {limit:g} s. Mock what waits, or raise 'timeout'."
        return CaseResult(
            case.name, took, result.status, (Difference("status", case.expect.status, None, said),)
        )
    found = tuple(islice(_found(plan, case, result), MOST_DIFFERENCES))
    return CaseResult(case.name, took, result.status, found)


def _refusal(plan: Plan, case: TestCase) -> str | None:
    """Say why a case cannot be run, if it cannot."""
    if problems := mock_problems(plan, case.mocks):
        return problems[0].message
    if case.trigger is not None and case.trigger not in plan.index:
        return f"There is no node {case.trigger!r} to start at."
    if unknown := [name for name in case.external if name not in plan.index]:
        return f"There is no node {unknown[0]!r} that could work outside."
    free = {*case.mocks, *case.external}
    outside = [
        node.id
        for node in plan.nodes
        if node.spec.effect is Effect.EXTERNAL
        and not node.settings.idle
        and node.id not in free
        and not node.spec.trigger
    ]
    if outside:
        verb, them = ("works", "it") if len(outside) == 1 else ("work", "them")
        return (
            f"{', '.join(outside)} {verb} outside. Mock {them}, or name {them} in the case's "
            "'external'."
        )
    trigger = plan.nodes[plan.index[case.trigger]].spec.kind if case.trigger else ""
    if trigger in ("", "trigger.manual"):
        try:
            check_inputs(plan.document, case.inputs)
        except InputsInvalid as error:
            return str(error)
    return None


def _found(plan: Plan, case: TestCase, result: Result) -> Iterator[Difference]:
    expect = case.expect
    if result.status != expect.status:
        told = unlike("status", expect.status, result.status)
        if result.error is not None:
            where = result.error.get("step") or result.error.get("node")
            said = f"{where + ': ' if where else ''}{result.error.get('message', '')}"
            told = Difference(
                told.place, told.expected, told.actual, f"{told.message} ({said[:500]})"
            )
        yield told
    for name, value in expect.outputs.items():
        if name in result.outputs:
            yield from differences(f"outputs.{name}", value, result.outputs[name])
        else:
            known = ", ".join(result.outputs) or "none"
            said = f"is missing, expected {shown(value)} (the run's outputs: {known})"
            yield Difference(f"outputs.{name}", value, None, said)
    ran = {_node_of(plan, event.step) for event in result.events if _ended(event)}
    for node in expect.ran:
        if node not in ran:
            yield Difference(f"ran.{node}", True, False, "did not run")
    for node in expect.not_ran:
        if node in ran:
            yield Difference(f"not_ran.{node}", False, True, "ran")
    if expect.error is not None:
        yield from _unlike_error(expect.error.model_dump(exclude_none=True), result.error)


def _unlike_error(
    expected: Mapping[str, str], error: Mapping[str, Any] | None
) -> Iterator[Difference]:
    if error is None:
        yield Difference("error", dict(expected), None, "is missing: the run did not fail")
        return
    for key, value in expected.items():
        actual = error.get(key)
        if key == "message":
            if value not in str(actual):
                said = f"is {shown(actual)}, in which {shown(value)} is missing"
                yield Difference("error.message", value, actual, said)
        elif actual != value:
            yield unlike(f"error.{key}", value, actual)


def _ended(event: Event) -> bool:
    return event.step is not None and event.type in (e.STEP_SUCCEEDED, e.STEP_FAILED)


def _node_of(plan: Plan, path: str | None) -> str:
    """Return the node of a step path such as `orders[3]/charge#2[1]`."""
    last = (path or "").rpartition("/")[2]
    return last.partition("[")[0].partition("#")[0]


def _note(plan: Plan, events: Sequence[Event], seen: _Seen) -> None:
    """Note the nodes that ran, and the edges along which a value went."""
    for event in events:
        if not (_ended(event) or event.type == e.STEP_EMITTED):
            continue
        name = _node_of(plan, event.step)
        if name not in plan.index:
            continue
        seen.nodes.add(name)
        if (event.step or "").endswith("]"):
            continue
        outputs = event.data.get("outputs") or {}
        # What a frame gives its inside, and what an undoing step gets, only its receiver tells.
        came = {
            (_node_of(plan, step), output, port)
            for port, sources in (event.data.get("inputs") or {}).items()
            for step, output in sources
        }
        seen.edges.update(
            str(edge)
            for edge in plan.edges
            if (edge.source == name and edge.output in outputs)
            or (edge.target == name and (edge.source, edge.output, edge.input) in came)
        )
