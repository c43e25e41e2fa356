"""The tests of a blueprint in the editor: made, run, changed, undone, and what they cover."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.canvas import chain, document_of, drawing, open_new, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

RESULT = {"outputs": {"result": {"ok": True}}}


def stock(**more: Any) -> dict[str, Any]:
    """Return a blueprint that asks something outside where the order is large."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "large": {"kind": "flow.if", "parameters": {"condition": "{{ input.total > 100 }}"}},
            "ask": {
                "kind": "http.request",
                "parameters": {"method": "POST", "url": "http://127.0.0.1:9/reserve"},
                "settings": {"on_error": "route"},
            },
            "done": {"kind": "flow.output", "parameters": {"name": "answer"}},
        },
        [
            "start.out -> large.in",
            "large.true -> ask.in",
            "large.false -> done.in",
            "ask.out -> done.in",
            "ask.error -> done.in",
        ],
        {"start": [0, 60], "large": [280, 60], "ask": [560, 0], "done": [840, 60]},
        **more,
    )


def open_tests(page: Page) -> None:
    """Show the tests in the drawer."""
    page.get_by_test_id("view-tests").click()
    expect(page.get_by_test_id("case-list")).to_be_visible()


def case(page: Page, index: int) -> Locator:
    """The row of a test in the list."""
    return page.get_by_test_id(f"case-{index}")


def test_a_case_is_made_passes_and_tells_what_differs_once_more_is_expected(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, chain())
    open_tests(page)
    page.get_by_test_id("new-test").click()
    expect(page.get_by_test_id("case-name")).to_be_focused()
    page.keyboard.type("sets the field")
    page.get_by_label("Inputs, as JSON").fill('{"total": 5}')
    outputs = page.get_by_label("Expected outputs by name, as JSON")
    outputs.fill('{"result": {"total": 5, "ok": true}}')
    expect(case(page, 0)).to_contain_text("not run")

    page.get_by_test_id("run-tests").click()
    expect(case(page, 0)).to_have_attribute("data-state", "passed")
    expect(case(page, 0)).to_contain_text("ms")
    expect(page.get_by_test_id("case-summary")).to_contain_text("1 passed")
    result = {"total": 5, "ok": True}
    made = {
        "name": "sets the field",
        "inputs": {"total": 5},
        "expect": {"outputs": {"result": result}},
    }
    assert document_of(server, blueprint)["tests"] == [made]

    outputs.fill('{"result": {"total": 5, "ok": false}}')
    expect(case(page, 0)).to_contain_text("changed")
    page.get_by_test_id("run-case").click()
    expect(case(page, 0)).to_have_attribute("data-state", "differs")
    difference = page.get_by_test_id("difference-0-0")
    expect(difference).to_contain_text("outputs.result.ok")
    expect(difference).to_contain_text(re.compile("expected.*false.*came.*true", re.S))

    page.get_by_test_id("expect-0-0").click()
    expect(outputs).to_have_value(re.compile('"ok": true'))
    page.get_by_test_id("run-case-0").click()
    expect(case(page, 0)).to_have_attribute("data-state", "passed")

    page.reload()
    open_tests(page)
    case(page, 0).locator(".case-open").click()
    expect(page.get_by_test_id("case-name")).to_have_value("sets the field")
    assert document_of(server, blueprint)["tests"] == [made]


def test_what_is_typed_as_json_counts_when_it_is_an_object(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain() | {"tests": [{"name": "a", "inputs": {"n": 1}}]})
    open_tests(page)
    case(page, 0).locator(".case-open").click()
    for text in ('{"n": ', "[1]"):
        page.get_by_label("Inputs, as JSON").fill(text)
        expect(page.get_by_test_id("case-form")).to_contain_text("no JSON object yet")
    page.get_by_test_id("case-name").fill("")
    expect(page.get_by_test_id("case-form")).to_contain_text("A test has a name")
    page.get_by_label("Time limit (seconds)").fill("61")
    expect(page.get_by_test_id("case-form")).to_contain_text("at most 60")
    page.get_by_label("Time limit (seconds)").fill("3")
    tests = saved(server, page, blueprint)["tests"]
    assert tests == [{"name": "a", "inputs": {"n": 1}, "timeout": 3}]


def test_a_refused_case_offers_the_mock_that_it_lacks(server: Server, page: Page) -> None:
    tests = [{"name": "large", "inputs": {"total": 500}, "expect": {"ran": ["ask"]}}]
    blueprint = open_new(server, page, stock(tests=tests))
    open_tests(page)
    page.get_by_test_id("run-tests").click()
    expect(case(page, 0)).to_have_attribute("data-state", "refused")
    expect(page.get_by_test_id("outcome-0")).to_contain_text("ask works outside")

    page.get_by_test_id("mend-mock-ask").click()
    expect(page.locator("#setting-mock-ask")).to_be_focused()
    page.get_by_label("What ask gives at out, as JSON").fill('{"status": 201}')
    page.get_by_test_id("run-case").click()
    expect(case(page, 0)).to_have_attribute("data-state", "passed")
    mocks = document_of(server, blueprint)["tests"][0]["mocks"]
    assert mocks == {"ask": {"outputs": {"out": {"status": 201}}}}

    page.locator("#setting-mock-ask").select_option("error")
    page.get_by_label("The error of ask: message").fill("no route")
    page.get_by_label("Nodes that must not run: add a node").select_option("done")
    page.get_by_test_id("run-case").click()
    expect(page.get_by_test_id("difference-0-0")).to_contain_text("ran")
    assert document_of(server, blueprint)["tests"][0]["mocks"] == {
        "ask": {"error": {"message": "no route"}}
    }


