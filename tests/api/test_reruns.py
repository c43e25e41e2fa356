"""Runs run again over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.actions.history import events_of_run
from runner.models import JournalChunk, Run
from tests.api.conftest import Caller
from tests.ended import end_here

Check = Callable[..., dict[str, Any]]

NODES: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "greet": {
        "kind": "data.set",
        "parameters": {"fields": {"text": "Hello {{ input.who }}"}, "keep": False},
    },
    "out": {"kind": "flow.output", "parameters": {"name": "greeting"}},
}
EDGES = ["start.out -> greet.in", "greet.out -> out.in"]
BROKEN = {**NODES, "greet": {"kind": "data.set", "parameters": {"fields": {"a": "{{ 1 / 0 }}"}}}}


def ran(call: Caller, **document: Any) -> dict[str, Any]:
    """A run of a draft that has ended."""
    made = call.make(**{"nodes": NODES, "edges": EDGES, **document})
    body = {"draft": True, "inputs": {"who": "you"}}
    run = call("POST", f"blueprints/{made['id']}/runs/", body)[1]
    end_here(run["id"])
    return dict(call("GET", f"runs/{run['id']}/")[1])


def again(call: Caller, run: dict[str, Any], **body: Any) -> tuple[int, Any, Any]:
    return call("POST", f"runs/{run['id']}/rerun/", body)


def save(call: Caller, run: dict[str, Any], nodes: dict[str, Any]) -> None:
    document = {**run["document"], "nodes": nodes}
    status, body, _ = call(
        "PUT", f"blueprints/{run['blueprint']}/", {"document": document}, If_Match='"1"'
    )
    assert status == 200, body


def test_a_rerun_from_the_start_is_a_new_run_with_the_same_inputs(call: Caller) -> None:
    origin = ran(call)
    status, made, answer = again(call, origin, **{"from": "start"})
    assert status == 201
    assert made["reused"] == made["repeated"] == []
    run = made["run"]
    assert answer.headers["Location"] == f"/api/runs/{run['id']}/"
    assert (run["rerun_of"], run["rerun_from"]) == (origin["id"], "start")
    end_here(run["id"])
    after = call("GET", f"runs/{run['id']}/")[1]
    assert (after["status"], after["outputs"]) == ("succeeded", {"greeting": {"text": "Hello you"}})


def test_other_inputs_at_the_start(call: Caller) -> None:
    body = {"from": "start", "inputs": {"who": "Ada"}}
    run = again(call, ran(call), **body)[1]["run"]
    end_here(run["id"])
    assert call("GET", f"runs/{run['id']}/")[1]["outputs"] == {"greeting": {"text": "Hello Ada"}}


def test_what_failed_runs_again_on_the_mended_draft(call: Caller) -> None:
    origin = ran(call, nodes=BROKEN)
    assert origin["status"] == "failed"
    save(call, origin, NODES)
    status, made, _ = again(call, origin, **{"from": "failed", "version": "draft"})
    assert status == 201
    assert made["reused"] == [{"step": "start", "was": "start"}]
    assert [(it["step"], it["code"]) for it in made["repeated"]] == [("greet", "failed")]
    run = made["run"]
    first = events_of_run(Run.objects.get(pk=run["id"]))
    assert [(it["type"], it["step"]) for it in first] == [
        ("run.queued", None),
        ("run.started", None),
        ("step.succeeded", "start"),
    ]
    assert first[2]["data"]["reused"] == {"run": origin["id"], "step": "start"}
    end_here(run["id"])
    after = call("GET", f"runs/{run['id']}/")[1]
    assert (after["status"], after["outputs"]) == ("succeeded", {"greeting": {"text": "Hello you"}})


def test_a_step_gets_other_values(call: Caller) -> None:
    begins = {"step": "out", "inputs": {"in": "edited"}}
    run = again(call, ran(call), **{"from": begins})[1]["run"]
    assert run["rerun_from"] == "out"
    end_here(run["id"])
    assert call("GET", f"runs/{run['id']}/")[1]["outputs"] == {"greeting": "edited"}


def test_the_trigger_gets_other_inputs_of_the_run(call: Caller) -> None:
    begins = {"step": "start", "inputs": {"who": "Ada"}}
    run = again(call, ran(call), **{"from": begins})[1]["run"]
    assert run["inputs"] == {"who": "Ada"}


def test_what_would_be_taken_over_is_only_said(call: Caller) -> None:
    origin = ran(call)
    status, made, _ = again(call, origin, **{"from": {"step": "greet"}, "dry": True})
    assert (status, made["run"]) == (200, None)
    assert made["reused"] == [{"step": "start", "was": "start"}]
    assert [it["code"] for it in made["repeated"]] == ["asked", "after_repeated"]
    assert Run.objects.count() == 1


def test_a_step_that_was_skipped_is_not_repeated(call: Caller, problem: Check) -> None:
    nodes = {**NODES, "greet": {**NODES["greet"], "settings": {"disabled": True}}}
    origin = ran(call, nodes=nodes)
    for dry in (True, False):
        told = again(call, origin, **{"from": {"step": "greet"}, "dry": dry})
        body = problem(told, 409, "nothing_to_run")
        assert "'greet' is skipped: the node is disabled" in body["detail"]
    body = problem(again(call, origin, **{"from": {"step": "out"}}), 409, "nothing_to_run")
    assert "never came to 'out'" in body["detail"]
    assert Run.objects.count() == 1


def test_a_run_that_is_not_over_is_not_repeated(call: Caller, problem: Check) -> None:
    made = call.make()
    run = call("POST", f"blueprints/{made['id']}/runs/", {"draft": True})[1]
    problem(again(call, run, **{"from": "start"}), 409, "run_not_over")


def test_what_cannot_be_repeated_says_why(call: Caller, problem: Check) -> None:
    origin = ran(call)
    problem(again(call, origin, **{"from": "failed"}), 409, "nothing_failed")
    problem(again(call, origin, **{"from": {"step": "none"}}), 409, "unknown_step")
    wrong = {"step": "out", "inputs": {"side": 1}}
    problem(again(call, origin, **{"from": wrong}), 409, "unknown_port")
    version = {"from": "start", "version": "published"}
    problem(again(call, origin, **version), 409, "not_published")
    assert Run.objects.count() == 1


FRAME: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "each": {"kind": "frame.each", "parameters": {"list": "{{ [1, 2, 0, 4] }}"}},
    "one": {
        "kind": "data.set",
        "frame": "each",
        "parameters": {"fields": {"n": "{{ item }}"}, "keep": False},
    },
    "divide": {
        "kind": "data.set",
        "frame": "each",
        "parameters": {"fields": {"by": "{{ 8 // input.n }}"}, "keep": False},
    },
    "out": {"kind": "flow.output", "parameters": {"name": "out"}},
}
FRAME_EDGES = [
    "start.out -> each.in", "each.item -> one.in", "one.out -> divide.in",
    "divide.out -> each.result", "each.out -> out.in",
]  # fmt: skip


def test_a_run_goes_on_at_the_item_that_failed(call: Caller) -> None:
    origin = ran(call, nodes=FRAME, edges=FRAME_EDGES)
    assert origin["status"] == "failed"
    begins = {"step": "each[2]/divide", "inputs": {"in": {"n": 8}}}
    status, made, _ = again(call, origin, **{"from": begins})
    assert status == 201
    taken = ["start", "each[0]/one", "each[0]/divide", "each[1]/one", "each[1]/divide"]
    assert [it["step"] for it in made["reused"]] == [*taken, "each[2]/one"]
    codes = {it["step"]: it["code"] for it in made["repeated"]}
    assert codes == {"each": "failed", "each[2]/divide": "edited"}
    end_here(made["run"]["id"])
    after = call("GET", f"runs/{made['run']['id']}/")[1]
    assert after["status"] == "succeeded"
    assert after["outputs"] == {"out": [{"by": 8}, {"by": 4}, {"by": 1}, {"by": 2}]}
    # An iteration of that run, whole.
    status, made, _ = again(call, after, **{"from": {"step": "each[1]"}, "dry": True})
    codes = {it["step"]: it["code"] for it in made["repeated"]}
    assert codes == {
        "each": "inner_repeated", "each[1]/one": "asked", "each[1]/divide": "asked",
        "each[2]/divide": "inputs_changed", "out": "after_repeated",
    }  # fmt: skip


def test_several_items_run_again_at_once(call: Caller, problem: Check) -> None:
    fields = {"half": "{{ 60 / item.n }}"}
    each = {"list": "{{ input.lines }}", "errors": "collect"}
    node = {"kind": "data.set", "parameters": {"fields": fields}, "settings": {"each": each}}
    made = call.make(nodes={**NODES, "greet": node}, edges=EDGES)
    lines = [{"n": n} for n in (1, 0, 2, 0, 0)]
    body = {"draft": True, "inputs": {"lines": lines}}
    origin = call("POST", f"blueprints/{made['id']}/runs/", body)[1]
    end_here(origin["id"])
    asked = {"steps": ["greet[1]", "greet[4]", "greet[1]"]}
    status, made, _ = again(call, origin, **{"from": asked})
    assert (status, made["run"]["rerun_from"]) == (201, "greet[1] and 1 more")
    assert {it["step"] for it in made["reused"]} == {"start", "greet[3]"}
    end_here(made["run"]["id"])
    events = events_of_run(Run.objects.get(pk=made["run"]["id"]))
    failed = {it["step"]: "reused" in it["data"] for it in events if it["type"] == "step.failed"}
    assert failed == {"greet[1]": False, "greet[3]": True, "greet[4]": False}

    problem(again(call, origin, **{"from": {"steps": ["greet[1]", "x"]}}), 409, "unknown_step")
    for wrong in ([], "greet[1]", [1], ["a"] * 10_001):
        assert again(call, origin, **{"from": {"steps": wrong}})[0] == 400


def test_several_iterations_run_again_at_once(call: Caller) -> None:
    origin = ran(call, nodes=FRAME, edges=FRAME_EDGES)
    asked = {"steps": ["each[0]", "each[1]/one"]}
    made = again(call, origin, **{"from": asked, "dry": True})[1]
    codes = {it["step"]: it["code"] for it in made["repeated"]}
    assert codes.items() >= {"each[0]/one": "asked", "each[1]/one": "asked"}.items()


def test_a_step_that_is_nowhere_to_begin_says_why(call: Caller, problem: Check) -> None:
    undone = {**FRAME, "one": {**FRAME["one"], "settings": {"compensate": True}}}
    undone["back"] = {"kind": "log.message", "frame": "each", "parameters": {"message": "back"}}
    origin = ran(call, nodes=undone, edges=[*FRAME_EDGES, "one.compensate -> back.in"])
    begins = {"step": "each[0]/one[compensate]/back"}
    problem(again(call, origin, **{"from": begins}), 409, "undoing_step")
    problem(again(call, origin, **{"from": {"step": "each[9]"}}), 409, "unknown_step")
    said = again(call, origin, **{"from": {"step": "one"}})[1]["detail"]
    assert said == "The run has no step 'one'. Inside its frame it is 'each[0]/one'."
    wrong = {"step": "each[0]", "inputs": {}}
    problem(again(call, origin, **{"from": wrong}), 409, "item_inputs")
    assert again(call, origin, **{"from": "failed", "dry": True})[1]["reused"] == [
        {"step": "start", "was": "start"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"from": "middle"},
        {"from": {"node": "out"}},
        {"from": {"step": 7}},
        {"from": {"step": "out", "inputs": []}},
        {"from": "failed", "inputs": {}},
        {"from": "start", "version": "newest"},
        {"from": "start", "then": "stop"},
    ],
)
def test_a_wrong_body_starts_nothing(call: Caller, problem: Check, body: dict[str, Any]) -> None:
    problem(again(call, ran(call), **body), 400, "invalid")
    assert Run.objects.count() == 1


def test_a_damaged_journal_can_only_be_repeated_from_the_start(
    call: Caller, problem: Check
) -> None:
    origin = ran(call)
    JournalChunk.objects.filter(run=origin["id"]).update(events="[")
    problem(again(call, origin, **{"from": {"step": "out"}}), 409, "journal_damaged")
    assert again(call, origin, **{"from": "start"})[0] == 201


def test_a_pruned_journal_can_only_be_repeated_from_the_start(call: Caller, problem: Check) -> None:
    origin = ran(call)
    JournalChunk.objects.filter(run=origin["id"]).delete()
    problem(again(call, origin, **{"from": {"step": "out"}}), 409, "journal_pruned")
    assert again(call, origin, **{"from": "start"})[0] == 201


def test_the_runs_of_others_are_not_repeated(call: Caller, other: Caller, problem: Check) -> None:
    problem(again(other, ran(call), **{"from": "start"}), 404, "not_found")
    assert Run.objects.count() == 1
