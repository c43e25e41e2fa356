"""Parts of a draft that are run: to a node, from a node, what has changed; pins and mocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from editor.models import Blueprint
from runner.actions.history import events_of_run
from runner.models import Run
from tests.api.conftest import Caller
from tests.ended import end_here
from tests.starting import start_run

Check = Callable[..., dict[str, Any]]

NODES: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "one": {"kind": "data.set", "parameters": {"fields": {"n": 1}, "keep": False}},
    "two": {"kind": "data.set", "parameters": {"fields": {"m": "{{ input.n + 1 }}"}}},
    "side": {"kind": "data.set", "parameters": {"fields": {"s": 1}}},
    "out": {"kind": "flow.output", "parameters": {"name": "got"}},
}
EDGES = ["start.out -> one.in", "one.out -> two.in", "two.out -> out.in", "start.out -> side.in"]


def make(call: Caller, **nodes: Any) -> dict[str, Any]:
    return call.make(nodes={**NODES, **nodes}, edges=EDGES)


def start(call: Caller, made: dict[str, Any], **body: Any) -> tuple[int, Any, Any]:
    return call("POST", f"blueprints/{made['id']}/runs/", {"draft": True, **body})


def ended(call: Caller, made: dict[str, Any], **body: Any) -> dict[str, dict[str, Any]]:
    """Run it, and return the data of each step's end."""
    status, run, _ = start(call, made, **body)
    assert status == 201, run
    done = end_here(run["id"])
    assert done.status == "succeeded", done.error
    ends = ("step.succeeded", "step.failed")
    return {it["step"]: it["data"] for it in events_of_run(done) if it["type"] in ends}


def save(call: Caller, made: dict[str, Any], **nodes: Any) -> None:
    document = {**made["document"], "nodes": {**NODES, **nodes}}
    path = f"blueprints/{made['id']}/"
    assert call("PUT", path, {"document": document}, If_Match='"1"')[0] == 200


def fresh(steps: dict[str, dict[str, Any]]) -> set[str]:
    return {step for step, data in steps.items() if "reused" not in data}


def test_a_run_to_a_node_runs_only_what_leads_to_it(call: Caller) -> None:
    steps = ended(call, make(call), to="two")
    assert set(steps) == {"start", "one", "two"}
    assert steps["two"]["outputs"] == {"out": {"n": 1, "m": 2}}


def test_a_run_to_a_node_takes_over_what_has_not_changed(call: Caller) -> None:
    made = make(call)
    ended(call, made)
    steps = ended(call, made, to="two")
    assert fresh(steps) == {"two"}
    assert fresh(ended(call, made, to="two", reuse=False)) == {"start", "one", "two"}


def test_only_what_changed_is_run(call: Caller) -> None:
    made = make(call)
    ended(call, made)
    save(call, made, two={"kind": "data.set", "parameters": {"fields": {"m": 5}}})
    steps = ended(call, made, reuse=True)
    assert set(steps) == set(NODES)
    assert fresh(steps) == {"two", "out"}


def test_a_run_from_a_node_has_its_last_inputs(call: Caller) -> None:
    made = make(call)
    ended(call, made)
    # What comes before has been changed, and is not asked for.
    save(call, made, one={"kind": "data.set", "parameters": {"fields": {"n": 100}}})
    steps = ended(call, made, **{"from": "two"})
    assert fresh(steps) == {"two", "out"}
    assert steps["two"]["outputs"]["out"]["m"] == 2


def test_a_run_from_a_node_runs_nothing_beside_it(call: Caller) -> None:
    made = make(call)
    ended(call, made)
    ended(call, made, to="one")
    steps = ended(call, made, **{"from": "one"})
    assert fresh(steps) == {"one", "two", "out"}
    assert "reused" in steps["side"]


def test_a_run_from_a_node_leaves_out_what_has_never_run(call: Caller) -> None:
    made = make(call)
    ended(call, made, to="one")
    assert set(ended(call, made, **{"from": "one"})) == {"start", "one", "two", "out"}


def test_a_run_from_a_node_that_is_not_on_the_way_is_refused(call: Caller) -> None:
    made = make(call)
    ended(call, made)
    status, told, _ = start(call, made, **{"from": "out", "to": "one"})
    assert (status, told["problems"][0]["code"]) == (422, "not_on_the_way")