def test_a_run_becomes_a_test_that_does_as_it_did(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, stock())
    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("run-inputs").click()
    page.get_by_label("Inputs", exact=True).fill('{"total": 500}')
    page.get_by_test_id("start-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("node-ask")).to_have_attribute("data-status", "failed")

    page.get_by_test_id("test-from-run").click()
    expect(page.get_by_test_id("case-name")).to_be_focused()
    page.keyboard.type("nothing listens")
    page.get_by_test_id("run-tests").click()
    expect(case(page, 0)).to_have_attribute("data-state", "passed")
    (made,) = document_of(server, blueprint)["tests"]
    assert (made["name"], made["inputs"]) == ("nothing listens", {"total": 500})
    assert made["mocks"]["ask"]["error"]["kind"] == "address_refused"
    assert made["expect"]["ran"] == ["ask"]
    assert set(made["expect"]["outputs"]) == {"answer"}
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")


def test_the_canvas_shows_what_the_tests_covered_until_it_is_edited(
    server: Server, page: Page
) -> None:
    tests = [{"name": "small", "inputs": {"total": 5}, "mocks": {"ask": {"outputs": {}}}}]
    open_new(server, page, stock(tests=tests))
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 300})
    page.keyboard.press("t")
    expect(page.get_by_test_id("case-summary")).to_contain_text("1 passed")
    expect(page.get_by_test_id("coverage-legend")).to_have_count(0)
    page.get_by_test_id("coverage").click()
    expect(page.get_by_test_id("coverage-counts")).to_have_text("nodes 3 of 4, edges 2 of 5")
    ask, large = page.get_by_test_id("node-ask"), page.get_by_test_id("node-large")
    expect(ask).to_have_attribute("data-covered", "missed")
    expect(ask).to_contain_text("never")
    expect(large).to_contain_text("covered")
    edge = page.get_by_test_id("edge-ask.out -> done.in")
    expect(edge).to_have_attribute("data-covered", "missed")
    expect(page.get_by_test_id("edge-large.false -> done.in")).to_have_attribute(
        "data-covered", "covered"
    )

    page.get_by_test_id("coverage").click()
    expect(ask).not_to_have_attribute("data-covered", re.compile(".*"))
    page.get_by_test_id("coverage").click()
    expect(ask).to_have_attribute("data-covered", "missed")
    ask.click()
    page.keyboard.press("d")
    expect(page.get_by_test_id("coverage-legend")).to_have_count(0)
    expect(ask).not_to_have_attribute("data-covered", re.compile(".*"))
    expect(page.get_by_test_id("coverage")).to_have_count(0)
    expect(case(page, 0)).to_contain_text("changed")


def test_a_run_takes_the_place_of_the_coverage(server: Server, page: Page) -> None:
    open_new(server, page, chain() | {"tests": [{"name": "a", "expect": RESULT}]})
    open_tests(page)
    page.get_by_test_id("run-tests").click()
    page.get_by_test_id("coverage").click()
    expect(page.get_by_test_id("coverage-legend")).to_be_visible()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("coverage-legend")).to_have_count(0)
    expect(page.get_by_test_id("run-list")).to_be_visible()


def test_tests_are_duplicated_deleted_undone_and_kept(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain() | {"tests": [{"name": "a", "expect": RESULT}]})
    open_tests(page)
    case(page, 0).locator(".case-open").click()
    page.get_by_test_id("duplicate-case").click()
    expect(page.get_by_test_id("case-name")).to_have_value("a 2")
    page.get_by_test_id("delete-case").click()
    expect(case(page, 1)).to_have_count(0)
    page.get_by_test_id("undo").click()
    expect(case(page, 1)).to_contain_text("a 2")
    page.get_by_test_id("undo").click()
    expect(case(page, 1)).to_have_count(0)
    page.get_by_test_id("redo").click()
    assert [one["name"] for one in saved(server, page, blueprint)["tests"]] == ["a", "a 2"]
    show(page, blueprint)
    open_tests(page)
    expect(case(page, 1)).to_contain_text("a 2")


def test_the_list_is_walked_through_by_keys_and_leads_back_to_a_form(
    server: Server, page: Page
) -> None:
    tests = [{"name": name} for name in ("a", "b", "c")]
    blueprint = open_new(server, page, chain() | {"tests": tests})
    open_tests(page)
    case(page, 0).locator(".case-open").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("case-name")).to_have_value("b")

    page.get_by_test_id("node-set").click()
    expect(page.get_by_test_id("case-form")).to_have_count(0)
    case(page, 1).locator(".case-open").click()
    expect(page.get_by_test_id("case-name")).to_have_value("b")
    page.get_by_test_id("close-case").click()
    expect(case(page, 1).locator(".case-open")).to_be_focused()
    page.keyboard.press("Delete")
    expect(case(page, 2)).to_have_count(0)
    expect(case(page, 1).locator(".case-open")).to_be_focused()
    document = saved(server, page, blueprint)
    assert [one["name"] for one in document["tests"]] == ["a", "c"]
    assert len(document["nodes"]) == 3


def test_the_tests_run_from_the_command_palette(server: Server, page: Page) -> None:
    open_new(server, page, chain() | {"tests": [{"name": "a", "expect": RESULT}]})
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Find an action").locator("input")).to_be_focused()
    page.keyboard.type("run the tests")
    page.keyboard.press("Enter")
    expect(case(page, 0)).to_have_attribute("data-state", "passed")
