"""The test cases of a blueprint over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runner.models import Run
from tests.api.conftest import DOCUMENT, Caller

Check = Callable[..., dict[str, Any]]

CASES = [
    {"name": "greets", "inputs": {"a": 1}, "expect": {"outputs": {"greeting": {"a": 1}}}},
    {"name": "is wrong", "inputs": {"a": 1}, "expect": {"outputs": {"greeting": {"a": 2}}}},
]


def test_the_drafts_cases_are_run_without_a_row(call: Caller) -> None:
    made = call.make(tests=CASES)
    status, report, _ = call("POST", f"blueprints/{made['id']}/tests/", {})
    assert status == 200
    assert [(it["name"], it["passed"]) for it in report["cases"]] == [
        ("greets", True),
        ("is wrong", False),
    ]
    assert report["cases"][1]["differences"] == [
        {
            "place": "outputs.greeting.a",
            "expected": 2,
            "actual": 1,
            "message": "is 1, expected 2",
        }
    ]
    assert report["coverage"]["edges"] == {"covered": DOCUMENT["edges"], "missed": []}
    assert not Run.objects.exists()


def test_a_versions_cases_or_one_of_them(call: Caller, problem: Check) -> None:
    made = call.make(tests=CASES)
    path = f"blueprints/{made['id']}/tests/"
    problem(call("POST", path, {"version": 1}), 404, "not_found")
    call("POST", f"blueprints/{made['id']}/publish/")
    report = call("POST", path, {"version": 1, "names": ["greets"]})[1]
    assert (report["passed"], len(report["cases"])) == (True, 1)
    problem(call("POST", path, {"names": ["none"]}), 422, "unknown_test")


def test_an_unsound_draft_and_strangers_are_refused(
    call: Caller, other: Caller, problem: Check
) -> None:
    made = call.make(nodes={"x": {"kind": "no.such"}}, edges=[], tests=CASES)
    problem(call("POST", f"blueprints/{made['id']}/tests/", {}), 422, "document_unsound")
    problem(other("POST", f"blueprints/{made['id']}/tests/", {}), 404, "not_found")
