"""The items of a fan-out: a grid that is filtered, walked through by keys, and retried from."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, make, show
from tests.e2e.conftest import calling_server as server
from tests.e2e.test_accessibility import sound
from tests.e2e.test_rerun import World, world
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server", "world"]


def test_items_are_found_seen_and_retried_one_by_one_or_all(
    server: Server, page: Page, world: World
) -> None:
    retry = {"attempts": 2, "delay": 0.2}
    call = {
        "kind": "http.request",
        "parameters": {"method": "POST", "url": world.url + "{{ item }}"},
        "settings": {"each": {"list": "{{ input.paths }}", "errors": "collect"}, "retry": retry},
    }
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "call": call,
        "end": {"kind": "flow.output"},
    }
    edges = ["start.out -> call.in", "call.out -> end.in"]
    layout = {"start": [0, 0], "call": [300, 0], "end": [600, 0]}
    blueprint = make(server, drawing(nodes, edges, layout))
    paths = ["/late" if n in (2, 5) else f"/ok/{n}" for n in range(8)]
    body = {"draft": True, "wait": 30, "inputs": {"paths": paths}}
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)[1]
    assert run["status"] == "succeeded"

    page.set_viewport_size({"width": 1600, "height": 900})
    show(page, blueprint)
    page.get_by_test_id(f"run-row-{run['id']}").click()
    bar = page.get_by_test_id("timeline-call[2]").locator(".timeline-bar")
    expect(bar).to_have_count(3)
    assert [bar.nth(n).get_attribute("class") for n in range(3)] == [
        "timeline-bar is-work is-failed", "timeline-bar is-pause", "timeline-bar is-work is-failed",
    ]  # fmt: skip

    items = page.get_by_test_id("node-call").get_by_test_id("chip-items")
    expect(items).to_have_text("8 items, 2 failed")
    page.get_by_test_id("node-call").click()
    page.get_by_test_id("show-items").click()
    rows = page.get_by_test_id("item-grid").locator(".item-rows").get_by_role("row")
    expect(rows).to_have_count(8)
    page.get_by_test_id("item-search").fill("/ok/7")
    expect(rows).to_have_count(1)
    page.get_by_test_id("item-search").fill("")
    page.get_by_test_id("only-failed").click()
    expect(rows).to_have_count(2)
    # However long an error is, the columns of all rows are those of the head.
    grid = page.get_by_test_id("item-grid")
    last = grid.evaluate("""it => [...it.querySelectorAll(".item-row")].map(
      row => [...row.children].at(-1).getBoundingClientRect().left)""")
    assert len(last) == 3
    assert len(set(last)) == 1
    sound(page, "items")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    details = page.get_by_test_id("item-details")
    expect(details).to_contain_text("Item 6 of 8, index 5")
    expect(details.get_by_test_id("item-input")).to_contain_text("/late")
    expect(page.get_by_test_id("item-attempts").get_by_role("listitem")).to_have_count(2)
    sound(page, "a failed item")

    world.ready = True
    before = len(world.calls)
    page.get_by_test_id("retry-item").click()
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(2)
    expect(page.get_by_test_id("only-failed")).to_have_text("1 failed")
    assert world.calls[before:] == ["/late"]
    expect(page.get_by_test_id("item-details")).to_contain_text("succeeded")

    page.get_by_test_id(f"run-row-{run['id']}").click()
    page.get_by_test_id("retry-failed").click()
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(3)
    expect(page.get_by_test_id("only-succeeded")).to_have_text("8 succeeded")
    assert world.calls[before:] == ["/late"] * 3


def test_values_are_shown_as_table_and_schema(server: Server, page: Page) -> None:
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}, "end": {"kind": "flow.output"}}
    layout = {"start": [0, 0], "end": [300, 0]}
    blueprint = make(server, drawing(nodes, ["start.out -> end.in"], layout))
    lines = [{"id": n, "name": f"row {n}"} for n in range(60)]
    body = {"draft": True, "wait": 30, "inputs": {"lines": [*lines, {"id": "x"}]}}
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)[1]
    page.goto(f"/blueprints/{blueprint}/?run={run['id']}")
    page.get_by_test_id("node-start").click()
    output = page.get_by_label("Output", exact=True)
    output.get_by_role("button", name="Table").click()
    expect(output.get_by_role("columnheader")).to_have_text(["#", "id", "name"])
    expect(output.get_by_role("row")).to_have_count(51)
    output.get_by_role("button", name="Next page").click()
    expect(output.get_by_role("row").last).to_have_text("60x")
    output.get_by_role("button", name="Schema").click()
    expect(output).to_contain_text("number or text")
    expect(output.get_by_role("listitem").filter(has_text="name").last).to_contain_text("optional")
