"""Collapsing a part over the API, expanding it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from editor.models import Blueprint
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
DRAWN: dict[str, Any] = {
    "name": "Whole",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "net": {"kind": "data.set", "parameters": {"fields": {"net": 1}}},
        "out": {"kind": "flow.output"},
    },
    "edges": ["start.out -> net.in", "net.out -> out.in"],
    "notes": [{"id": "why", "text": "because", "x": 5}],
}


def collapsed(call: Caller, *nodes: str, **more: Any) -> Any:
    made = call.make(**DRAWN)
    body = {"document": made["document"], "nodes": list(nodes), "name": "Net", **more}
    return made["id"], call("POST", f"blueprints/{made['id']}/collapse/", body)


def test_a_part_becomes_a_published_blueprint_and_the_answer_calls_it(call: Caller) -> None:
    key, (status, answer, _) = collapsed(call, "net", notes=["why"])
    assert status == 201, answer
    made = Blueprint.objects.get(pk=answer["blueprint"]["id"])
    assert made.name == "Net"
    assert made.published is not None
    assert [note["text"] for note in made.draft["notes"]] == ["because"]
    document = answer["document"]
    assert document["nodes"][answer["call"]]["parameters"]["blueprint"] == str(made.pk)
    assert document.get("notes", []) == []
    # What was drawn is not saved by this.
    draft = call("GET", f"blueprints/{key}/")[1]["document"]
    assert "net" in draft["nodes"]
    body = {"document": document}
    problems = call("POST", f"blueprints/{key}/validate/", body)[1]["problems"]
    assert [it for it in problems if it["severity"] == "error"] == []
    body = {"document": document, "node": answer["call"]}
    status, again, _ = call("POST", f"blueprints/{key}/expand/", body)
    assert status == 200, again
    assert again["nodes"] == ["net"]
    assert again["document"]["nodes"]["net"] == draft["nodes"]["net"]
    assert [note["text"] for note in again["document"]["notes"]] == ["because"]


def test_what_is_refused_makes_nothing_and_says_every_reason(call: Caller, problem: Check) -> None:
    _, answer = collapsed(call, "start", "net", "out")
    found = problem(answer, 422, "part_refused")
    assert {it["node"] for it in found["problems"] if "node" in it} == {"start", "out"}
    assert Blueprint.objects.count() == 1


def test_a_blueprint_that_one_may_not_read_is_not_expanded(
    call: Caller, other: Caller, problem: Check
) -> None:
    made = other.make(**DRAWN)
    other("POST", f"blueprints/{made['id']}/publish/", {})
    nodes = {
        "start": {"kind": "trigger.manual"},
        "call": {"kind": "blueprint.call", "parameters": {"blueprint": made["id"]}},
    }
    own = call.make(nodes=nodes, edges=["start.out -> call.in"])
    body = {"document": own["document"], "node": "call"}
    answer = call("POST", f"blueprints/{own['id']}/expand/", body)
    assert "is gone" in problem(answer, 422, "part_refused")["detail"]
    answer = call("POST", f"blueprints/{made['id']}/expand/", body)
    assert problem(answer, 404, "not_found")
    body = {"document": own["document"], "node": "start"}
    answer = call("POST", f"blueprints/{own['id']}/expand/", body)
    assert "does not run a blueprint" in problem(answer, 422, "part_refused")["detail"]
