"""Test cases that a document carries: what passes, what differs, and what was covered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runner.engine.testing import TestReport, run_tests
from runner.graph import DocumentInvalid, load, to_json, validate
from runner.nodes import node_types
from tests.engine.builder import TYPES

NODES: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "big": {"kind": "if", "parameters": {"condition": "{{ input.total > 100 }}"}},
    "charge": {"kind": "external", "settings": {"on_error": "route"}},
    "done": {"kind": "flow.output", "parameters": {"name": "charged"}},
    "small": {"kind": "flow.output", "parameters": {"name": "small"}},
    "sorry": {"kind": "fail", "parameters": {"message": "the card was refused"}},
}
EDGES = [
    "start.out -> big.in",
    "big.true -> charge.in",
    "big.false -> small.in",
    "charge.out -> done.in",
    "charge.error -> sorry.in",
]
PAID = {"charge": {"outputs": {"out": {"id": 7, "paid": True}}}}
REFUSED = {"charge": {"error": {"message": "no", "code": "http_402"}}}
LARGE = {"total": 200}


def report_of(*cases: dict[str, Any], **options: Any) -> TestReport:
    named = [{"name": f"case {place}", **case} for place, case in enumerate(cases)]
    document = load({"nodes": NODES, "edges": EDGES, "tests": named})
    return asyncio.run(run_tests(document, TYPES, **options))


def told(report: TestReport) -> list[str]:
    return [f"{it.place} {it.message}" for case in report.cases for it in case.differences]


def test_cases_pass_and_cover_the_drawing() -> None:
    report = report_of(
        {
            "inputs": LARGE,
            "mocks": PAID,
            "expect": {
                "outputs": {"charged": {"id": 7, "paid": True}},
                "ran": ["charge", "done"],
                "not_ran": ["small", "sorry"],
            },
        },
        {"inputs": {"total": 5}, "mocks": PAID, "expect": {"outputs": {"small": {"total": 5}}}},
        {
            "inputs": LARGE,
            "mocks": REFUSED,
            "expect": {
                "status": "failed",
                "error": {"code": "node_failed", "step": "sorry", "message": "card was refused"},
            },
        },
    )
    assert (told(report), report.passed) == ([], True)
    assert all(report.coverage.nodes.values())
    assert all(report.coverage.edges.values())


def test_what_no_case_went_through_is_named() -> None:
    report = report_of({"inputs": {"total": 5}, "mocks": PAID})
    coverage = report.to_json()["coverage"]
    assert coverage["nodes"]["missed"] == ["charge", "done", "sorry"]
    assert coverage["edges"]["covered"] == ["start.out -> big.in", "big.false -> small.in"]


def test_edges_into_frames_and_to_what_undoes_a_step_are_covered() -> None:
    document = load(
        {
            "nodes": {
                "start": {"kind": "trigger.manual"},
                "pay": {"kind": "pass", "settings": {"compensate": True}},
                "back": {"kind": "pass"},
                "f": {"kind": "frame.try", "settings": {"on_error": "route"}},
                "way": {"kind": "if", "frame": "f", "parameters": {"condition": True}},
                "odd": {"kind": "fail", "frame": "f"},
                "told": {"kind": "pair", "frame": "f"},
                "last": {"kind": "fail"},
            },
            "edges": [
                "start.out -> pay.in", "pay.compensate -> back.in", "pay.out -> f.in",
                "f.try -> way.in", "way.true -> odd.in", "way.false -> f.result",
                "f.catch -> told.a", "start.out -> told.b", "told.out -> f.result",
                "f.out -> last.in",
            ],
            "tests": [{"name": "it", "expect": {"status": "failed"}}],
        }
    )  # fmt: skip
    types = {**TYPES, "frame.try": node_types()["frame.try"]}
    report = asyncio.run(run_tests(document, types))
    assert (told(report), report.passed) == ([], True)
    assert report.to_json()["coverage"]["edges"]["missed"] == ["way.false -> f.result"]


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            {"outputs": {"charged": {"id": 8, "paid": True}}},
            ["outputs.charged.id is 7, expected 8"],
        ),
        ({"outputs": {"charged": {"id": 7}}}, ["outputs.charged.paid is too much: true"]),
        (
            {"outputs": {"charged": {"id": 7, "paid": 1}}},
            ["outputs.charged.paid is true, expected 1"],
        ),
        (
            {"outputs": {"charged": {"id": 7, "paid": True, "at": 0}}},
            ["outputs.charged.at is missing"],
        ),
        (
            {"outputs": {"other": 1}},
            ["outputs.other is missing, expected 1 (the run's outputs: charged)"],
        ),
        ({"ran": ["small"]}, ["ran.small did not run"]),
        ({"not_ran": ["charge"]}, ["not_ran.charge ran"]),
        (
            {"status": "failed", "error": {"code": "x"}},
            [
                'status is "succeeded", expected "failed"',
                "error is missing: the run did not fail",
            ],
        ),
    ],
)
def test_a_difference_is_told_with_its_place(expect: dict[str, Any], said: list[str]) -> None:
    report = report_of({"inputs": LARGE, "mocks": PAID, "expect": expect})
    assert (told(report), report.passed) == (said, False)


def test_lists_are_compared_item_by_item() -> None:
    mocks = {"charge": {"outputs": {"out": [1, {"a": 2}, 3]}}}
    report = report_of(
        {"inputs": LARGE, "mocks": mocks, "expect": {"outputs": {"charged": [1, {"a": 9}]}}}
    )
    assert told(report) == [
        "outputs.charged[1].a is 2, expected 9",
        "outputs.charged has 3 items, expected 2",
    ]


def test_a_run_that_fails_instead_says_where_and_why() -> None:
    assert told(report_of({"inputs": LARGE, "mocks": REFUSED})) == [
        'status is "failed", expected "succeeded" (sorry: the card was refused)'
    ]


def test_another_error_than_expected_is_told() -> None:
    error = {"code": "other", "message": "stolen"}
    report = report_of(
        {"inputs": LARGE, "mocks": REFUSED, "expect": {"status": "failed", "error": error}}
    )
    assert told(report) == [
        'error.code is "node_failed", expected "other"',
        'error.message is "the card was refused", in which "stolen" is missing',
    ]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"inputs": LARGE}, "charge works outside. Mock it, or name it in the case's 'external'."),
        ({"mocks": {"none": {"outputs": {}}}}, "There is no node 'none' to mock."),
        ({"mocks": {"big": {"outputs": {"x": 1}}}}, "it has no output 'x'"),
        ({"mocks": PAID, "trigger": "none"}, "There is no node 'none' to start at."),
        ({"mocks": PAID, "external": ["none"]}, "There is no node 'none' that could work outside."),
    ],
)
def test_a_case_that_cannot_be_run_says_why(case: dict[str, Any], said: str) -> None:
    found = report_of(case).cases[0]
    assert not found.passed
    assert said in (found.refused or "")


def test_a_node_works_outside_where_the_case_allows_it() -> None:
    report = report_of({"inputs": LARGE, "external": ["charge"]})
    assert report.passed
    assert report.coverage.nodes["charge"]


def test_a_case_ends_when_its_time_is_over() -> None:
    document = load(
        {
            "nodes": {"start": {"kind": "trigger.manual"}, "hang": {"kind": "hang"}},
            "edges": ["start.out -> hang.in"],
            "tests": [{"name": "hangs", "timeout": 0.05}],
        }
    )
    report = asyncio.run(run_tests(document, TYPES))
    assert "took longer than 0.05 s" in told(report)[0]


def test_all_cases_together_have_a_limit_too() -> None:
    report = report_of({"inputs": LARGE, "mocks": PAID}, seconds=0)
    assert "All cases together may take 0 seconds" in (report.cases[0].refused or "")


def test_one_case_is_run_by_its_name() -> None:
    report = report_of({"mocks": PAID, "inputs": LARGE}, {"inputs": LARGE}, names=["case 0"])
    assert [case.name for case in report.cases] == ["case 0"]


def test_a_documents_cases_are_limited_and_kept() -> None:
    cases = [{"name": "one", "mocks": PAID, "expect": {"ran": ["gone"]}}]
    document = load({"nodes": NODES, "edges": EDGES, "tests": cases})
    assert to_json(document)["tests"] == cases
    said = [problem for problem in validate(document, TYPES) if problem.code == "unknown_node"]
    assert [problem.severity for problem in said] == ["warning"]
    with pytest.raises(DocumentInvalid, match="tests"):
        load({"tests": [{"name": f"case {number}"} for number in range(101)]})
