"""Who uses a blueprint, circles of calls, and deleting what others use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from editor.models import BlueprintReference
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]


def calls(name: str, **parameters: Any) -> dict[str, Any]:
    """What a document holds that calls the blueprint of this name."""
    return {
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "call": {"kind": "blueprint.call", "parameters": {"blueprint": name, **parameters}},
        },
        "edges": ["start.out -> call.in"],
    }


def after(name: str) -> dict[str, Any]:
    parameters = {"blueprints": [name]}
    return {
        "nodes": {"after": {"kind": "trigger.blueprint", "parameters": parameters}},
        "edges": [],
    }


def promoted() -> dict[str, Any]:
    document = calls("Typed", inputs={"n": 1})
    document["nodes"]["call"]["promoted"] = ["blueprint"]
    return document


HANDLER = {"nodes": {"error": {"kind": "trigger.error"}}, "edges": []}


def published(call: Caller, name: str, **document: Any) -> str:
    made = call.make(name=name, **document)
    status, answer, _ = call("POST", f"blueprints/{made['id']}/publish/", {})
    assert status == 201, answer
    return str(made["id"])


def codes(call: Caller, **document: Any) -> dict[str, dict[str, Any]]:
    made = call.make(**document)
    return {found["code"]: found for found in made["problems"]}


def changed(call: Caller, key: str, **document: Any) -> tuple[int, Any, Any]:
    """Save another draft and publish it."""
    now = call("GET", f"blueprints/{key}/")[1]
    body = {"document": {**now["document"], **document}}
    status, saved, _ = call("PUT", f"blueprints/{key}/", body, If_Match="*")
    assert status == 200, saved
    return call("POST", f"blueprints/{key}/publish/", {})


def test_used_by_names_calls_error_blueprints_and_what_starts_after(call: Caller) -> None:
    target = published(call, "Target", **HANDLER)
    caller = published(call, "Caller", **calls("Target"))
    published(call, "Failing", settings={"error_blueprint": target})
    published(call, "Later", **after("Target"))
    call.make(name="Only a draft", **calls("Target"))
    status, answer, _ = call("GET", f"blueprints/{target}/used-by/")
    assert status == 200
    assert [(it["name"], it["kind"], it["nodes"]) for it in answer["used_by"]] == [
        ("Caller", "call", ["call"]),
        ("Failing", "error", []),
        ("Later", "after", ["after"]),
    ]
    assert answer["used_by"][0]["blueprint"] == caller
    assert answer["others"] == 0
    # The published version is the truth: without the call it uses it no more.
    assert changed(call, caller, nodes={}, edges=[])[0] == 201
    names = [it["name"] for it in call("GET", f"blueprints/{target}/used-by/")[1]["used_by"]]
    assert names == ["Failing", "Later"]


def test_what_others_use_is_not_deleted_unasked(call: Caller, problem: Check) -> None:
    target = published(call, "Target")
    published(call, "Caller", **calls("Target"))
    told = problem(call("DELETE", f"blueprints/{target}/"), 409, "blueprint_used")
    assert "'Caller'" in told["detail"]
    assert told["used_by"] == ["'Caller'"]
    assert call("GET", f"blueprints/{target}/")[0] == 200
    assert call("DELETE", f"blueprints/{target}/?even_if_used=true")[0] == 204
    assert not BlueprintReference.objects.exists()


def test_a_user_that_may_not_be_seen_is_counted_not_named(call: Caller, other: Caller) -> None:
    target = published(call, "Target")
    other.user.is_superuser = True
    other.user.save()
    published(other, "Hidden", **calls(target))
    answer = call("GET", f"blueprints/{target}/used-by/")[1]
    assert answer == {"used_by": [], "others": 1}
    told = call("DELETE", f"blueprints/{target}/")
    assert told[0] == 409
    assert "Hidden" not in str(told[1])
    assert other("GET", f"blueprints/{target}/used-by/")[1]["used_by"][0]["name"] == "Hidden"


def test_a_circle_of_calls_is_an_error_that_names_the_chain(call: Caller, problem: Check) -> None:
    one = published(call, "One")
    published(call, "Two", **calls("One"))
    published(call, "Three", **calls("Two"))
    answer = changed(call, one, **calls("Three"))
    told = problem(answer, 422, "document_unsound")["problems"][0]
    assert (told["code"], told["node"], told["parameter"]) == (
        "blueprint_circle",
        "call",
        "blueprint",
    )
    assert "One → Three → Two → One" in told["message"]


def test_a_call_that_is_marked_as_recursive_may_go_in_a_circle(call: Caller) -> None:
    one = published(call, "One")
    published(call, "Two", **calls("One"))
    assert changed(call, one, **calls("Two", recursive=True))[0] == 201
    # The circle has one call that is marked, which is enough.
    three = published(call, "Three", **calls("Two"))
    assert changed(call, three, **calls("One"))[0] == 201


def test_a_blueprint_that_calls_itself_or_starts_after_itself_goes_in_a_circle(
    call: Caller,
) -> None:
    for document in (calls("It"), after("It")):
        made = call.make(name="It", **document)
        (told,) = [it for it in made["problems"] if it["severity"] == "error"]
        assert told["code"] == "blueprint_circle"
        assert "It → It" in told["message"]
        # Only a call can be marked as recursive.
        assert ("recursive" in told["message"]) == (told["node"] == "call")
        assert call("DELETE", f"blueprints/{made['id']}/")[0] == 204


def test_what_starts_after_what_it_calls_goes_in_a_circle(call: Caller) -> None:
    published(call, "One")
    document = calls("One")
    document["nodes"]["after"] = after("One")["nodes"]["after"]
    found = codes(call, name="Two", **document)
    assert set(found) == {"blueprint_circle"}
    assert "→" in found["blueprint_circle"]["message"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (calls("Nowhere"), "unknown_blueprint"),
        (calls("Twice"), "ambiguous_blueprint"),
        (calls("{{ input.name }}"), "computed_blueprint"),
        (promoted(), "computed_blueprint"),
        (calls("Draft"), "unpublished_blueprint"),
        (calls("Typed", inputs={}), "call_input"),
        (calls("Typed", inputs={"n": 1, "m": 2}), "call_input"),
        (calls("Typed", inputs={"n": 1}, outputs=["nothing"]), "call_output"),
        ({"settings": {"error_blueprint": "Typed"}}, "no_error_trigger"),
        ({"settings": {"error_blueprint": "Nowhere"}}, "unknown_blueprint"),
    ],
)
def test_what_is_wrong_with_a_name_is_told(
    call: Caller, document: dict[str, Any], code: str
) -> None:
    call.make(name="Twice")
    call.make(name="Twice")
    call.make(name="Draft")
    published(call, "Typed", inputs={"n": {"type": "integer", "required": True}})
    assert set(codes(call, **document)) == {code}
    assert codes(call, **calls("Typed", inputs={"n": 1}, outputs=["greeting"])) == {}


def test_anothers_blueprint_cannot_be_named(call: Caller, other: Caller) -> None:
    secret = published(other, "Secret")
    for name in ("Secret", secret):
        assert set(codes(call, **calls(name))) == {"unknown_blueprint"}
    assert call("GET", f"blueprints/{secret}/used-by/")[0] == 404
    assert call("GET", f"blueprints/{secret}/interface/")[0] == 404


def test_an_interface_is_what_the_published_version_declares(call: Caller) -> None:
    inputs = {"n": {"type": "integer", "required": True}}
    key = published(call, "Typed", inputs=inputs)
    assert call("GET", f"blueprints/{key}/interface/")[1] == {
        "id": key,
        "name": "Typed",
        "version": 1,
        "inputs": inputs,
        "outputs": ["greeting"],
        "error_trigger": False,
    }