def test_a_named_run_is_taken_over_from(call: Caller, other: Caller, problem: Check) -> None:
    made = make(call)
    ended(call, made)
    run = Run.objects.get()
    ended(call, made, inputs={"other": 1})
    assert fresh(ended(call, made, reuse=str(run.pk))) == set()
    problem(start(call, make(call), reuse=str(run.pk)), 409, "other_blueprint")
    problem(start(other, make(other), reuse=str(run.pk)), 404, "not_found")


def test_pinned_outputs_stand_in_for_a_node_in_runs_of_the_draft_only(call: Caller) -> None:
    made = make(call, one={**NODES["one"], "pin": {"out": {"n": 41}}})
    steps = ended(call, made)
    assert steps["one"]["pinned"] is True
    assert steps["two"]["outputs"]["out"]["m"] == 42
    call("POST", f"blueprints/{made['id']}/publish/")
    steps = ended(call, made, draft=False)
    assert "pinned" not in steps["one"]
    assert steps["two"]["outputs"]["out"]["m"] == 2


def test_mocks_stand_in_for_nodes_of_one_run(call: Caller) -> None:
    made = make(call)
    steps = ended(call, made, mocks={"one": {"outputs": {"out": {"n": 9}}}})
    assert steps["one"]["mocked"] is True
    assert steps["two"]["outputs"]["out"]["m"] == 10
    run = start(call, made, mocks={"one": {"error": {"message": "away", "code": "http"}}})[1]
    done = end_here(run["id"])
    assert (done.status, done.error["code"], done.error["step"]) == ("failed", "http", "one")


def test_what_a_rerun_repeats_keeps_its_mocks(call: Caller) -> None:
    made = make(call)
    ended(call, made, mocks={"one": {"outputs": {"out": {"n": 9}}}})
    run = Run.objects.get()
    again = call("POST", f"runs/{run.pk}/rerun/", {"from": "start"})[1]["run"]
    assert end_here(again["id"]).outputs == {"got": {"n": 9, "m": 10}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"to": "none"}, "unknown_node"),
        ({"mocks": {"none": {"outputs": {}}}}, "unknown_node"),
        ({"mocks": {"one": {"outputs": {"side": 1}}}}, "unknown_port"),
        ({"mocks": {"one": {"value": 1}}}, "wrong_mock"),
        ({"mocks": {"one": {"outputs": {}, "error": {}}}}, "wrong_mock"),
        ({"mocks": {"one": {"error": {"status": 1}}}}, "wrong_mock"),
        ({"mocks": {"one": {"error": {"message": 1}}}}, "wrong_mock"),
    ],
)
def test_a_part_that_is_none_is_told(
    call: Caller, problem: Check, body: dict[str, Any], code: str
) -> None:
    found = problem(start(call, make(call), **body), 422, "document_unsound")
    assert found["problems"][0]["code"] == code
    assert not Run.objects.exists()


def test_a_run_from_a_node_needs_an_earlier_run(call: Caller, problem: Check) -> None:
    problem(start(call, make(call), **{"from": "two"}), 409, "no_origin")
    problem(start(call, make(call), **{"from": "two", "reuse": False}), 400, "invalid")
    problem(start(call, make(call), reuse="yes"), 400, "invalid")


def test_a_pin_at_a_port_that_is_none_is_a_problem(call: Caller) -> None:
    made = make(call, one={**NODES["one"], "pin": {"side": 1}})
    assert [(it["code"], it["node"], it["port"]) for it in made["problems"]] == [
        ("unknown_port", "one", "side")
    ]


def test_a_run_that_a_webhook_started_is_repeated_with_its_request(call: Caller) -> None:
    request = {"method": "POST", "body": {"n": 3}, "headers": {}, "query": {}}
    nodes = {
        "hook": {"kind": "trigger.webhook"},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    declared = {"who": {"type": "string", "required": True}}
    made = call.make(nodes=nodes, edges=["hook.out -> out.in"], inputs=declared)
    row = Blueprint.objects.get(pk=made["id"])
    origin = start_run(row, row.draft, inputs=request, trigger="webhook", trigger_node="hook")
    end_here(origin.pk)
    assert fresh(ended(call, made, **{"from": "out"})) == {"out"}
    body = {"from": {"step": "hook", "inputs": {**request, "body": {"n": 4}}}}
    again = call("POST", f"runs/{origin.pk}/rerun/", body)[1]["run"]
    assert end_here(again["id"]).outputs["got"]["body"] == {"n": 4}
