"""Stand-ins: what a node emits, or how it fails, without being run.

A document pins outputs for runs of the draft; a run or a test mocks nodes. Both are kept in the
run's first event, so that recovery and replay know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.engine import events as e
from runner.engine.firing import Firing
from runner.engine.values import not_json
from runner.graph.document import Document
from runner.graph.plan import Plan
from runner.graph.problems import DocumentInvalid, Problem

StandIn = Mapping[str, Any]
MEMBERS = frozenset({"outputs", "error"})


def pins_of(document: Document) -> dict[str, StandIn]:
    """Return the stand-ins that the document's pinned outputs are."""
    return {
        name: {"outputs": dict(node.pin), "by": "pinned"}
        for name, node in document.nodes.items()
        if node.pin is not None
    }


def mocks_of(plan: Plan, mocks: Mapping[str, Any]) -> dict[str, StandIn]:
    """Return the stand-ins that mocks are: `{node: {"outputs": {port: value}}}` or an `error`.

    An error has a `message` and, if it is to, a `code` and a `kind`. Raises
    DocumentInvalid, with every problem, where a mock fits no node of the plan.
    """
    problems = list(mock_problems(plan, mocks))
    if problems:
        raise DocumentInvalid(problems)
    return {name: {**mock, "by": "mocked"} for name, mock in mocks.items()}


def mock_problems(plan: Plan, mocks: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the mocks of a run or a test."""
    problems = []
    for name, mock in mocks.items():
        if name not in plan.index:
            said = f"There is no node {name!r} to mock."
            problems.append(Problem("unknown_node", said, node=name))
            continue
        if not isinstance(mock, Mapping) or len(mock) != 1 or not set(mock) <= MEMBERS:
            said = f"The mock of {name} needs either 'outputs' or 'error', and nothing else."
            problems.append(Problem("wrong_mock", said, node=name))
        elif not isinstance(inner := next(iter(mock.values())), Mapping):
            said = f"The mock of {name}: {next(iter(mock))!r} must be an object."
            problems.append(Problem("wrong_mock", said, node=name))
        elif "outputs" in mock:
            problems += _output_problems(plan, name, inner)
        elif wrong := set(inner) - {"message", "code", "kind", "data"}:
            said = f"The mock of {name}: an error has no {sorted(wrong)[0]!r}."
            problems.append(Problem("wrong_mock", said, node=name))
        elif not all(isinstance(inner.get(key, ""), str) for key in ("message", "code", "kind")):
            said = f"The mock of {name}: message, code and kind of an error are texts."
            problems.append(Problem("wrong_mock", said, node=name))
    return problems


def _output_problems(plan: Plan, name: str, outputs: Mapping[str, Any]) -> list[Problem]:
    ports = [port.name for port in plan.nodes[plan.index[name]].outputs]
    problems = []
    for port, value in outputs.items():
        if port not in ports:
            known = ", ".join(ports) or "none"
            said = f"The mock of {name}: it has no output {port!r} (it has {known})."
            problems.append(Problem("unknown_port", said, node=name, port=port))
        elif wrong := not_json(value):
            said = f"The mock of {name}: {port!r} is {wrong}; outputs are JSON values."
            problems.append(Problem("wrong_mock", said, node=name, port=port))
    return problems


def stand_in_event(firing: Firing, stand_in: StandIn) -> tuple[str, dict[str, Any]]:
    """Return type and data of the event that ends a step whose node is stood in for."""
    data: dict[str, Any] = {"inputs": firing.refs, "duration": 0.0, stand_in["by"]: True}
    if "error" not in stand_in:
        return e.STEP_SUCCEEDED, {"outputs": dict(stand_in["outputs"]), **data}
    given = {"code": "node_failed", "message": "mocked", "kind": "error", **stand_in["error"]}
    error = {**given, "node": firing.node.id}
    handled = firing.node.settings.on_error
    data |= {"error": error, "handled": handled}
    if handled == "route":
        data["outputs"] = {"error": {"data": {}, **error}}
    elif handled == "continue" and firing.node.outputs:
        data["outputs"] = {firing.node.outputs[0].name: None}
    return e.STEP_FAILED, data
